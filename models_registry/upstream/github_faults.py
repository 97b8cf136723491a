"""Failures of GitHub, as the hub's own exceptions."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import requests
from github import GithubException
from requests.exceptions import RequestException

from accounts.github_quota import RateLimited
from models_registry.upstream.errors import (
    Busy,
    GatewayError,
    MustWait,
    NoRights,
    Refused,
    TokenRefused,
    TryAgain,
)


def connection_failure(error: Exception) -> str:
    """The key of the sentence for a request without an answer."""
    if isinstance(error, requests.Timeout):
        return "github_timed_out"
    if isinstance(error, ValueError) and not isinstance(error, RequestException):
        return "github_answer_cut_off"
    return "github_not_reached"


def must_wait(error: RateLimited) -> MustWait:
    """A rate limit of GitHub, or the hub's own limit on requests for one account."""
    if str(error) == str(RateLimited.by_github(error.until)):
        time_of_day = error.until.astimezone(UTC).strftime("%H:%M:%S")
        return MustWait("github_rate_limit", until=error.until, time=time_of_day)
    return MustWait("github_account_busy", until=error.until)


def translated(error: GithubException) -> GatewayError:
    """An error answer of GitHub as one of our exceptions."""
    text, status = error_text(error.data), error.status
    if status == 401:
        return TokenRefused("github_refuses_token")
    if status in (403, 404):
        return NoRights("github_answers", status=status, said=text)
    if status in (409, 422):
        kind = Busy if status == 409 else Refused
        return kind("github_refuses", said=text)
    if status >= 500 or status < 0:
        return TryAgain("github_failed", status=status)
    return GatewayError("github_answers", status=status, said=text)


def error_text(data: Any) -> str:
    """GitHub's error message on one line."""
    if not isinstance(data, dict):
        return "no reason is given"
    parts = [str(data.get("message") or "no reason is given")]
    errors = data.get("errors")
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict):
            field = f"{error['field']}: " if error.get("field") else ""
            parts.append(f"{field}{error.get('message') or error.get('code')}")
        else:
            parts.append(str(error))
    return "; ".join(parts)[:500]
