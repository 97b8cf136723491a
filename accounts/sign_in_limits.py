"""Limits on wrong passwords, which slow guessing and keep nobody out of their own account.

Failures are counted by account and network address together, so a stranger elsewhere does not use
up the attempts of the owner. A device that has signed in to the account before has a count of its
own and no other: neither a stranger at the same address nor guesses from many addresses stop it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

# The public module's functions do not say what to roll back.
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.http import HttpRequest

from accounts import devices

_APP: Final = "allauth.account"
# Keys of ACCOUNT_RATE_LIMITS.
_AT_ADDRESS: Final = "login_failed"
_OF_ACCOUNT: Final = "login_failed_anywhere"
_KNOWN_DEVICE: Final = "login_failed_known_device"


def count_attempt(request: HttpRequest, credentials: dict[str, Any]) -> RateLimitUsage | None:
    """Count an attempt before its password is checked; None if there were too many."""
    account = _account(credentials)
    if device := devices.known_device(request, _names(credentials)):
        limits = [(_KNOWN_DEVICE, device)]
    else:
        limits = [(_AT_ADDRESS, _at_address(request, account)), (_OF_ACCOUNT, account)]
    usage = RateLimitUsage(usage=[])
    for action, key in limits:
        if (part := ratelimit.consume(request, app=_APP, action=action, key=key)) is None:
            return None
        usage.usage.extend(part.usage)
    return usage


def forget_attempts(request: HttpRequest, *, names: Iterable[str]) -> None:
    """Count from zero again, for somebody who has just proved that they read the account's mail."""
    for name in names:
        account = _account({"username": name})
        ratelimit.clear(request, app=_APP, action=_AT_ADDRESS, key=_at_address(request, account))
        ratelimit.clear(request, app=_APP, action=_OF_ACCOUNT, key=account)


def _names(credentials: dict[str, Any]) -> set[str]:
    given = (credentials.get(name) for name in ("email", "username"))
    return {str(name).strip().lower() for name in given if name}


def _account(credentials: dict[str, Any]) -> str:
    """The account as it was named. SECURITY: the same for accounts that do not exist."""
    name = credentials.get("email") or credentials.get("username") or ""
    return str(name).strip().lower()


def _at_address(request: HttpRequest, account: str) -> str:
    return f"{ratelimit.get_ip(request)} {account}"
