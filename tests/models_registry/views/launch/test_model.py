"""Launching one model: what can be chosen, and who sees it."""

from __future__ import annotations

import pytest

from hub.models import AuditEntry
from tests.factories import a_model, a_person, llm_record
from tests.models_registry.server_fixtures import OWN_KEY
from tests.models_registry.views.launch.pages import text
from tests.standins.xinference import registered

pytestmark = pytest.mark.django_db


def test_launch_options_are_shown_to_everybody_who_sees_the_model(client):
    model = a_model("alpha")
    page = client.get(f"/launch_model/{model.pk}/launch").content.decode()
    assert "xinference launch" in page
    assert "--model-name alpha" in page
    assert "Launch on the server" not in page
    hidden = a_model("secret", visibility="private", owner=a_person("other"))
    assert client.get(f"/launch_model/{hidden.pk}/launch").status_code == 404


def test_a_model_without_engines_that_the_server_knows_is_not_offered_for_registration(
    client, owner, there
):
    model = a_model("alpha")
    there.known["LLM"] = [registered(llm_record("alpha"))]
    panel = text(client.get(f"/launch_model/{model.pk}/launch?offered=1"))
    assert "offers no choice of engines" in panel
    assert "does not know this model" not in panel
    assert "Register there" not in panel


def test_launching_on_ones_own_server_needs_no_right(client, owner, there):
    model = a_model("alpha")
    page = text(client.get(f"/launch_model/{model.pk}/launch"))
    assert "Launch on your server" in page
    assert OWN_KEY not in page
    assert '--api-key "$XINFERENCE_API_KEY"' in page
    assert 'os.environ["XINFERENCE_API_KEY"]' in page
    assert '-H "Authorization: Bearer $XINFERENCE_API_KEY"' in page
    answer = client.post(f"/launch_model/{model.pk}/launch", {"server": "own"})
    assert answer.url == "/launch_model/server/progress/alpha?server=own"
    assert there.models["alpha"]["model_name"] == "alpha"
    entry = AuditEntry.objects.latest("pk")
    assert (entry.tag, entry.data["whose"], entry.data["uid"]) == (
        "registry:server:launch", "own", "alpha",
    )  # fmt: skip


def test_a_launch_is_never_sent_to_another_server_than_the_form_names(client, owner, there, server):
    model = a_model("alpha")
    for whose in ("hub", "", "other"):
        answer = client.post(f"/launch_model/{model.pk}/launch", {"server": whose})
        assert answer.status_code == 403
        for action in ("stop", "cancel", "update", "choose", f"register/{model.pk}"):
            sent = client.post(f"/launch_model/server/{action}", {"server": whose, "uid": "x"})
            assert sent.status_code == 403
    assert server.asked == []
    assert there.models == {}


def test_one_hidden_from_the_person_is_not_registered(client, owner, there):
    hidden = a_model("hidden", visibility="private", owner=a_person("other"))
    answer = client.post(f"/launch_model/server/register/{hidden.pk}", {"server": "own"})
    assert answer.status_code == 404
    assert there.asked == []


def test_a_model_that_is_unknown_there_can_be_registered(client, owner, there):
    model = a_model("alpha")
    there.refusal = (400, "Model not found, name: alpha, format: pytorch, size: 0_6")
    page = text(client.post(f"/launch_model/{model.pk}/launch", {"server": "own"}))
    assert "The server does not know this model" in page
    assert "Register there" in page
    there.refusal = None
    there.families["tools"] = ["alpha"]
    back = f"/launch_model/{model.pk}/launch"
    answer = client.post(
        f"/launch_model/server/register/{model.pk}", {"server": "own", "next": back}, follow=True
    )
    assert f"alpha is registered at {there.url}" in text(answer)
    assert answer.redirect_chain[0][0] == back


def test_engines_are_asked_for_and_narrow_the_choice(client, owner, there):
    model = a_model("alpha")
    address = f"/launch_model/{model.pk}/launch"
    assert "Asking the server for its engines" in text(client.get(address))
    assert there.asked == []
    there.engines["alpha"] = {
        "SGLang": [{"model_format": "pytorch", "model_size_in_billions": "0_6",
                    "quantizations": ["none"]}],
        "vLLM": "vLLM is <b>not installed</b>",
    }  # fmt: skip
    answer = client.get(f"{address}?offered=1", headers={"HX-Request": "true"})
    assert 'value="SGLang" selected' in text(answer)
    assert 'value="vLLM"' not in text(answer)
    assert b"vLLM is &lt;b&gt;not installed" in answer.content
    unknown = a_model("beta")
    message = text(client.get(f"/launch_model/{unknown.pk}/launch?offered=1"))
    assert "The server does not know this model." in message


def test_engines_of_a_server_that_is_away_are_the_usual_ones(client, owner, there):
    model = a_model("alpha")
    there.stop()
    answer = client.get(f"/launch_model/{model.pk}/launch?offered=1")
    assert answer.status_code == 200
    assert "could not be asked" in text(answer)
    assert 'value="vLLM"' in text(answer)
