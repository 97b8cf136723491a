"""A person's GitHub account, as far as it is known, and the address for their commits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount

from accounts.models import GitHubToken, User

# Letters, digits and single hyphens; managed accounts end in an underscore and a short code.
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,60}[A-Za-z0-9])?(?:_[A-Za-z0-9]{1,20})?")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class GitHubAccount:
    """An account at GitHub; `number` is None if it is not known."""

    login: str
    number: int | None = None

    @property
    def noreply_address(self) -> str:
        """The address that links commits to the account without revealing its real address.

        Since 2017-07-18 an account's number stands in front of its login.
        https://docs.github.com/account-and-profile/how-tos/email-preferences/setting-your-commit-email-address
        """
        number = f"{self.number}+" if self.number is not None else ""
        return f"{number}{self.login}@users.noreply.github.com"


def github_account(user: User | None) -> GitHubAccount | None:
    """The account of the person's token, else the one that they sign in with, else None."""
    if user is None:
        return None
    signs_in_with = _signs_in_with(user)
    token = GitHubToken.objects.filter(user=user).first()
    if token is None or not _LOGIN.fullmatch(token.login):
        return signs_in_with
    if token.github_id is not None:
        return GitHubAccount(token.login, token.github_id)
    if signs_in_with is not None and signs_in_with.login.lower() == token.login.lower():
        return signs_in_with
    return GitHubAccount(token.login)


def _signs_in_with(user: User) -> GitHubAccount | None:
    """The last used GitHub account that is connected; allauth stores its number as the uid."""
    for account in SocialAccount.objects.filter(user=user, provider="github").order_by(
        "-last_login"
    ):
        data = account.extra_data
        login = data.get("login") if isinstance(data, dict) else None
        if isinstance(login, str) and _LOGIN.fullmatch(login) and _NUMBER.fullmatch(account.uid):
            return GitHubAccount(login, int(account.uid))
    return None
