"""Signing in with an OpenID Connect provider, from the button to the groups."""

from __future__ import annotations

import html
import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import User
from hub.models import AuditEntry
from tests.accounts.conftest import PASSWORD, tags_of
from tests.factories import a_user
from tests.standins.openid import CLIENT_ID, CLIENT_SECRET, OpenIdProvider

pytestmark = pytest.mark.django_db
BEGIN = "/accounts/oidc/sso/login/"
CALLBACK = "/accounts/oidc/sso/login/callback/"


@pytest.fixture(scope="module")
def _running():
    provider = OpenIdProvider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(_running, settings, change_env):
    """The provider of a company, in which Ada has an account, and a hub that knows it."""
    _running.begin_again()
    app = {
        "provider_id": "sso", "name": "Acme", "client_id": CLIENT_ID, "secret": CLIENT_SECRET,
        "settings": {"server_url": _running.url, "oauth_pkce_enabled": True},
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    change_env(oidc_url=_running.url, open_registration=False)
    return _running


def go(client, **more):
    """Press the button and follow it to the provider; returns the address it leads back to."""
    page = client.post(f"{BEGIN}?process=login", **more)
    assert page.status_code == 200, page.content
    target = html.unescape(re.search(rb'content="0; url=([^"]+)"', page.content)[1].decode())
    return requests.get(target, allow_redirects=False, timeout=5).headers["Location"]


def sign_in(client):
    """The whole way, as a browser goes it."""
    back = urlsplit(go(client))
    assert back.path == CALLBACK
    return client.get(f"{back.path}?{back.query}")


def person(client):
    """The user name of whoever is signed in; "" if nobody is."""
    pk = client.session.get("_auth_user_id")
    return User.objects.get(pk=pk).username if pk else ""


def confirmed(user):
    """The user, whose address is confirmed."""
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def test_the_button_is_there_only_with_a_provider(client, provider, settings):
    assert b"Continue with Acme" in client.get("/signin").content
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert b"Continue with" not in client.get("/signin").content
    assert client.get(BEGIN).status_code == client.get(CALLBACK).status_code == 404


def test_the_first_sign_in_makes_an_account(client, provider, mailoutbox):
    assert sign_in(client).status_code == 302
    user = User.objects.get()
    assert (person(client), user.display_name) == ("ada", "Ada Lovelace")
    assert (user.email, user.has_usable_password()) == ("ada@example.org", False)
    assert EmailAddress.objects.get().verified
    assert set(user.groups.values_list("name", flat=True)) == {"Registrars"}
    created = AuditEntry.objects.get(tag="accounts:account:create")
    assert created.data == {"through": "sso", "groups": ["Registrars"]}
    client.post("/accounts/logout/")
    sign_in(client)
    assert (person(client), User.objects.count()) == ("ada", 1)


def test_the_hub_sends_what_the_protocol_wants(client, provider):
    back = urlsplit(go(client))
    asked = parse_qs(back.query)
    assert back.netloc == "127.0.0.1:8000"
    sign_in(client)
    (request,) = provider.token_requests
    assert request["redirect_uri"] == f"http://127.0.0.1:8000{CALLBACK}"
    assert len(request["code_verifier"]) >= 43
    # A state is used once, and by the browser only that has asked.
    stolen = Client().get(f"{CALLBACK}?code={asked['code'][0]}&state={asked['state'][0]}")
    assert (stolen.status_code, len(provider.token_requests)) == (401, 1)


def test_only_the_minimum_of_the_claims_is_stored(client, provider):
    provider.person["phone_number"] = "+44 20 1234"
    sign_in(client)
    assert "+44" not in str(SocialAccount.objects.get().extra_data)


@pytest.mark.parametrize("name", ["a", "ada@acme.example", "admin", "Ада", "x" * 90])
def test_any_user_name_of_the_provider_becomes_a_valid_one(client, provider, name):
    provider.person |= {"preferred_username": name, "name": "A\x00"}
    sign_in(client)
    user = User.objects.get()
    user.full_clean(exclude=["password", "avatar"])
    assert (person(client), user.display_name) == (user.username, "")


class TestAnAccountThatExists:
    def test_opens_to_the_person_with_its_confirmed_address(self, client, provider, ada):
        confirmed(ada)
        sign_in(client)
        assert (person(client), User.objects.count()) == ("ada", 1)
        ada.refresh_from_db()
        assert ada.check_password(PASSWORD)
        assert "accounts:sign_on:add" in tags_of(ada)

    def test_is_what_an_administrator_has_made(self, client, provider, change_env):
        """Accounts by invitation: nobody else gets in."""
        change_env(oidc_sign_up=False)
        assert b"Registration is closed" in sign_in(client).content
        assert not User.objects.exists()
        browser = Client()
        browser.force_login(a_user("root", is_superuser=True, is_staff=True))
        form = {"username": "countess", "email": "ada@example.org", "usable_password": "false"}
        assert browser.post("/admin/accounts/user/add/", form).status_code == 302
        sign_in(client)
        assert person(client) == "countess"

    @pytest.mark.parametrize("says", [False, None, "false", 0, "yes"])
    def test_is_not_taken_with_an_address_that_the_provider_has_not_verified(
        self, client, provider, ada, says
    ):
        confirmed(ada)
        provider.person["email_verified"] = says
        answer = sign_in(client)
        assert person(client) == ""
        assert answer["Location"] == "/accounts/3rdparty/signup/"
        form = {"username": "eve", "email": "eve@example.org"}
        client.post(answer["Location"], form)
        assert person(client) in {"", "eve"}
        assert not SocialAccount.objects.filter(user=ada).exists()
        assert EmailAddress.objects.get(verified=True).user == ada

    def test_is_not_entered_if_its_address_was_never_confirmed(self, client, provider):
        squatter = a_user("squatter", email="ada@example.org")
        EmailAddress.objects.create(user=squatter, email=squatter.email, primary=True)
        sign_in(client)
        assert person(client) == "ada"
        squatter.refresh_from_db()
        assert squatter.email == ""
        assert not EmailAddress.objects.filter(user=squatter).exists()

    def test_asks_for_the_second_factor_all_the_same(self, client, provider, ada):
        TOTP.activate(confirmed(ada), "JBSWY3DPEHPK3PXP")
        assert "/2fa/" in sign_in(client)["Location"]
        assert person(client) == ""

    def test_stays_locked(self, client, provider, ada):
        confirmed(ada)
        User.objects.update(is_active=False)
        assert sign_in(client)["Location"] == "/accounts/inactive/"
        assert person(client) == ""


class TestGroups:
    @pytest.fixture(autouse=True)
    def _mapping(self, provider, change_env):
        pairs = [("cn=rev,ou=hub", "Reviewers"), ("maintain", "Maintainers"), ("x", "Nowhere")]
        change_env(oidc_groups=pairs)

    @staticmethod
    def groups():
        return set(User.objects.get(email="ada@example.org").groups.values_list("name", flat=True))

    def test_follow_the_claim_at_each_sign_in(self, client, provider):
        steps = [
            (["cn=rev,ou=hub", "somewhere", "x"], {"Registrars", "Reviewers"}),
            (["maintain"], {"Registrars", "Maintainers"}),
            ("maintain", {"Registrars", "Maintainers"}),
            ([], {"Registrars"}),
        ]
        for claim, expected in steps:
            provider.person["groups"] = claim
            sign_in(client)
            assert self.groups() == expected
            client.post("/accounts/logout/")
        changes = AuditEntry.objects.filter(tag="accounts:rights:change").order_by("pk")
        assert [(entry.data["given"], entry.data["taken"]) for entry in changes] == [
            (["group Reviewers"], []),
            (["group Maintainers"], ["group Reviewers"]),
            ([], ["group Maintainers"]),
        ]

    def test_stay_if_the_provider_says_nothing(self, client, provider, caplog):
        provider.person["groups"] = ["maintain"]
        sign_in(client)
        client.post("/accounts/logout/")
        del provider.person["groups"]
        sign_in(client)
        assert self.groups() == {"Registrars", "Maintainers"}
        assert "no claim groups" in caplog.text

    def test_may_come_in_the_id_token_only(self, client, provider):
        provider.id_token["groups"] = ["maintain"]
        sign_in(client)
        assert self.groups() == {"Registrars", "Maintainers"}


class TestAProviderThatMisbehaves:
    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": "another-client"},
            {"iss": "https://evil.example"},
            {"exp": int(time.time()) - 60},
            {"sub": "somebody else"},
        ],
    )
    def test_a_token_for_somebody_else_lets_nobody_in(self, client, provider, claims):
        provider.id_token = claims
        assert self.refused(sign_in(client))

    def test_a_token_that_another_key_has_signed_lets_nobody_in(self, client, provider, caplog):
        provider.sign_with_another_key()
        assert self.refused(sign_in(client))
        assert "Signing in with Acme did not work: OAuth2Error" in caplog.text

    def test_the_userinfo_of_another_person_lets_nobody_in(self, client, provider):
        provider.userinfo = {"sub": "eve", "email": "root@example.org", "email_verified": True}
        assert self.refused(sign_in(client))

    @pytest.mark.parametrize("name", ["jwks_uri", "issuer", "token_endpoint"])
    @pytest.mark.parametrize("value", [None, 1, "https://127.0.0.1:1"])
    def test_a_configuration_that_can_not_be_used(self, client, provider, name, value):
        provider.configuration = {name: value}
        assert self.refused(sign_in(client))

    def test_a_provider_that_is_down(self, client, provider):
        provider.status = 500
        assert self.refused(client.post(BEGIN))
        provider.configuration = {"authorization_endpoint": "javascript:alert(1)"}
        provider.status = 200
        answer = client.post(BEGIN)
        assert b"javascript:" not in answer.content

    def test_a_person_who_cancels(self, client, provider):
        state = parse_qs(urlsplit(go(client)).query)["state"][0]
        answer = client.get(CALLBACK, {"error": "access_denied", "state": state})
        assert answer["Location"] == "/accounts/3rdparty/login/cancelled/"

    @staticmethod
    def refused(answer):
        assert not User.objects.exists()
        return answer.status_code == 401 and b"Signing in did not work" in answer.content
