"""The hub's own token for GitHub: GITHUB_TOKEN, or one of its GitHub App's installation.

Tokens of an installation last an hour. Each process keeps its own in memory, never elsewhere.
https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from github import Auth, Github, GithubException
from requests.exceptions import RequestException

from accounts import github_quota
from hub import request_id
from models_registry.upstream.errors import GatewayError, TryAgain
from models_registry.upstream.github_answers import TokenAnswer, read_answer
from models_registry.upstream.github_faults import connection_failure, translated

API_VERSION: Final = "2022-11-28"
MEDIA_TYPE: Final = "application/vnd.github+json"
# What the app needs at the upstream repository.
NEEDED: Final = {"contents": "write", "pull_requests": "write"}
_TIMEOUT_SECONDS: Final = 10
# A request with the token may begin late and last long.
_RENEW_BEFORE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class InstallationToken:
    """A token, the moment it ends, and the permissions that the installation has."""

    secret: str = field(repr=False)
    expires_at: datetime
    permissions: dict[str, str]


_lock = threading.Lock()
_kept: dict[tuple[str, str, int], InstallationToken] = {}


def is_configured() -> bool:
    """Whether the hub has a token or an app of its own."""
    return bool(settings.ENV.github_token or settings.ENV.github_app_id)


def hub_token() -> str:
    """GITHUB_TOKEN, else a valid token of the app's installation, else "".

    May ask GitHub: call it outside of transactions. Raises GatewayError.
    """
    env = settings.ENV
    return env.github_token or (installation_token().secret if env.github_app_id else "")


def installation_token() -> InstallationToken:
    """A token of the app's installation, a new one if the last ends soon. Raises GatewayError."""
    env = settings.ENV
    key = (env.github_api_url, env.github_app_id, env.github_app_installation)
    with _lock:
        token = _kept.get(key)
        if token is None or token.expires_at - _RENEW_BEFORE < timezone.now():
            token = _kept[key] = _ask()
            github_quota.remember_app(token.secret, env.github_app_installation)
    return token


def forget() -> None:
    """Drop the tokens that are kept; the next use asks for new ones."""
    with _lock:
        _kept.clear()


def _ask() -> InstallationToken:
    env = settings.ENV
    app = Github(
        auth=Auth.AppAuth(env.github_app_id, env.github_app_key),
        base_url=env.github_api_url,
        timeout=_TIMEOUT_SECONDS,
        retry=None,
        api_version=API_VERSION,
        user_agent="xinference-models-hub",
        seconds_between_requests=0,
        seconds_between_writes=0,
    )
    try:
        # PyGithub's own method asks for a media type that GitHub no longer documents.
        _headers, answer = app.requester.requestJsonAndCheck(
            "POST",
            f"/app/installations/{env.github_app_installation}/access_tokens",
            headers={"Accept": MEDIA_TYPE, **request_id.headers()},
            input={},
        )
        found = read_answer(TokenAnswer, answer)
        return InstallationToken(found.token, found.expires_at, found.permissions)
    except GithubException as error:
        if error.status in (401, 404):
            raise GatewayError("github_app_refused", status=error.status) from None
        raise translated(error) from None
    except (RequestException, OSError, ValueError) as error:
        # The exception's text may hold the request, and with it the app's own token.
        raise TryAgain(connection_failure(error)) from None
