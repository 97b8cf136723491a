"""Builds the lists that no change of a model builds: stale ones (an expiry) and missing ones."""

from __future__ import annotations

from collections.abc import Iterable

from models_registry.catalogue import build, entries, release_lists
from models_registry.catalogue.build import COMPRESS_TASK, compress
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.models import CatalogueList

__all__ = ["COMPRESS_TASK", "compress", "rebuild_missing", "rebuild_stale"]


def rebuild_stale() -> list[str]:
    """Rebuild the lists that are out of date, for example after an expiry; return their types."""
    stale = stale_among(MODEL_TYPES)
    build.rebuild(stale)
    for model_type in MODEL_TYPES:
        # The process that built a list may have died before it compressed it.
        compress(model_type)
    release_lists.rebuild_asked()
    return stale


def stale_among(model_types: Iterable[str]) -> list[str]:
    """Those of the types whose list is missing, or out of date."""
    stale = []
    for model_type in model_types:
        rows = CatalogueList.objects.defer("body", "gzip_body", "brotli_body")
        listing = rows.filter(model_type=model_type).first()
        if listing is None or entries.is_stale(listing):
            stale.append(model_type)
    return stale


def rebuild_missing() -> None:
    """Build the lists that were never built, such as those of types without a model."""
    built = CatalogueList.objects.exclude(etag="").values_list("model_type", flat=True)
    build.rebuild(set(MODEL_TYPES) - set(built))
