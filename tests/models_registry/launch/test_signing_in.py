"""Signing in at a server: sessions kept and renewed, refusals remembered, nobody locked out."""

from __future__ import annotations

import base64
import json
import logging
import time

import pytest
from django.core.cache import cache

from accounts.models import OwnServer
from accounts.own_servers import save_own_server
from models_registry.launch import client, servers, signing_in
from models_registry.launch.asking import ServerRefused, ServerUnavailable
from models_registry.launch.servers import Server, Whose
from models_registry.launch.signing_in import Account
from models_registry.launch.words import explained
from tests.factories import a_person

PASSWORD = "correct horse 1"
KEY = "xf-0123456789"
ALL = ["models:list", "models:read", "models:write", "models:register"]
LAUNCH = {"model_name": "alpha", "model_engine": "vLLM"}


@pytest.fixture
def guarded(there):
    """A server that asks as 4.1.0 does: with a user, and a key of his."""
    there.key = ""
    there.access.users["ada"] = (PASSWORD, ALL)
    there.access.keys[KEY] = "ada"
    return there


def at(server, *, key="", username="ada", password=PASSWORD, whose=Whose.OWN):
    return Server(server.url, key, whose, username, password)


def asked(server, path):
    return server.paths().count(path)


def test_a_session_serves_many_requests_and_is_kept_sealed(guarded, caplog):
    caplog.set_level(logging.DEBUG)
    used = at(guarded)
    client.launch(used, LAUNCH)
    assert client.running(used)[0].uid == "alpha"
    assert asked(guarded, "/token") == 1
    assert guarded.asked[0][3] == {"username": "ada", "password": PASSWORD}
    name = used.name_of("session")
    kept = cache.get(name)
    (access,), (refresh,) = guarded.access.tokens, guarded.access.refresh
    for secret in (access, refresh, PASSWORD):
        assert secret not in str(kept) + name + caplog.text + repr(used)
    assert access in signing_in.vault.unseal(kept)


def test_two_passwords_share_no_session(guarded):
    client.running(at(guarded))
    with pytest.raises(ServerRefused, match="does not accept the user name ada"):
        client.running(at(guarded, password="other"))


def test_a_session_at_its_end_is_renewed_without_the_password_and_once(guarded):
    used = at(guarded)
    guarded.access.lives = 30
    client.running(used)
    first = next(iter(guarded.access.tokens))
    guarded.access.lives = 1800
    client.running(used)
    client.running(used)
    assert asked(guarded, "/token") == 1
    assert asked(guarded, "/v1/auth/refresh") == 1
    shown = [headers.get("authorization") for _m, path, headers, _b in guarded.asked
             if path == "/v1/models"]  # fmt: skip
    assert shown[0] == f"Bearer {first}"
    assert shown[1] == shown[2] != shown[0]


def test_where_the_refresh_token_is_used_up_the_password_is_taken(guarded):
    used = at(guarded)
    guarded.access.lives = 30
    client.running(used)
    guarded.access.refresh.clear()
    guarded.access.lives = 1800
    client.running(used)
    assert asked(guarded, "/token") == 2
    assert guarded.access.wrong == 0, "no token that is over was shown"


def test_a_session_that_the_server_ended_is_begun_anew_once(guarded):
    used = at(guarded)
    client.running(used)
    guarded.access.tokens.clear()
    assert client.running(used) == []
    assert asked(guarded, "/token") == 2
    assert guarded.access.wrong == 1


def test_a_server_that_takes_no_token_of_its_own_is_asked_twice_and_then_left_alone(guarded):
    used = at(guarded)
    guarded.access._allowed = lambda *_: (401, {"detail": "Could not validate credentials"})
    for _ in range(5):
        with pytest.raises(ServerRefused, match="sign-in of ada any more"):
            client.running(used)
    assert asked(guarded, "/v1/models") == 2
    assert asked(guarded, "/token") == 2


def test_a_refused_sign_in_is_remembered_and_shows_the_server_nothing(guarded):
    used = at(guarded, password="wrong")
    for _ in range(5):
        with pytest.raises(ServerRefused, match="does not accept the user name ada") as refusal:
            client.launch(used, LAUNCH)
        assert refusal.value.must_stop
    assert guarded.paths() == ["/token"]
    signing_in.forget_refusal(used)
    with pytest.raises(ServerRefused):
        client.running(used)
    assert guarded.paths() == ["/token", "/token"]


def test_a_changed_password_signs_in_again_at_once(guarded):
    with pytest.raises(ServerRefused):
        client.running(at(guarded, password="wrong"))
    assert client.running(at(guarded)) == []


def test_a_key_reads_where_the_sign_in_is_refused_and_nothing_else(guarded):
    used = at(guarded, key=KEY, password="wrong")
    assert client.running(used) == []
    with pytest.raises(ServerRefused, match="does not accept the user name"):
        client.launch(used, LAUNCH)
    assert guarded.models == {}


def test_a_key_alone_is_told_that_it_can_only_read_and_what_helps(guarded, server):
    own = Server(guarded.url, KEY, Whose.OWN)
    assert client.running(own) == []
    with pytest.raises(ServerRefused, match="API keys can only read") as refusal:
        client.launch(own, LAUNCH)
    assert "API keys can only access model query" in refusal.value.message
    assert "in the User Center" in refusal.value.message
    assert "XINFERENCE_AUTH_ADVANCED=false" in refusal.value.message
    with pytest.raises(ServerRefused, match="XINFERENCE_USERNAME"):
        client.launch(Server(guarded.url, KEY, Whose.HUB), LAUNCH)


def test_a_wrong_key_is_shown_once(guarded):
    wrong = Server(guarded.url, "xf-wrong", Whose.OWN)
    for _ in range(12):
        with pytest.raises(ServerRefused, match="does not accept the API key"):
            client.running(wrong)
    assert guarded.access.wrong == 1


def test_people_can_not_have_the_hub_locked_out_with_wrong_keys(guarded):
    good = Server(guarded.url, KEY, Whose.OWN)
    client.running(good)
    for number in range(20):
        with pytest.raises(ServerRefused):
            client.running(Server(f"{guarded.url}/{number % 2}", f"xf-wrong-{number}", Whose.OWN))
    assert guarded.access.wrong == signing_in.WRONG_KEYS
    assert client.running(good) == [], "one that proved good is not held up"
    assert client.running(Server(guarded.url, KEY, Whose.HUB)) == [], "nor is the hub's own"


def test_a_lock_is_told_in_words_and_not_run_against(guarded):
    guarded.access.wrong = 10
    used = at(guarded)
    for _ in range(3):
        with pytest.raises(ServerRefused, match="has locked this hub out") as refusal:
            client.running(used)
        assert refusal.value.must_stop
    assert asked(guarded, "/v1/models") == 1


def test_other_answers_of_too_many_requests_are_no_lock(there, used):
    there.refusal = (429, "Slow down")
    with pytest.raises(ServerRefused, match="answers 429: Slow down"):
        client.running(used)


@pytest.mark.parametrize("status", [404, 405])
def test_a_server_without_authentication_needs_no_sign_in(there, status):
    there.key = ""
    answer = there.answer
    there.answer = lambda method, target, *more: (
        (status, {"detail": "no"}) if target == "/token" else answer(method, target, *more)
    )
    used = at(there)
    client.launch(used, LAUNCH)
    client.running(used)
    assert asked(there, "/token") == 1
    assert "authorization" not in there.asked[-1][2]
    assert signing_in.account(used) is None


def test_a_missing_right_names_the_user_and_the_rights(guarded):
    guarded.access.users["ada"] = (PASSWORD, ["models:list"])
    with pytest.raises(ServerRefused, match=r"its user ada .*models:write"):
        client.launch(at(guarded), LAUNCH)


@pytest.mark.parametrize(
    ("permissions", "may"),
    [
        (ALL, (True, True)),
        (["admin"], (True, True)),
        (["models:list"], (False, False)),
        (["models:write"], (True, False)),
        (["models:register"], (False, True)),
    ],
)
def test_the_account_says_what_the_user_may_do(guarded, permissions, may):
    guarded.access.users["ada"] = (PASSWORD, permissions)
    assert signing_in.account(at(guarded)) == Account("ada", *may)


def test_a_release_that_tells_no_account_has_it_in_its_token(guarded):
    answer = guarded.answer
    guarded.answer = lambda method, target, *more: (
        (404, {"detail": "Not Found"}) if target == "/v1/auth/me" else answer(method, target, *more)
    )
    assert signing_in.account(at(guarded)) == Account("ada", may_launch=True, may_register=True)
    assert signing_in.account(Server(guarded.url, KEY, Whose.OWN)) is None


def test_a_key_is_an_account_that_may_only_read(guarded):
    found = signing_in.account(Server(guarded.url, KEY, Whose.OWN))
    assert found == Account("", may_launch=False, may_register=False)
    assert client.running(Server(guarded.url, KEY, Whose.OWN)) == [], "it is no wrong key"


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, *({"access_token": one} for one in (1, "", "a b", "a\r\nX: y", "x" * 9000))],
)
def test_what_is_no_token_is_not_shown(there, answer):
    there.raw = (200, {}, json.dumps(answer).encode())
    with pytest.raises(ServerUnavailable, match="does not answer as"):
        client.running(at(there))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.bnVsbA.c", "a.eyJleHAi.c", "a.ÿ.c"])
def test_a_token_that_says_nothing_of_itself_lasts_for_a_while(token):
    assert signing_in.claims_of(token) == {}


@pytest.mark.parametrize("end", [None, "NaN", "-1", f"1{'0' * 400}", '"soon"', "true"])
def test_a_token_without_an_end_is_renewed_in_time(there, monkeypatch, end):
    there.key = ""
    claims = base64.urlsafe_b64encode(f'{{"exp": {end}}}'.encode()).decode().rstrip("=")
    token = f"a.{claims}.c" if end else "opaque"
    answer = there.answer
    there.answer = lambda method, target, *more: (
        (200, {"access_token": token}) if target == "/token" else answer(method, target, *more)
    )
    used = at(there)
    client.running(used)
    client.running(used)
    assert asked(there, "/token") == 1
    now = time.time()
    monkeypatch.setattr(signing_in.time, "time", lambda: now + signing_in.TOKEN_SECONDS)
    client.running(used)
    assert asked(there, "/token") == 2


@pytest.mark.django_db
def test_a_session_that_the_vault_does_not_open_is_begun_anew(guarded):
    used = at(guarded)
    client.running(used)
    cache.set(used.name_of("session"), "gAAAAnonsense")
    assert client.running(used) == []


@pytest.mark.django_db
def test_the_hubs_own_server_takes_the_user_of_the_settings(change_env, guarded):
    change_env(
        xinference_endpoint=guarded.url, xinference_api_key="",
        xinference_username="ada", xinference_password=PASSWORD,
    )  # fmt: skip
    hubs = servers.hub_server()
    client.launch(hubs, LAUNCH)
    assert "alpha" in guarded.models
    assert PASSWORD not in repr(hubs)


@pytest.mark.django_db
def test_the_last_use_is_noted_where_the_server_took_what_is_saved(guarded):
    person = a_person("ada")
    save_own_server(guarded.url, key=None, username="ada", password="wrong", by=person)
    with pytest.raises(ServerRefused):
        client.running(servers.own_server(person))
    assert OwnServer.objects.get().last_used_at is None
    save_own_server(guarded.url, key=None, username="ada", password=PASSWORD, by=person)
    client.running(servers.own_server(person))
    assert OwnServer.objects.get().last_used_at is not None


def test_actors_are_left_out_of_what_is_said(there, used):
    with pytest.raises(ServerRefused) as refusal:
        client.stop(used, "alpha")
    assert refusal.value.said == "Model not found in the model list, uid: alpha"
    there.models["alpha"] = {}
    there.failed["alpha"] = "[address=[::1]:24883, pid=7]  CUDA out of\n memory"
    assert client.instance(used, "alpha").error == "CUDA out of memory"


def test_a_download_that_failed_is_told_in_words():
    said = "Failed to download model 'qwen3' (size: 0_6, format: pytorch) after multiple retries"
    assert explained("", said).text.startswith("The server could not download the model's files.")


def test_breaking_off_is_not_waited_for_to_its_end(there, used, monkeypatch):
    monkeypatch.setattr(client, "CANCEL_SECONDS", 0.2)
    there.models["alpha"] = {}
    there.cancel_delay = 0.6
    assert client.cancel(used, "alpha") is False
    time.sleep(0.8)
    assert client.instance(used, "alpha").was_broken_off
    with pytest.raises(ServerRefused, match="has not been launched"):
        client.cancel(used, "beta")
