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
from models_registry.servers import access as servers
from models_registry.servers import client, session
from models_registry.servers.access import Server, Whose
from models_registry.servers.requests import ServerRefused, ServerUnavailable
from models_registry.servers.session import Account
from tests.factories import a_person
from tests.models_registry.servers.guarded_servers import ALL, KEY, LAUNCH, PASSWORD, asked, at


def test_a_session_serves_many_requests_and_is_kept_sealed(guarded, caplog):
    caplog.set_level(logging.DEBUG)
    used = at(guarded)
    client.launch(used, LAUNCH)
    assert client.running(used)[0].uid == "alpha"
    assert asked(guarded, "/token") == 1
    assert guarded.asked[0][3] == {"username": "ada", "password": PASSWORD}
    name = used.cache_key("session")
    kept = cache.get(name)
    (access,), (refresh,) = guarded.access.tokens, guarded.access.refresh
    for secret in (access, refresh, PASSWORD):
        assert secret not in str(kept) + name + caplog.text + repr(used)
    assert access in session.vault.unseal(kept)


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


def test_a_session_that_the_server_ended_is_begun_again_once(guarded):
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
    session.forget_refusal(used)
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
    assert guarded.access.wrong == session.WRONG_KEYS
    assert client.running(good) == [], "one that proved good is not held up"
    assert client.running(Server(guarded.url, KEY, Whose.HUB)) == [], "nor is the hub's own"


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
    assert session.account(used) is None


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
    assert session.account(at(guarded)) == Account("ada", *may)


def test_a_release_that_tells_no_account_has_it_in_its_token(guarded):
    answer = guarded.answer
    guarded.answer = lambda method, target, *more: (
        (404, {"detail": "Not Found"}) if target == "/v1/auth/me" else answer(method, target, *more)
    )
    assert session.account(at(guarded)) == Account("ada", may_launch=True, may_register=True)
    assert session.account(Server(guarded.url, KEY, Whose.OWN)) is None


def test_a_key_is_an_account_that_may_only_read(guarded):
    account = session.account(Server(guarded.url, KEY, Whose.OWN))
    assert account == Account("", may_launch=False, may_register=False)
    assert client.running(Server(guarded.url, KEY, Whose.OWN)) == [], "the key is not wrong"


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, *({"access_token": token} for token in (1, "", "a b", "a\r\nX: y", "x" * 9000))],
)
def test_what_is_no_token_is_not_shown(there, answer):
    there.raw = (200, {}, json.dumps(answer).encode())
    with pytest.raises(ServerUnavailable, match="does not respond like"):
        client.running(at(there))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.bnVsbA.c", "a.eyJleHAi.c", "a.ÿ.c"])
def test_a_token_that_says_nothing_of_itself_lasts_for_a_while(token):
    assert session.claims_of(token) == {}


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
    monkeypatch.setattr(session.time, "time", lambda: now + session.TOKEN_SECONDS)
    client.running(used)
    assert asked(there, "/token") == 2


@pytest.mark.django_db
def test_a_session_that_the_vault_does_not_open_is_begun_again(guarded):
    used = at(guarded)
    client.running(used)
    cache.set(used.cache_key("session"), "gAAAAnonsense")
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


def test_breaking_off_is_not_waited_for_to_its_end(there, used, monkeypatch):
    monkeypatch.setattr(client, "CANCEL_SECONDS", 0.2)
    there.models["alpha"] = {}
    there.cancel_delay = 0.6
    assert client.cancel(used, "alpha") is False
    time.sleep(0.8)
    assert client.instance(used, "alpha").was_cancelled
    with pytest.raises(ServerRefused, match="has not been launched"):
        client.cancel(used, "beta")
