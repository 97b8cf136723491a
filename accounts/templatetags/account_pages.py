"""Filters for the pages of the User Center."""

from __future__ import annotations

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.access import Opening
from accounts.models import AccessToken, ApiSession

register = template.Library()

# In this order: a User-Agent also names older browsers, so the newest name comes first.
BROWSERS = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
    "python-requests": "Python",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


@register.filter
def browser(user_agent: str) -> str:
    """A User-Agent header as text, such as "Firefox, Linux"; unknown parts are left out."""
    names = [
        next((name for mark, name in table.items() if mark in user_agent), "")
        for table in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(name for name in names if name) or _("An unknown browser")


@register.filter
def opening_label(opening: Opening) -> str:
    """A label for what opens the account."""
    way = opening.way
    if isinstance(way, AccessToken):
        return _("Access token “%(name)s” (%(scope)s), made on %(date)s") % {
            "name": way.name, "scope": way.get_scope_display(), "date": date_format(way.created_at),
        }  # fmt: skip
    if isinstance(way, ApiSession):
        return _("API sign-in of %(program)s, %(address)s, on %(date)s") % {
            "program": browser(way.user_agent),
            "address": way.ip_address or "–",
            "date": date_format(way.created_at),
        }
    return _("Sign-in with the GitHub account %(account)s") % {"account": str(way)}
