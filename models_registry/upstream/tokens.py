"""The tokens to send a pull request with: the person's own, else the hub's."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings

from accounts.models import GitHubToken, User
from accounts.vault import VaultClosed, unseal


@dataclass(frozen=True, slots=True)
class Token:
    """A decrypted token, for the moment of its use; never logged or shown."""

    secret: str = field(repr=False)
    # The login of its owner, if it is known without a request to GitHub.
    login: str = ""


def tokens_for(user: User | None) -> list[Token]:
    """The tokens to try for a person's change, the best one first."""
    tokens = []
    row = GitHubToken.objects.filter(user=user).first() if user is not None else None
    if row is not None and not row.is_expired() and row.may_open_pull_requests():
        try:
            tokens.append(Token(unseal(row.sealed), row.login))
        except VaultClosed:
            # The vault's key was removed: only the owner can fix that, by saving the token again.
            pass
    if settings.ENV.github_token:
        tokens.append(Token(settings.ENV.github_token))
    return tokens
