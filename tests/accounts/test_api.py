"""Signing in to the API, and what a token opens there."""

import json

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP

from accounts.models import AccessToken, ApiSession
from hub.models import AuditEntry
from tests.accounts.conftest import PASSWORD, tags_of

pytestmark = pytest.mark.django_db


def post(client, path, body, **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(path, text, content_type="application/json", headers=headers)


def login(client, name="ada", password=PASSWORD):
    return post(client, "/api/users/login", {"usernameOrEmail": name, "password": password})


def models(client, **headers):
    return client.get("/api/models", headers=headers)


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org", " Ada@example.ORG "])
def test_user_name_and_address_sign_in(client, ada, name):
    answer = login(client, name)
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert set(data) == {"accessToken", "refreshToken", "expiresIn"}
    assert models(client, authorization=f"Bearer {data['accessToken']}").status_code == 200
    assert tags_of(ada) == ["accounts:session:begin"]
    assert AuditEntry.objects.get().channel == "api"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ada", "wrong"),
        ("nobody", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("a\x00b", PASSWORD),
    ],
)
def test_wrong_credentials_get_one_answer_for_all(client, ada, name, password):
    answer = login(client, name, password)
    assert answer.status_code == 401
    assert answer.json() == {
        "error_code": "INVALID_CREDENTIALS",
        "message": "User name or password is wrong.",
    }
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_locked_account_looks_like_a_wrong_password(client, ada):
    ada.is_active = False
    ada.save()
    assert login(client).json()["error_code"] == "INVALID_CREDENTIALS"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"usernameOrEmail": 5}',
        '"x"',
        '{"usernameOrEmail": "ada", "password": "\\ud800"}',
    ],
)
def test_a_body_that_is_no_sign_in_is_refused_as_json(client, body):
    answer = post(client, "/api/users/login", body)
    assert answer.status_code == 400
    assert set(answer.json()) >= {"error_code", "message"}


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_many_wrong_passwords_are_throttled_whoever_is_named(client, ada, name):
    answers = [login(client, name, "wrong").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    answer = login(client, name)
    assert answer.json()["error_code"] == "TOO_MANY_ATTEMPTS"
    assert int(answer["Retry-After"]) > 0


def test_the_page_and_the_api_share_their_limit(client, ada):
    for _ in range(5):
        client.post("/signin", {"login": "ada", "password": "wrong"})
    assert login(client).status_code == 429


def test_a_second_factor_is_not_gone_around(client, ada):
    TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
    answer = login(client)
    assert (answer.status_code, answer.json()["error_code"]) == (401, "MFA_REQUIRED")
    assert "/user-center/key" in answer.json()["message"]
    assert not AccessToken.objects.exists()
    assert login(client, password="wrong").json()["error_code"] == "INVALID_CREDENTIALS"


def test_an_address_that_waits_for_confirmation_does_not_sign_in(client, ada, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert login(client).json()["error_code"] == "EMAIL_NOT_CONFIRMED"
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    assert login(client).status_code == 200


def test_refreshing_gives_new_tokens_and_uses_the_old_one_up(client, ada):
    first = login(client).json()["data"]
    second = post(client, "/api/users/refresh", {"token": first["refreshToken"]}).json()["data"]
    assert models(client, authorization=f"Bearer {second['accessToken']}").status_code == 200
    again = post(client, "/api/users/refresh", {"token": first["refreshToken"]})
    assert (again.status_code, again.json()["error_code"]) == (401, "INVALID_TOKEN")
    assert models(client, authorization=f"Bearer {second['accessToken']}").status_code == 401


@pytest.mark.parametrize("token", ["", "xhub_" + "a" * 40, "é" * 45, "x" * 150])
def test_a_made_up_refresh_token_is_refused(client, token):
    assert post(client, "/api/users/refresh", {"token": token}).status_code == 401


def test_an_access_token_does_not_refresh(client, ada):
    data = login(client).json()["data"]
    assert post(client, "/api/users/refresh", {"token": data["accessToken"]}).status_code == 401


def test_a_sign_in_shows_up_as_one_that_can_be_ended(client, ada):
    login(client)
    session = ApiSession.objects.get()
    assert session.ip_address == "127.0.0.1"
    client.force_login(ada)
    assert b"API sign-ins" in client.get("/user-center/key").content
    client.post(f"/user-center/key/session/{session.pk}/end")
    assert not ApiSession.objects.open().exists()
