"""The time zone that pages show dates in: the reader's, by a cookie; UTC for everybody else.

A page for visitors without an account is the same for all of them, so it is written in UTC, and
the browser writes its dates in the reader's own zone (`static/js/site.js`). For somebody who is
signed in, the same script remembers the browser's zone in a cookie, unless the account has a zone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE: Final = "timezone"


class TimeZoneMiddleware:
    """Middleware that shows dates in the zone of the cookie to people with a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        name = request.COOKIES.get(COOKIE, "") if has_session else ""
        with timezone.override(zone_named(name)):
            return self.get_response(request)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The names of all time zones, without those of the machine itself."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def zone_choices() -> list[tuple[str, str]]:
    """The zones that a form offers, without abbreviations and other spellings of the same."""
    names = sorted(name for name in zone_names() if "/" in name and not name.startswith("Etc/"))
    return [(name, name.replace("_", " ")) for name in ("UTC", *names)]


def zone_named(name: str) -> ZoneInfo | None:
    """The zone with this name, None if there is none. SECURITY: other names could be paths."""
    return ZoneInfo(name) if name in zone_names() else None
