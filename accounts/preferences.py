"""Theme, language and time zone, kept in cookies; without an account only the first two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone, translation

from accounts import time_zones
from accounts.models import User

THEMES = ("system", "light", "dark")
ONE_YEAR = 365 * 24 * 3600


def remember_theme(response: HttpResponse, chosen: str) -> None:
    """Set the theme's cookie; the page's script may change it, too."""
    _set(response, "theme", chosen)


def remember_language(response: HttpResponse, language: str) -> None:
    """Set the cookie that Django's LocaleMiddleware reads; "" means the browser's language."""
    if language:
        _set(response, settings.LANGUAGE_COOKIE_NAME, language)
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)


def remember_time_zone(response: HttpResponse, zone: str) -> None:
    """Set the cookie that TimeZoneMiddleware reads; "" means the browser's zone, see site.js."""
    if zone:
        _set(response, time_zones.COOKIE, zone)
    else:
        response.delete_cookie(time_zones.COOKIE)


@contextmanager
def written_for(user: User) -> Iterator[None]:
    """Write texts and dates in this person's language and time zone, whoever's request it is."""
    zone = time_zones.zone_named(user.time_zone)
    language = user.language or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(zone):
        yield


def _set(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=ONE_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
