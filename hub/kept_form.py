"""Forms that were refused (no session, no CSRF token), returned with what was typed."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

# Inputs of a definition's form are named by kind and JSON pointer, so only their names have a
# slash.
_SECRET = re.compile(r"pass(word|wd)|token|secret|\bkey\b|code", re.IGNORECASE)
_MAX_SHOWN = 40
# The version of what a page showed (accounts.form_version.FIELD): sent again, but nobody typed it.
_VERSION = "seen"


def kept_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Names and values of a posted form, without its CSRF token, passwords and other secrets."""
    return [
        (name, text)
        for name, texts in request.POST.lists()
        if name != "csrfmiddlewaretoken" and not (_SECRET.search(name) and "/" not in name)
        for text in texts
    ]


def context(request: HttpRequest) -> dict[str, object]:
    """The template context of the page with the form: all fields, and those with long text."""
    fields = kept_fields(request)
    prose = [
        (name, text)
        for name, text in fields
        if name != _VERSION and ("\n" in text or len(text) > _MAX_SHOWN)
    ]
    return {
        "kept": [pair for pair in fields if pair not in prose],
        "typed": prose,
        "lost_files": bool(request.FILES),
    }


def comes_from_own_page(request: HttpRequest) -> bool:
    """True if the form was sent by a page of this hub, according to the browser.

    SECURITY (CSRF): a form that another site sent is never offered to be sent again: one click
    would carry it out. Browsers send Origin with every POST, and a page can't change it.
    """
    if origin := request.headers.get("Origin", ""):
        hub_origin = f"{request.scheme}://{request.get_host()}"
        return origin in {hub_origin, *settings.CSRF_TRUSTED_ORIGINS}
    return is_own(request, request.headers.get("Referer", ""))


def page_of(request: HttpRequest) -> str:
    """The page of this hub that contained the form, according to the browser; else ""."""
    referer = request.headers.get("Referer", "")
    if not is_own(request, referer):
        return ""
    parts = urlsplit(referer)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def is_own(request: HttpRequest, address: str) -> bool:
    """True for an absolute address of this hub."""
    # Django's function comes first: it refuses an address that urlsplit can't read.
    is_allowed = url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return is_allowed and bool(urlsplit(address).netloc)
