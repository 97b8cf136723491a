"""Who calls the API: tokens in headers, and what they open."""

import json

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import AccessToken, Scope
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def post(client, path, body, **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(path, text, content_type="application/json", headers=headers)


def login(client, name="ada", password=PASSWORD):
    return post(client, "/api/users/login", {"usernameOrEmail": name, "password": password})


def models(client, **headers):
    return client.get("/api/models", headers=headers)


class TestTokens:
    """Tokens in the two headers, at any endpoint."""

    @pytest.fixture
    def raw(self, ada):
        return tokens.issue(by=ada, name="CI", scope=Scope.READ, expires_at=None)[1]

    def test_both_headers_carry_a_token(self, client, raw):
        assert models(client, authorization=f"Bearer {raw}").status_code == 200
        assert models(client, authorization=f"bearer {raw}").status_code == 200
        assert models(client, x_models_token=raw).status_code == 200
        both = {"authorization": f"Bearer {raw}", "x_models_token": raw}
        assert models(client, **both).status_code == 200

    def test_two_different_tokens_are_refused(self, client, ada, raw):
        other = tokens.issue(by=ada, name="other", scope=Scope.READ, expires_at=None)[1]
        answer = models(client, authorization=f"Bearer {raw}", x_models_token=other)
        assert (answer.status_code, answer.json()["error_code"]) == (401, "INVALID_TOKEN")

    @pytest.mark.parametrize(
        "headers",
        [
            {"authorization": "Bearer nonsense"},
            {"authorization": "Bearer"},
            {"authorization": "Bearer "},
            {"authorization": "Basic YWRhOmFkYQ=="},
            {"authorization": "xhub_" + "a" * 40},
            {"x_models_token": "nonsense"},
            {"x_models_token": "xhub_" + "a" * 40},
            {"x_models_token": "é" * 45},
        ],
    )
    def test_a_bad_token_is_an_error_and_not_anonymous(self, client, db, headers):
        answer = models(client, **headers)
        assert answer.status_code == 401
        assert answer.json()["error_code"] == "INVALID_TOKEN"
        assert answer["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("header", ["", " "])
    def test_an_empty_header_is_no_token(self, client, db, header):
        assert models(client, x_models_token=header).status_code == 200

    def test_expired_revoked_and_locked_tokens_are_refused(self, client, ada, raw):
        def status():
            return models(client, x_models_token=raw).status_code

        assert status() == 200
        AccessToken.objects.update(expires_at=timezone.now())
        assert status() == 401
        AccessToken.objects.update(expires_at=None, revoked_at=timezone.now())
        assert status() == 401
        AccessToken.objects.update(revoked_at=None)
        ada.is_active = False
        ada.save()
        assert status() == 401

    def test_the_cookie_of_a_browser_session_counts_for_nothing(self, client, ada):
        client.force_login(ada)
        answer = post(client, "/api/models", {})
        assert answer.status_code in {400, 401, 403}
        assert answer.json()["error_code"] != "OK"
        from django.test import RequestFactory

        from accounts.authentication import caller

        request = RequestFactory().get("/api/models")
        request.user = ada
        assert caller(request).is_anonymous

    def test_an_access_token_ends_after_an_hour(self, client, ada):
        data = login(client).json()["data"]
        AccessToken.objects.filter(kind="access").update(expires_at=timezone.now())
        answer = models(client, x_models_token=data["accessToken"])
        assert answer.status_code == 401


class TestScopes:
    """What `require_write` lets through."""

    def request(self, rf, raw=None):
        from accounts.authentication import caller

        request = rf.post("/api/models", headers={"x-models-token": raw} if raw else {})
        request.auth = caller(request)
        return request

    def test_a_reading_token_may_not_write(self, rf, ada):
        from accounts.authentication import require_write
        from accounts.errors import InsufficientScope

        raw = tokens.issue(by=ada, name="r", scope=Scope.READ, expires_at=None)[1]
        request = self.request(rf, raw)
        assert request.token_scopes == {"read"}
        with pytest.raises(InsufficientScope):
            require_write(request)

    def test_a_writing_token_may(self, rf, ada):
        from accounts.authentication import require_write

        raw = tokens.issue(by=ada, name="w", scope=Scope.WRITE, expires_at=None)[1]
        request = self.request(rf, raw)
        assert request.token_scopes == {"read", "write"}
        assert require_write(request) == ada

    def test_nobody_may_not(self, rf, db):
        from accounts.authentication import require_write
        from accounts.errors import NotSignedIn

        with pytest.raises(NotSignedIn):
            require_write(self.request(rf))
