"""Whose token a pull request goes out with: the person's own, else the hub's."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings

from accounts.models import GitHubToken, User
from accounts.vault import VaultClosed, unseal


@dataclass(frozen=True, slots=True)
class Token:
    """A token in clear, for the moment of its use; it is in no log and no message."""

    secret: str = field(repr=False)
    # Whose it is, as far as it is known without asking GitHub.
    login: str = ""


def tokens_for(user: User | None) -> list[Token]:
    """The tokens to try for a person's change, the best one first."""
    found = []
    own = GitHubToken.objects.filter(user=user).first() if user is not None else None
    if own is not None and not own.is_expired() and own.may_open_pull_requests():
        try:
            found.append(Token(unseal(own.sealed), own.login))
        except VaultClosed:
            # Its key was taken away: only its owner can mend that, by saving it anew.
            pass
    if settings.ENV.github_token:
        found.append(Token(settings.ENV.github_token))
    return found
