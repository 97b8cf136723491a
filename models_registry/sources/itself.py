"""Whether a source is this very hub, which would be its own source then."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac

from models_registry.errors import SourceUnavailable
from models_registry.sources.addresses import origin_of


def own_name() -> str:
    """What this hub calls itself in its answers: nobody can tell the key from it, and a copy of the
    installation at another address has another name."""
    return salted_hmac("models_registry.hub", settings.SITE_URL).hexdigest()[:32]


def refuse_itself(url: str, name: str = "") -> None:
    """Raise SourceUnavailable where an address, or the name in an answer, is this hub's own.

    With itself as the source, a hub would take its own edits for what upstream has, and never send
    them there.
    """
    if name == own_name() or origin_of(url) == origin_of(settings.SITE_URL):
        raise SourceUnavailable(
            f"{origin_of(url).shown} is this hub itself. HUB_SOURCE must name another one."
        )
