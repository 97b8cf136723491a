"""Detects a source that is this hub."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac

from models_registry.errors import SourceUnavailable
from models_registry.http.allowed_hosts import origin_of


def own_name() -> str:
    """The name by which this hub identifies itself in its answers.

    It does not reveal the key that it is derived from; a copy of the installation at another
    address has another name.
    """
    return salted_hmac("models_registry.hub", settings.SITE_URL).hexdigest()[:32]


def refuse_own_hub(url: str, name: str = "") -> None:
    """Raise SourceUnavailable if an address, or the name in an answer, is this hub's own.

    A hub that is its own source would mistake its own edits for upstream's, and never send them.
    """
    if name == own_name() or origin_of(url) == origin_of(settings.SITE_URL):
        raise SourceUnavailable("source_is_this_hub", shown=origin_of(url).shown)
