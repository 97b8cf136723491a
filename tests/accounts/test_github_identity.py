"""Which account at GitHub commits are signed with."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount

from accounts import use_cases
from accounts.github_identity import GitHubAccount, github_account
from accounts.models import GitHubToken
from tests.accounts.conftest import GITHUB_TOKEN


def signs_in_with(user, login: object, uid: str = "77") -> None:
    SocialAccount.objects.create(
        user=user, provider="github", uid=uid, extra_data={"login": login, "id": uid}
    )


def has_token(user, login: str, github_id: int | None = None) -> None:
    GitHubToken.objects.create(
        user=user, sealed="x", last4="0000", login=login, github_id=github_id, scopes=None
    )


def address(user) -> str | None:
    account = github_account(user)
    return account.noreply_address if account is not None else None


def test_a_saved_token_tells_login_and_number(github_api, ada):
    github_api.knows(GITHUB_TOKEN, "octocat")
    use_cases.save_github_token(GITHUB_TOKEN, by=ada)
    assert address(ada) == "583231+octocat@users.noreply.github.com"


def test_a_token_from_before_numbers_were_kept_gives_the_old_form(ada):
    has_token(ada, "octocat")
    assert address(ada) == "octocat@users.noreply.github.com"


def test_a_sign_in_with_the_same_account_brings_the_number_that_a_token_lacks(ada):
    has_token(ada, "octocat")
    signs_in_with(ada, "Octocat")
    assert address(ada) == "77+Octocat@users.noreply.github.com"


def test_a_token_of_another_account_than_the_sign_ins_goes_first(ada):
    has_token(ada, "work-account")
    signs_in_with(ada, "octocat")
    assert address(ada) == "work-account@users.noreply.github.com"


def test_without_a_token_the_account_that_somebody_signs_in_with_is_his(ada):
    signs_in_with(ada, "octocat")
    assert github_account(ada) == GitHubAccount("octocat", 77)


def test_who_has_neither_has_no_account(ada):
    SocialAccount.objects.create(user=ada, provider="other", uid="5", extra_data={"login": "x"})
    assert github_account(ada) is None
    assert github_account(None) is None


@pytest.mark.parametrize("login", [None, 5, "", "a b", "x>\nauthor Mallory <m@x>", "-a", "a@b"])
def test_what_is_no_login_never_becomes_part_of_a_signature(ada, login):
    signs_in_with(ada, login)
    assert github_account(ada) is None
    if isinstance(login, str):
        has_token(ada, login)
        assert github_account(ada) is None


@pytest.mark.parametrize("uid", ["0", "07", "abc", "1+2"])
def test_what_is_no_number_never_becomes_part_of_a_signature(ada, uid):
    signs_in_with(ada, "octocat", uid)
    assert github_account(ada) is None
