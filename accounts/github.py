"""What GitHub says about a token: its account, its scopes and when it expires."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import requests
from django.conf import settings

from accounts.errors import GitHubTokenRefused, GitHubUnreachable
from hub import request_id

TIMEOUT_SECONDS = 10
# Classic (ghp_, or 40 hexadecimal digits), fine-grained (github_pat_) and app (ghu_, ghs_) tokens.
_SHAPE = re.compile(r"[A-Za-z0-9_]{20,255}")


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """`scopes` is None for fine-grained tokens: GitHub does not report their rights."""

    login: str
    scopes: list[str] | None
    expires_at: datetime | None
    # The account's number; None if GitHub's answer lacks it.
    github_id: int | None = None


def check_token(token: str) -> TokenFacts:
    """Ask GitHub about the token.

    Raises GitHubTokenRefused if GitHub does not accept it, GitHubUnreachable if GitHub can't be
    asked. The format: https://docs.github.com/rest/users/users#get-the-authenticated-user, with the
    headers X-OAuth-Scopes and github-authentication-token-expiration.
    """
    if not _SHAPE.fullmatch(token):
        raise GitHubTokenRefused("github_token_malformed" if token else "github_token_missing")
    answer = _ask(token)
    if answer.status_code == 401:
        raise GitHubTokenRefused("github_token_refused")
    if answer.status_code != 200:
        raise GitHubUnreachable("github_token_check_failed", status=answer.status_code)
    return TokenFacts(
        login=_login(answer),
        scopes=_scopes(answer.headers.get("X-OAuth-Scopes")),
        expires_at=_moment(answer.headers.get("github-authentication-token-expiration")),
        github_id=_number(answer),
    )


def _ask(token: str) -> requests.Response:
    headers = {
        **request_id.headers(),
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    try:
        # SECURITY: no redirects, or the token could be sent to another host.
        return requests.get(
            f"{settings.ENV.github_api_url}/user",
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException:
        # SECURITY: the exception's text may contain the request with the token: drop it.
        raise GitHubUnreachable("github_token_check_unreachable") from None


def _login(answer: requests.Response) -> str:
    try:
        login = answer.json()["login"]
    except (ValueError, KeyError, TypeError):
        login = None
    if not isinstance(login, str) or not login:
        raise GitHubUnreachable("github_token_check_unreadable")
    return login[:80]


def _number(answer: requests.Response) -> int | None:
    number = answer.json().get("id")
    is_valid = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63
    return number if is_valid else None


def _scopes(header: str | None) -> list[str] | None:
    if header is None:
        return None
    return sorted({scope.strip() for scope in header.split(",") if scope.strip()})


def _moment(header: str | None) -> datetime | None:
    """Parse "2026-12-31 23:59:59 UTC"; for some tokens GitHub writes an offset for the zone."""
    if not header:
        return None
    text = header.strip().replace(" UTC", " +0000")
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None
