"""Builds the list of each type that servers download, whenever a model of that type changes."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable

import brotli
from django.db import transaction
from django.utils import timezone

from models_registry.catalogue.selection import select
from models_registry.definitions import text as definition_text
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.models import CatalogueList, RegisteredModel


def rebuild(model_types: Iterable[str]) -> None:
    """Build anew the lists of those types from the published, unexpired public models.

    Call it inside the transaction of the change, after the change: the list then never differs from
    what is published. The list's row is locked first, so that of two changes at once the later
    builder sees both.
    """
    for model_type in sorted(set(model_types)):
        with transaction.atomic():
            CatalogueList.objects.get_or_create(model_type=model_type)
            listing = CatalogueList.objects.select_for_update().get(model_type=model_type)
            _build(listing)


def rebuild_stale() -> list[str]:
    """Build anew the lists that no longer fit what is published, as after an expiry; say which."""
    stale = []
    for model_type in MODEL_TYPES:
        listing = CatalogueList.objects.filter(model_type=model_type).first()
        if listing is None or listing.fingerprint != _fingerprint(_models(model_type)):
            stale.append(model_type)
    rebuild(stale)
    return stale


def _models(model_type: str) -> list[RegisteredModel]:
    found = (
        RegisteredModel.objects.public()
        .filter(model_type=model_type)
        .select_related("published_revision")
        .defer("published_revision__readme", "facts", "search_text")
    )
    return list(found.order_by("pk"))


def _fingerprint(models: Iterable[RegisteredModel]) -> str:
    parts = [f"{model.pk}:{model.published_revision_id}:{model.derived_by}" for model in models]
    return hashlib.sha256(",".join(parts).encode()).hexdigest()


def _build(listing: CatalogueList) -> None:
    models = _models(listing.model_type)
    selection = select(listing.model_type, models)
    joined = definition_text.join_records(selection.definitions())
    body = joined.encode("utf-8")
    digest = hashlib.sha256(body).hexdigest()[:32]
    listing.left_out = [
        {"model": model.pk, "name": model.name, "reasons": reasons}
        for model, reasons in selection.left_out
    ]
    listing.fingerprint = _fingerprint(models)
    listing.model_count = len(selection.kept)
    listing.valid_until = min((m.expires_at for m in models if m.expires_at), default=None)
    if digest != listing.etag:
        listing.body = body
        listing.gzip_body = gzip.compress(body, compresslevel=9, mtime=0)
        listing.brotli_body = brotli.compress(body, quality=7)
        listing.etag = digest
        listing.record_count = len(json.loads(joined))
        listing.changed_at = timezone.now()
    listing.save()
