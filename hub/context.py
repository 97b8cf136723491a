"""What every template may use beside its own context."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

THEMES = ("system", "light", "dark")


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name, the colour theme that the visitor chose and the upstream repository."""
    theme = request.COOKIES.get("theme", "system")
    return {
        "site_name": "Xinference Models Hub",
        "theme": theme if theme in THEMES else "system",
        "open_registration": settings.ENV.open_registration,
        "upstream_repo": settings.ENV.upstream_repo,
    }
