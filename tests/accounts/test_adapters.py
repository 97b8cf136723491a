"""Where allauth asks the hub: GitHub sign-in, and addresses that others hold."""

import os
import subprocess
import sys

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.sessions.backends.db import SessionStore

from accounts.adapters import SocialAdapter
from accounts.models import User
from tests.environment import ROOT
from tests.factories import a_user


@pytest.fixture
def request_with_session(rf, db):
    request = rf.get("/")
    request.session = SessionStore()
    with request_context(request):
        yield request


def through_github(request, *, email, verified):
    """Somebody signs up with GitHub, which says that the address is confirmed, or not."""
    login = SocialLogin(
        user=User(username="octocat", email=email),
        account=SocialAccount(provider="github", uid="583231"),
        email_addresses=[EmailAddress(email=email, verified=verified, primary=True)],
    )
    return SocialAdapter(request).save_user(request, login)


def test_an_address_that_github_has_confirmed_is_the_accounts_own(request_with_session):
    user = through_github(request_with_session, email="o@example.org", verified=True)
    assert user.email == "o@example.org"
    assert EmailAddress.objects.get().verified
    assert not user.has_usable_password()


def test_it_is_taken_from_an_account_that_never_confirmed_it(request_with_session):
    squatter = a_user("squatter", email="o@example.org")
    EmailAddress.objects.create(user=squatter, email="o@example.org", primary=True)
    user = through_github(request_with_session, email="o@example.org", verified=True)
    squatter.refresh_from_db()
    assert (squatter.email, user.email) == ("", "o@example.org")


@pytest.mark.parametrize("verified", [True, False])
def test_it_is_not_taken_from_an_account_that_has_confirmed_it(request_with_session, verified):
    owner = a_user("owner", email="o@example.org")
    EmailAddress.objects.create(user=owner, email="o@example.org", primary=True, verified=True)
    user = through_github(request_with_session, email="o@example.org", verified=verified)
    owner.refresh_from_db()
    assert (owner.email, user.email) == ("o@example.org", "")
    assert EmailAddress.objects.get(verified=True).user == owner


def test_an_address_that_github_has_not_confirmed_stays_with_its_holder(request_with_session):
    holder = a_user("holder", email="o@example.org")
    user = through_github(request_with_session, email="o@example.org", verified=False)
    holder.refresh_from_db()
    assert (holder.email, user.email) == ("o@example.org", "")


SIGN_IN_WITH_GITHUB = """
import django; django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
call_command("createcachetable")
client = Client(headers={"host": "localhost"})
assert b"Continue with GitHub" in client.get("/signin").content
assert b"Continue with GitHub" in client.get("/accounts/github/login/").content
assert b"Continue with Acme" in client.get("/accounts/oidc/sso/login/").content
print(client.post("/accounts/github/login/")["Location"])
"""


def test_with_client_ids_the_sign_in_page_leads_to_other_sites(tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hub.settings",
        "DATABASE_URL": "sqlite://:memory:",
        "DEBUG": "1",
        "GITHUB_CLIENT_ID": "Iv1.abc",
        "GITHUB_CLIENT_SECRET": "secret",
        "HUB_OIDC_URL": "https://login.example.org",
        "HUB_OIDC_CLIENT_ID": "hub",
        "HUB_OIDC_CLIENT_SECRET": "secret",
        "HUB_OIDC_NAME": "Acme",
        "HUB_VAR_DIR": str(tmp_path),
        "REDIS_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", SIGN_IN_WITH_GITHUB],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    leads_to = done.stdout.strip().splitlines()[-1]
    assert leads_to.startswith("https://github.com/login/oauth/authorize?client_id=Iv1.abc&")
    assert "scope=user%3Aemail" in leads_to
    assert "secret" not in leads_to
