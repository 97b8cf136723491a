"""A context processor: what every template may use."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from hub.version import VERSION

SITE_NAME = "Xinference Models Hub"
THEMES = ("system", "light", "dark")


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name, address, version and upstream repository, and the visitor's colour theme."""
    theme = request.COOKIES.get("theme", "system")
    return {
        "version": VERSION,
        "site_name": SITE_NAME,
        "site_url": settings.SITE_URL,
        "theme": theme if theme in THEMES else "system",
        "open_registration": settings.ENV.open_registration,
        "upstream_repo": settings.ENV.upstream_repo,
    }
