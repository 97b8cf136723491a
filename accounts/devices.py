"""Devices that have signed in to an account before, and the mails about new ones.

Wrong passwords of a known device are counted apart from everybody else's (`sign_in_limits`).

A browser is recognised by a signed cookie, a program by its address and its User-Agent.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any, Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import ApiSession, User
from hub.audit import client_address

COOKIE: Final = "known_device"
SECONDS: Final = 365 * 86_400
# People share browsers: one browser remembers up to this many accounts.
MAX_ACCOUNTS: Final = 8
_SALT: Final = "accounts.devices"
# The key of the browser's own random name, among the marks by the accounts' numbers.
_BROWSER: Final = "browser"


def is_known_browser(request: HttpRequest, user: User) -> bool:
    """True if this browser has signed in to the account since its password was set."""
    mark = _marks(request).get(str(user.pk), "")
    return constant_time_compare(mark, _mark(user))


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Set the cookie by which the browser is recognised at its next sign-in."""
    marks = _marks(request)
    marks.pop(str(user.pk), None)
    browser = marks.pop(_BROWSER, "") or secrets.token_hex(8)
    kept = dict([*marks.items(), (str(user.pk), _mark(user))][-MAX_ACCOUNTS:])
    kept[_BROWSER] = browser
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=_SALT),
        max_age=SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def is_known_program(user: User, *, ip_address: str | None, user_agent: str) -> bool:
    """True if a program with this User-Agent signed in from this address in the last weeks.

    Sign-ins that were ended (by a new password, for example) do not count.
    """
    earlier = ApiSession.objects.filter(user=user, **_program(ip_address, user_agent))
    return earlier.exists()


def known_device(request: HttpRequest, names: Collection[str]) -> str:
    """The identity of the device that sends the request, if it knows the account; else "".

    `names` are the account's user name or address in lower case, as somebody has typed them.
    """
    marks = _marks(request)
    for user in User.objects.filter(pk__in=filter(str.isdecimal, marks)) if marks else ():
        is_named = not {user.username.lower(), user.email.lower()}.isdisjoint(names)
        if is_named and is_known_browser(request, user):
            # Each browser has a count of its own, also beside others of the same account.
            return f"browser {marks.get(_BROWSER, '')} {_mark(user)}"
    if request.path.startswith("/api/"):
        return _known_program(request, names)
    return ""


def notify_owner(user: User, what: str, **words: str) -> None:
    """Mail the owner about an event of the account; `what` is the template's name."""
    get_adapter().send_notification_mail(f"account/email/{what}", user, {"user": user, **words})


def _known_program(request: HttpRequest, names: Collection[str]) -> str:
    """SECURITY: one query, whether the account exists or not."""
    program = _program(client_address(request), request.headers.get("User-Agent", ""))
    sessions = ApiSession.objects.filter(**program)
    for name in names:
        called = Q(user__username__iexact=name) | Q(user__email__iexact=name)
        if session := sessions.filter(called).order_by("pk").first():
            return f"program {program['ip_address']} of {session.user_id}"
    return ""


def _program(ip_address: str | None, user_agent: str) -> dict[str, Any]:
    return {"ip_address": ip_address, "user_agent": user_agent[:200], "revoked_at": None}


def _mark(user: User) -> str:
    """The proof that a known browser holds; a new password makes it invalid."""
    return salted_hmac(_SALT, f"{user.pk}:{user.password}", algorithm="sha256").hexdigest()[:32]


def _marks(request: HttpRequest) -> dict[str, str]:
    try:
        marks = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        return {}
    return marks if isinstance(marks, dict) else {}
