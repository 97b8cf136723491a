"""Builds the list of each type that servers download, whenever a model of that type changes."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from models_registry.catalogue import history
from models_registry.catalogue.selection import Selection, select
from models_registry.catalogue_tables import ListRevision
from models_registry.definitions import text as definition_text
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.models import CatalogueList, RegisteredModel


def rebuild(model_types: Iterable[str]) -> None:
    """Build anew the lists of those types from the published, unexpired public models.

    Call it inside the transaction of the change, after the change: the list then never differs from
    what is published. The list's row is locked first, so that of two changes at once the later
    builder sees both, and revisions are numbered without gaps.
    """
    for model_type in sorted(set(model_types)):
        with transaction.atomic():
            build(locked(model_type))


def rebuild_stale() -> list[str]:
    """Build anew the lists that no longer fit what is published, as after an expiry; say which."""
    stale = []
    for model_type in MODEL_TYPES:
        listing = CatalogueList.objects.filter(model_type=model_type).first()
        if listing is None or listing.fingerprint != _fingerprint(models_of(model_type)):
            stale.append(model_type)
    rebuild(stale)
    return stale


def rebuild_missing() -> None:
    """Build the lists that were never built, as those of types without a model."""
    built = CatalogueList.objects.exclude(etag="").values_list("model_type", flat=True)
    rebuild(set(MODEL_TYPES) - set(built))


def locked(model_type: str) -> CatalogueList:
    """The row of a type's list, held against other writers until the transaction ends."""
    CatalogueList.objects.get_or_create(model_type=model_type)
    return CatalogueList.objects.select_for_update().get(model_type=model_type)


def build(listing: CatalogueList) -> None:
    """Build a list whose row is locked, keep it as a revision if it is another one than the last,
    and serve it, unless an older one is pinned."""
    models = models_of(listing.model_type)
    selection = select(listing.model_type, models)
    listing.left_out = [
        {"model": model.pk, "name": model.name, "reasons": reasons}
        for model, reasons in selection.left_out
    ]
    listing.fingerprint = _fingerprint(models)
    listing.valid_until = min((m.expires_at for m in models if m.expires_at), default=None)
    body = joined(selection)
    newest = history.newest(listing.model_type)
    if newest is None or newest.sha256 != hashlib.sha256(body).hexdigest():
        newest = history.keep(
            listing,
            body,
            model_count=len(selection.kept),
            record_count=len(json.loads(body)),
        )
    if listing.pinned is None and listing.revision != newest.number:
        serve(listing, newest)
    listing.save()
    history.prune(listing)


def serve(listing: CatalogueList, revision: ListRevision) -> None:
    """Make a revision what the list's row serves; the caller saves the row."""
    body = history.body_of(revision)
    listing.body = body
    listing.gzip_body = gzip.compress(body, compresslevel=9, mtime=0)
    listing.brotli_body = bytes(revision.brotli_body)
    listing.sha256 = revision.sha256
    listing.etag = revision.sha256[:32]
    listing.signature = bytes(revision.signature)
    listing.revision = revision.number
    listing.model_count = revision.model_count
    listing.record_count = revision.record_count
    listing.changed_at = timezone.now()


def joined(selection: Selection) -> bytes:
    """The bytes of a list: a function of the chosen models' texts in their order, and no more."""
    return definition_text.join_records(selection.definitions()).encode("utf-8")


def models_of(model_type: str) -> list[RegisteredModel]:
    """The models from which a type's list is built, first come first."""
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
