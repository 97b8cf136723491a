"""Theme and language, kept in cookies, so that they work for visitors without an account."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse

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


def _set(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=ONE_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
