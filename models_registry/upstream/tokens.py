"""The tokens to send a pull request with: the person's own, else the hub's or its app's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.models import GitHubToken, User
from accounts.vault import VaultClosed, unseal
from models_registry.upstream import github_app


@dataclass(frozen=True, slots=True)
class Token:
    """A way to get a token for the moment of its use; the token is never logged or shown."""

    reveal: Callable[[], str] = field(repr=False)
    # The login of its owner, if it is known without a request to GitHub.
    login: str = ""

    @property
    def secret(self) -> str:
        """The token itself. Raises GatewayError if GitHub gives the app none."""
        return self.reveal()


def tokens_for(user: User | None) -> list[Token]:
    """The tokens to try for a person's change, the best one first."""
    tokens = []
    row = GitHubToken.objects.filter(user=user).first() if user is not None else None
    if row is not None and not row.is_expired() and row.may_open_pull_requests():
        try:
            secret = unseal(row.sealed)
            tokens.append(Token(lambda: secret, row.login))
        except VaultClosed:
            # The vault's key was removed: only the owner can fix that, by saving the token again.
            pass
    if github_app.is_configured():
        tokens.append(Token(github_app.hub_token))
    return tokens
