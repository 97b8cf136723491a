"""What a new password ends, and what the owner is told of it."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts import tokens
from accounts.models import ApiSession, GitHubToken, OwnServer, Scope
from hub.models import AuditEntry
from tests.accounts.conftest import PASSWORD
from tests.accounts.strangers import NEW, VICTIM, api_sign_in, change, opens, reset
from tests.factories import a_user

pytestmark = pytest.mark.django_db


def test_a_reset_leaves_nothing_of_who_made_the_account(stranger, mailoutbox):
    browser, user, personal, pair = stranger
    assert browser.get("/user-center").status_code == 200
    assert opens(personal)
    assert opens(pair["accessToken"])
    reset(mailoutbox)
    assert browser.get("/user-center").status_code == 302
    assert not opens(personal)
    assert not opens(pair["accessToken"])
    again = {"token": pair["refreshToken"]}
    assert (
        Client().post("/api/users/refresh", again, content_type="application/json").status_code
        == 401
    )
    for table in (SocialAccount, GitHubToken, OwnServer):
        assert not table.objects.filter(user=user).exists(), table
    user.refresh_from_db()
    assert user.email == VICTIM
    (address,) = EmailAddress.objects.filter(user=user)
    assert (address.email, address.verified, address.primary) == (VICTIM, True, True)
    assert api_sign_in(password=NEW).status_code == 200


def test_a_reset_is_noted_and_told(stranger, mailoutbox):
    reset(mailoutbox)
    entry = AuditEntry.objects.get(tag="accounts:password:reset")
    assert entry.data == {
        "sessions_ended": 1, "tokens_ended": 1, "api_sign_ins_ended": 1, "github_accounts_ended": 1,
    }  # fmt: skip
    told = mailoutbox[-1]
    assert told.to == [VICTIM]
    assert "access tokens" in told.body


def test_a_reset_of_a_confirmed_account_keeps_what_is_its_own(mailoutbox):
    ada = a_user("ada")
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    EmailAddress.objects.create(user=ada, email="ada@work.example", verified=True)
    GitHubToken.objects.create(user=ada, sealed="x", last4="last", login="ada")
    _, personal = tokens.issue(by=ada, name="t", scope=Scope.READ, expires_at=None)
    reset(mailoutbox, ada.email)
    assert not opens(personal)
    assert EmailAddress.objects.filter(user=ada, verified=True).count() == 2
    assert GitHubToken.objects.filter(user=ada).exists()


@pytest.fixture
def opened(signed_in, ada):
    """Ada's account with one thing of each kind that opens it; the keys by kind."""
    token, personal = tokens.issue(by=ada, name="CI", scope=Scope.WRITE, expires_at=None)
    pair = api_sign_in("ada").json()["data"]
    github = SocialAccount.objects.create(user=ada, provider="github", uid="1")
    session = ApiSession.objects.get()
    keys = [f"token:{token.pk}", f"session:{session.pk}", f"github:{github.pk}"]
    return keys, personal, pair


def test_a_change_lists_what_opens_the_account_ticked(signed_in, opened):
    keys, *_ = opened
    page = signed_in.get("/accounts/password/change/").content.decode()
    boxes = re.findall(r'name="end" value="([^"]+)"\s+checked', page)
    assert boxes == keys
    assert "“CI”" in page


def test_what_is_ticked_ends_and_the_rest_stays(signed_in, opened, ada):
    keys, personal, pair = opened
    assert change(signed_in, listed=keys, end=keys[1:]).status_code == 302
    assert opens(personal)
    assert not opens(pair["accessToken"])
    assert not SocialAccount.objects.exists()
    assert signed_in.get("/user-center").status_code == 200
    entry = AuditEntry.objects.get(tag="accounts:password:change")
    assert (entry.data["tokens_ended"], entry.data["api_sign_ins_ended"]) == (0, 1)


def test_a_change_without_a_list_ends_everything(signed_in, opened):
    _, personal, pair = opened
    change(signed_in)
    assert not opens(personal)
    assert not opens(pair["accessToken"])
    assert not SocialAccount.objects.exists()


def test_what_was_made_after_the_page_was_shown_ends(signed_in, opened, ada):
    keys, personal, _ = opened
    _, later = tokens.issue(by=ada, name="later", scope=Scope.WRITE, expires_at=None)
    change(signed_in, listed=keys)
    assert (opens(personal), opens(later)) == (True, False)


def test_a_wrong_password_ends_nothing_and_keeps_the_ticks(signed_in, opened):
    keys, personal, _ = opened
    answer = change(signed_in, oldpassword="wrong", listed=keys, end=keys[1:])
    page = answer.content.decode()
    assert re.findall(r'name="end" value="([^"]+)"\s+checked', page) == keys[1:]
    assert opens(personal)


def test_nobody_keeps_or_ends_what_is_anothers(signed_in, ada):
    eve = a_user("eve")
    token, raw = tokens.issue(by=eve, name="t", scope=Scope.READ, expires_at=None)
    change(signed_in, listed=[f"token:{token.pk}"], end=[f"token:{token.pk}"])
    assert opens(raw)


def test_a_change_ends_the_other_sessions(signed_in, ada):
    other = Client()
    other.post("/signin", {"login": "ada", "password": PASSWORD})
    change(signed_in)
    assert other.get("/user-center").status_code == 302
    assert signed_in.get("/user-center").status_code == 200


def test_a_password_that_an_administrator_sets_ends_everything(client, ada):
    _, personal = tokens.issue(by=ada, name="t", scope=Scope.READ, expires_at=None)
    SocialAccount.objects.create(user=ada, provider="github", uid="1")
    client.force_login(a_user("root1", is_superuser=True, is_staff=True))
    form = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert client.post(f"/admin/accounts/user/{ada.pk}/password/", form).status_code == 302
    assert not opens(personal)
    assert not SocialAccount.objects.exists()
