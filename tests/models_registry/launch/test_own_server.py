"""The person's own server: saved in the User Center, used on the Launch Model page."""

from __future__ import annotations

import html
import time

import pytest
from django.core.management import call_command

from accounts import own_servers
from accounts.models import OwnServer
from hub.models import AuditEntry
from models_registry.launch import client as launch_client
from models_registry.launch import servers
from tests.factories import a_model, a_person, llm_record
from tests.models_registry.launch.conftest import OWN_KEY
from tests.standins.xinference import registered

pytestmark = pytest.mark.django_db


def text(answer):
    return html.unescape(answer.content.decode())


@pytest.fixture
def ada(client):
    person = a_person("ada")
    client.force_login(person)
    return person


def save(client, address, key="", **more):
    return client.post("/user-center/server", {"address": address, "key": key, **more})


# --- The User Center ----------------------------------------------------------------------------


def test_a_server_is_saved_sealed_and_shown_by_its_last_characters(client, ada, there):
    assert save(client, there.url, OWN_KEY).url == "/user-center/key"
    page = text(client.get("/user-center/key"))
    assert there.url in page
    assert f"…{OWN_KEY[-4:]}" in page
    kept = OwnServer.objects.get(user=ada)
    assert OWN_KEY not in page + str(vars(kept)) + str(list(AuditEntry.objects.values()))
    assert servers.own_server(ada) == servers.Server(there.url, OWN_KEY, servers.Whose.OWN)
    entry = AuditEntry.objects.latest("pk")
    assert entry.tag == "accounts:server:save"
    assert entry.data == {
        "before": None, "after": there.url, "has_key": True, "username": "",
    }  # fmt: skip


def test_what_was_typed_is_kept_beside_an_error_but_for_the_key(client, ada):
    answer = save(client, "http://10.0.0.1:9997", OWN_KEY)
    assert answer.status_code == 422
    page = text(answer)
    assert "HUB_SERVER_ADDRESSES" in page
    assert 'value="http://10.0.0.1:9997"' in page
    assert OWN_KEY not in page
    assert not OwnServer.objects.exists()


@pytest.mark.parametrize("key", ["with space", "line\nbreak", "schlüssel"])
def test_what_can_not_be_a_key_is_refused(client, ada, there, key):
    assert save(client, there.url, key).status_code == 422


def test_the_key_stays_when_the_field_is_empty_and_goes_when_that_is_asked(client, ada, there):
    save(client, there.url, OWN_KEY)
    save(client, f"{there.url}/behind")
    assert servers.own_server(ada).key == OWN_KEY
    save(client, there.url, forget_key="on")
    assert servers.own_server(ada).key == ""


def test_a_key_is_not_sent_to_another_server(client, ada, there, server):
    save(client, there.url, OWN_KEY)
    save(client, server.url)
    assert servers.own_server(ada).key == ""
    save(client, server.url, OWN_KEY)
    save(client, server.url.replace("http://", "https://"))
    assert servers.own_server(ada).key == ""


def test_the_connection_is_told_in_words_with_and_without_htmx(client, ada, there):
    save(client, there.url, OWN_KEY)
    there.known["LLM"] = [registered(llm_record(name)) for name in ("alpha", "beta")]
    there.models["one"] = {"model_name": "alpha", "model_type": "LLM"}
    said = "Xinference 4.1.0 answers. It knows 2 language models. 1 model runs."
    assert said in text(client.post("/user-center/server/test"))
    part = text(client.post("/user-center/server/test", headers={"HX-Request": "true"}))
    assert said in part
    assert "<html" not in part


def test_a_failing_connection_says_why(client, ada, there):
    save(client, there.url, "sk-wrong-0123456789")
    page = text(client.post("/user-center/server/test"))
    assert "does not accept the API key" in page
    save(client, there.url, OWN_KEY)
    there.raw = (200, {}, b"<html>")
    assert "does not answer as an Xinference server" in text(
        client.post("/user-center/server/test")
    )


def test_trying_address_after_address_comes_to_an_end(client, ada, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "own_server": "2/m/user"}
    answers = [text(save(client, f"http://10.0.0.{number}")) for number in range(3)]
    assert ["Wait a minute" in one for one in answers] == [False, False, True]


def test_a_server_can_be_removed(client, ada, there):
    save(client, there.url, OWN_KEY)
    client.post("/user-center/server/forget")
    assert not OwnServer.objects.exists()
    assert AuditEntry.objects.latest("pk").tag == "accounts:server:forget"


def test_where_the_administrator_allows_none_there_is_no_card(client, ada, there, change_env):
    save(client, there.url, OWN_KEY)
    change_env(server_addresses=None)
    page = text(client.get("/user-center/key"))
    assert "does not allow servers of people's own" in page
    assert "Test the connection" not in page
    assert save(client, "https://gpu.example.org").status_code == 422
    client.post("/user-center/server/forget")
    assert 'id="own-server"' not in text(client.get("/user-center/key"))


def test_keys_are_sealed_anew_with_the_vault(ada, there, change_env):
    from cryptography.fernet import Fernet

    own_servers.save_own_server(there.url, key=OWN_KEY, by=ada)
    sealed = OwnServer.objects.get().sealed_key
    change_env(vault_keys=[Fernet.generate_key().decode()])
    call_command("rotate_vault")
    assert OwnServer.objects.get().sealed_key != sealed
    assert servers.own_server(ada).key == OWN_KEY


def test_a_key_that_the_vault_does_not_open_is_left_out(ada, there):
    own_servers.save_own_server(there.url, key=OWN_KEY, by=ada)
    OwnServer.objects.update(sealed_key="gAAAAnonsense")
    assert servers.own_server(ada).key == ""


# --- A user of the server ------------------------------------------------------------------------

PASSWORD = "correct horse 1"
EVERYTHING = ["models:list", "models:read", "models:write", "models:register"]


@pytest.fixture
def guarded(there):
    """The server asks for a sign-in, as 4.1.0 does."""
    there.key = ""
    there.access.users["grace"] = (PASSWORD, EVERYTHING)
    there.access.keys[OWN_KEY] = "grace"
    return there


def test_user_and_password_are_saved_sealed_and_used(client, ada, guarded):
    answer = save(client, guarded.url, username="grace", password=PASSWORD)
    assert answer.status_code == 302
    page = text(client.get("/user-center/key"))
    assert "as grace" in page
    assert 'value="grace"' in page
    kept = OwnServer.objects.get(user=ada)
    assert PASSWORD not in page + str(vars(kept)) + str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.latest("pk").data["username"] == "grace"
    said = text(client.post("/user-center/server/test"))
    assert "The hub is signed in as grace, who may launch and register models." in said
    assert "last used" in text(client.get("/user-center/key"))
    model = a_model("alpha")
    panel = text(client.get(f"/launch_model/{model.pk}/launch"))
    assert '--password "$XINFERENCE_PASSWORD"' in panel
    assert PASSWORD not in panel
    client.post(f"/launch_model/{model.pk}/launch", {"server": "own"})
    assert "alpha" in guarded.models


@pytest.mark.parametrize(
    ("permissions", "said"),
    [
        (["models:list"], "who may only read"),
        (["models:list", "models:write"], "who may launch, but register no models"),
        (["models:list", "models:register"], "who may register models, but not launch"),
    ],
)
def test_what_the_user_may_do_is_said(client, ada, guarded, permissions, said):
    guarded.access.users["grace"] = (PASSWORD, permissions)
    save(client, guarded.url, username="grace", password=PASSWORD)
    assert said in text(client.post("/user-center/server/test"))


def test_of_a_key_it_is_said_that_it_may_only_read(client, ada, guarded):
    save(client, guarded.url, OWN_KEY)
    assert "The API key may only read" in text(client.post("/user-center/server/test"))
    model = a_model("alpha")
    answer = client.post(f"/launch_model/{model.pk}/launch", {"server": "own"})
    assert "Save a user name and a password of the server in the User Center" in text(answer)


def test_a_password_stays_for_the_same_user_of_the_same_server_only(client, ada, there, server):
    save(client, there.url, username="grace", password=PASSWORD)
    assert save(client, there.url, username="grace").status_code == 302
    assert servers.own_server(ada).password == PASSWORD
    for address, username in ((there.url, "other"), (server.url, "grace")):
        answer = save(client, address, username=username)
        assert answer.status_code == 422
        assert "Give the password of this user" in text(answer)
    assert servers.own_server(ada).address == there.url
    save(client, there.url)
    assert (servers.own_server(ada).username, servers.own_server(ada).password) == ("", "")
    assert OwnServer.objects.get().sealed_password == ""


def test_a_password_without_a_user_is_refused_and_not_shown_again(client, ada, there):
    answer = save(client, there.url, password=PASSWORD)
    assert answer.status_code == 422
    assert "Whose password is this" in text(answer)
    assert PASSWORD not in text(answer)


def test_a_key_that_reads_does_not_hide_that_the_sign_in_is_refused(client, ada, guarded):
    save(client, guarded.url, OWN_KEY, username="grace", password="wrong")
    assert client.get("/launch_model/server").context["running"] == []
    assert "does not accept the user name grace" in text(client.post("/user-center/server/test"))


def test_testing_signs_in_again_after_a_refusal(client, ada, guarded):
    save(client, guarded.url, username="grace", password="wrong")
    for _ in range(2):
        assert "does not accept the user name grace" in text(
            client.post("/user-center/server/test")
        )
    assert guarded.paths("POST") == ["/token", "/token"]
    assert guarded.access.wrong == 0


def test_passwords_are_sealed_anew_with_the_vault(ada, there, change_env):
    from cryptography.fernet import Fernet

    own_servers.save_own_server(there.url, key="", username="grace", password=PASSWORD, by=ada)
    sealed = OwnServer.objects.get().sealed_password
    change_env(vault_keys=[Fernet.generate_key().decode()])
    call_command("rotate_vault")
    assert OwnServer.objects.get().sealed_password != sealed
    assert servers.own_server(ada).password == PASSWORD
    OwnServer.objects.update(sealed_password="gAAAAnonsense")
    assert servers.own_server(ada).username == "", "nobody signs in without a password"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "Could not validate credentials"),
        (403, "Not enough permissions"),
        (429, "Too many failed attempts. IP temporarily banned."),
    ],
)
def test_a_page_that_polls_stops_where_the_server_says_no(client, owner, there, status, said):
    there.models["alpha"] = {}
    there.refusal = (status, said)
    address = "/launch_model/server/progress/alpha?server=own"
    page = text(client.get(address)).partition("<main")[2]
    assert "does not ask again by itself" in page
    assert "Look again" in page
    assert "hx-trigger" not in page
    assert "http-equiv" not in text(client.get(address))
    part = text(client.get(address, headers={"HX-Request": "true"}))
    assert "hx-trigger" not in part
    there.refusal = (500, "hiccup")
    from django.core.cache import cache

    cache.clear()
    assert "hx-trigger" in text(client.get(address)).partition("<main")[2], "this may pass"


@pytest.mark.parametrize("uid", ["", "..", "a/../b", "a\nb", "a" * 201])
def test_what_can_be_no_uid_is_asked_of_no_server(client, owner, there, uid):
    """`..` would lead out of the models' part of the server's paths."""
    for action in ("stop", "cancel"):
        answer = client.post(f"/launch_model/server/{action}", {"server": "own", "uid": uid})
        assert answer.status_code == 404
    assert client.get("/launch_model/server/progress/%2e%2e?server=own").status_code == 404
    assert there.asked == []


def test_a_uid_with_a_slash_is_watched(client, owner, there):
    there.models["a/b"], there.progress["a/b"] = {}, 0.4
    there.raw = (200, {}, b'{"model_uid": "a/b"}')
    answer = client.post(f"/launch_model/{a_model('alpha').pk}/launch", {"server": "own"})
    there.raw = None
    assert "40 % · downloading" in text(client.get(answer.url))
    assert any("/v1/models/a%2Fb/progress" in target for _method, target, *_ in there.asked)


def test_a_launch_that_takes_long_to_break_off_is_watched(client, owner, there, monkeypatch):
    monkeypatch.setattr(launch_client, "CANCEL_SECONDS", 0.2)
    there.models["alpha"] = {}
    there.progress["alpha"] = 0.4
    there.cancel_delay = 0.8
    answer = client.post("/launch_model/server/cancel", {"server": "own", "uid": "alpha"})
    assert answer.url == "/launch_model/server/progress/alpha?server=own"
    page = text(client.get(answer.url))
    assert "was told to break off the launch of alpha" in page
    assert 'hx-trigger="every 2s"' in page
    assert AuditEntry.objects.latest("pk").tag == "registry:server:cancel"
    time.sleep(1)
    over = text(client.get(answer.url))
    assert "was broken off" in over
    assert 'hx-trigger="every 2s"' not in over


def test_a_model_without_engines_that_the_server_knows_is_not_offered_for_registration(
    client, owner, there
):
    model = a_model("alpha")
    there.known["LLM"] = [registered(llm_record("alpha"))]
    panel = text(client.get(f"/launch_model/{model.pk}/launch?offered=1"))
    assert "offers no choice of engines" in panel
    assert "does not know this model" not in panel
    assert "Register there" not in panel


# --- The Launch Model page ----------------------------------------------------------------------


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


def test_progress_failure_and_cancelling(client, owner, there):
    model = a_model("alpha")
    progress = client.post(f"/launch_model/{model.pk}/launch", {"server": "own"}).url
    there.progress["alpha"] = 0.4
    page = text(client.get(progress))
    assert "40 % · downloading" in page
    assert 'hx-trigger="every 2s"' in page
    there.failed["alpha"] = "No available slot found for the model"
    page = text(client.get(progress))
    assert "No GPU of the server is free" in page
    assert "hx-trigger" not in page.partition("update-progress")[2]
    del there.failed["alpha"]
    client.post("/launch_model/server/cancel", {"server": "own", "uid": "alpha"})
    assert there.models == {}
    assert AuditEntry.objects.latest("pk").tag == "registry:server:cancel"
    assert "was broken off" in text(client.get(progress))
    there.broken_off.clear()
    assert "knows of no such launch" in text(client.get(progress))


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


@pytest.mark.parametrize(
    "address", ["https://evil.example.org/", "//evil.example.org", "javascript:x"]
)
def test_the_way_back_stays_on_this_hub(client, owner, there, address):
    answer = client.post("/launch_model/server/choose", {"server": "own", "next": address})
    assert answer.url == "/launch_model/server?server=own"


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
    said = text(client.get(f"/launch_model/{unknown.pk}/launch?offered=1"))
    assert "The server does not know this model." in said


def test_engines_of_a_server_that_is_away_are_the_usual_ones(client, owner, there):
    model = a_model("alpha")
    there.stop()
    answer = client.get(f"/launch_model/{model.pk}/launch?offered=1")
    assert answer.status_code == 200
    assert "could not be asked" in text(answer)
    assert 'value="vLLM"' in text(answer)


def test_the_tab_is_loaded_without_asking_and_the_part_with_badges(client, owner, there):
    models = [a_model(name) for name in ("alpha", "beta", "gamma")]
    page = text(client.get("/launch_model/llm"))
    assert there.asked == []
    ids = ",".join(str(one.pk) for one in models)
    assert f"/launch_model/there/llm?server=own&ids={ids}" in page
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


def test_the_servers_page_compares_and_offers_what_can_be_done(client, owner, there):
    alpha, beta = a_model("alpha"), a_model("beta")
    stamp = int(beta.definition_updated_at.timestamp())
    there.known["LLM"] = [
        registered(llm_record("beta", updated_at=stamp - 10)),
        registered(llm_record("<i>alone</i>"), is_builtin=False),
    ]
    page = client.get("/launch_model/server?type=llm")
    assert b"&lt;i&gt;alone" in page.content
    for shown in ("Xinference 4.1.0", "Older there", "Unknown there", "Known there alone"):
        assert shown in text(page)
    assert f"/launch_model/server/register/{alpha.pk}" in text(page)
    assert f"/launch_model/server/register/{beta.pk}" not in text(page), "it is built in"
    client.post("/launch_model/server/update", {"server": "own", "model_type": "llm"})
    assert there.asked[-1][1] == "/v1/models/update_type"
    assert client.get("/launch_model/server?type=nonsense").status_code == 404


def test_who_has_two_servers_chooses(client, there, server):
    person = a_person("both", "update_catalogue")
    own_servers.save_own_server(there.url, key=OWN_KEY, by=person)
    client.force_login(person)
    assert f"<code>{there.url}</code>" in text(client.get("/launch_model/llm"))
    client.post("/launch_model/server/choose", {"server": "hub"})
    page = text(client.get("/launch_model/llm"))
    assert f"<code>{server.url}</code>" in page
    assert f"<code>{there.url}</code>" in text(client.get("/launch_model/llm?server=own"))
    own_servers.forget_own_server(by=person)
    assert "Which server" not in text(client.get("/launch_model/llm"))


def test_anonymous_visitors_learn_of_no_server(client, server):
    model = a_model("alpha")
    for page in ("/launch_model/llm", f"/launch_model/{model.pk}/launch"):
        assert server.url not in text(client.get(page))
