"""The person's own server: saved in the User Center, used on the Launch Model page."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from accounts import own_servers
from accounts.models import OwnServer
from hub.models import AuditEntry
from models_registry.servers import access
from tests.factories import a_model, llm_record
from tests.models_registry.server_fixtures import OWN_KEY
from tests.models_registry.views.launch.pages import text
from tests.standins.xinference import registered

pytestmark = pytest.mark.django_db


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
    assert access.own_server(ada) == access.Server(there.url, OWN_KEY, access.Whose.OWN)
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
    assert access.own_server(ada).key == OWN_KEY
    save(client, there.url, forget_key="on")
    assert access.own_server(ada).key == ""


def test_a_key_is_not_sent_to_another_server(client, ada, there, server):
    save(client, there.url, OWN_KEY)
    save(client, server.url)
    assert access.own_server(ada).key == ""
    save(client, server.url, OWN_KEY)
    save(client, server.url.replace("http://", "https://"))
    assert access.own_server(ada).key == ""


def test_the_connection_is_told_in_words_with_and_without_htmx(client, ada, there):
    save(client, there.url, OWN_KEY)
    there.known["LLM"] = [registered(llm_record(name)) for name in ("alpha", "beta")]
    there.models["one"] = {"model_name": "alpha", "model_type": "LLM"}
    message = "Connected to Xinference 4.1.0. It has 2 language models. 1 model is running."
    assert message in text(client.post("/user-center/server/test"))
    part = text(client.post("/user-center/server/test", headers={"HX-Request": "true"}))
    assert message in part
    assert "<html" not in part


def test_a_failing_connection_says_why(client, ada, there):
    save(client, there.url, "sk-wrong-0123456789")
    page = text(client.post("/user-center/server/test"))
    assert "does not accept the API key" in page
    save(client, there.url, OWN_KEY)
    there.raw = (200, {}, b"<html>")
    assert "does not respond like an Xinference server" in text(
        client.post("/user-center/server/test")
    )


def test_trying_address_after_address_comes_to_an_end(client, ada, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "own_server": "2/m/user"}
    answers = [text(save(client, f"http://10.0.0.{number}")) for number in range(3)]
    assert ["Wait a minute" in answer for answer in answers] == [False, False, True]


def test_a_server_can_be_removed(client, ada, there):
    save(client, there.url, OWN_KEY)
    client.post("/user-center/server/forget")
    assert not OwnServer.objects.exists()
    assert AuditEntry.objects.latest("pk").tag == "accounts:server:forget"


def test_where_the_administrator_allows_none_there_is_no_card(client, ada, there, change_env):
    save(client, there.url, OWN_KEY)
    change_env(server_addresses=None)
    page = text(client.get("/user-center/key"))
    assert "disabled personal Xinference servers" in page
    assert "Test the connection" not in page
    assert save(client, "https://gpu.example.org").status_code == 422
    client.post("/user-center/server/forget")
    assert 'id="own-server"' not in text(client.get("/user-center/key"))


def test_keys_are_sealed_again_with_the_vault(ada, there, change_env):
    from cryptography.fernet import Fernet

    own_servers.save_own_server(there.url, key=OWN_KEY, by=ada)
    sealed = OwnServer.objects.get().sealed_key
    change_env(vault_keys=[Fernet.generate_key().decode()])
    call_command("rotate_vault")
    assert OwnServer.objects.get().sealed_key != sealed
    assert access.own_server(ada).key == OWN_KEY


def test_a_key_that_the_vault_does_not_open_is_left_out(ada, there):
    own_servers.save_own_server(there.url, key=OWN_KEY, by=ada)
    OwnServer.objects.update(sealed_key="gAAAAnonsense")
    assert access.own_server(ada).key == ""


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
    message = text(client.post("/user-center/server/test"))
    assert "The hub is signed in as grace, who may launch and register models." in message
    assert "last used" in text(client.get("/user-center/key"))
    model = a_model("alpha")
    panel = text(client.get(f"/launch_model/{model.pk}/launch"))
    assert '--password "$XINFERENCE_PASSWORD"' in panel
    assert PASSWORD not in panel
    client.post(f"/launch_model/{model.pk}/launch", {"server": "own"})
    assert "alpha" in guarded.models


@pytest.mark.parametrize(
    ("permissions", "message"),
    [
        (["models:list"], "who may only read"),
        (["models:list", "models:write"], "who may launch models, but not register them"),
        (["models:list", "models:register"], "who may register models, but not launch"),
    ],
)
def test_what_the_user_may_do_is_said(client, ada, guarded, permissions, message):
    guarded.access.users["grace"] = (PASSWORD, permissions)
    save(client, guarded.url, username="grace", password=PASSWORD)
    assert message in text(client.post("/user-center/server/test"))


def test_of_a_key_it_is_said_that_it_may_only_read(client, ada, guarded):
    save(client, guarded.url, OWN_KEY)
    assert "The API key may only read" in text(client.post("/user-center/server/test"))
    model = a_model("alpha")
    answer = client.post(f"/launch_model/{model.pk}/launch", {"server": "own"})
    assert "Save a user name and a password of the server in the User Center" in text(answer)


def test_a_password_stays_for_the_same_user_of_the_same_server_only(client, ada, there, server):
    save(client, there.url, username="grace", password=PASSWORD)
    assert save(client, there.url, username="grace").status_code == 302
    assert access.own_server(ada).password == PASSWORD
    for address, username in ((there.url, "other"), (server.url, "grace")):
        answer = save(client, address, username=username)
        assert answer.status_code == 422
        assert "Enter the password of this user" in text(answer)
    assert access.own_server(ada).address == there.url
    save(client, there.url)
    assert (access.own_server(ada).username, access.own_server(ada).password) == ("", "")
    assert OwnServer.objects.get().sealed_password == ""


def test_a_password_without_a_user_is_refused_and_not_shown_again(client, ada, there):
    answer = save(client, there.url, password=PASSWORD)
    assert answer.status_code == 422
    assert "Enter the user name that this password" in text(answer)
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


def test_passwords_are_sealed_again_with_the_vault(ada, there, change_env):
    from cryptography.fernet import Fernet

    own_servers.save_own_server(there.url, key="", username="grace", password=PASSWORD, by=ada)
    sealed = OwnServer.objects.get().sealed_password
    change_env(vault_keys=[Fernet.generate_key().decode()])
    call_command("rotate_vault")
    assert OwnServer.objects.get().sealed_password != sealed
    assert access.own_server(ada).password == PASSWORD
    OwnServer.objects.update(sealed_password="gAAAAnonsense")
    assert access.own_server(ada).username == "", "nobody signs in without a password"
