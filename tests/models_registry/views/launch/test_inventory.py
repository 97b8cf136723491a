"""Which models of a tab are on a server: a part of the page that is loaded after it."""

from __future__ import annotations

import pytest

from tests.factories import a_model, a_person, llm_record
from tests.models_registry.views.launch.pages import text
from tests.standins.xinference import registered

pytestmark = pytest.mark.django_db


def test_the_tab_is_loaded_without_asking_and_the_part_with_badges(client, owner, there):
    models = [a_model(name) for name in ("alpha", "beta", "gamma")]
    page = text(client.get("/launch_model/llm"))
    assert there.asked == []
    ids = ",".join(str(model.pk) for model in models)
    assert "/launch_model/there/llm?server=own" in page
    assert f'"ids": "{ids}"' in page
    there.known["LLM"] = [
        registered(llm_record("alpha"), cached=True), registered(llm_record("beta")),
    ]  # fmt: skip
    there.models["one"] = {"model_name": "alpha", "model_type": "LLM"}
    part = text(client.get(f"/launch_model/there/llm?ids={ids}"))
    assert "It knows 2 of these 3 models" in part
    assert "1 runs." in part
    assert part.count("hx-swap-oob") == 2
    assert "Running" in part.partition(f'id="there-{models[0].pk}"')[2].partition("hx-swap-oob")[2]
    assert f'id="there-{models[2].pk}"' not in part


def test_the_part_counts_what_the_person_sees_alone(client, owner, there):
    a_model("alpha")
    hidden = a_model("hidden", visibility="private", owner=a_person("other"))
    there.known["LLM"] = [registered(llm_record("alpha")), registered(llm_record("hidden"))]
    part = text(client.get(f"/launch_model/there/llm?ids={hidden.pk}"))
    assert "It knows 1 of this 1 model" in part
    assert f"there-{hidden.pk}" not in part


def test_ones_own_tab_asks_for_the_types_that_are_in_it(client, owner, there):
    mine = a_model("mine", visibility="private", owner=owner)
    there.known["LLM"] = [registered(llm_record("mine"), is_builtin=False)]
    part = text(client.get(f"/launch_model/there/custom?ids={mine.pk}"))
    assert "It knows 1 of this 1 model" in part
    assert [path for path in there.paths() if "registrations" in path] == [
        "/v1/model_registrations/LLM?detailed=true"
    ]


def test_a_server_that_is_away_is_a_line_and_no_error(client, owner, there):
    a_model("alpha")
    there.stop()
    answer = client.get("/launch_model/there/llm")
    assert answer.status_code == 200
    assert "can't be reached" in text(answer)


def test_somebody_without_a_server_has_no_part(client, ada):
    assert client.get("/launch_model/there/llm").status_code == 404
    assert "Save its address" in text(client.get("/launch_model/llm"))


def test_anonymous_visitors_learn_of_no_server(client, server):
    model = a_model("alpha")
    for page in ("/launch_model/llm", f"/launch_model/{model.pk}/launch"):
        assert server.url not in text(client.get(page))
