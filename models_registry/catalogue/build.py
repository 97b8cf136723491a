"""Builds the list of each type that servers download, whenever a model of that type changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hub.task_queue import BACKGROUND, ask_worker
from models_registry.catalogue import history
from models_registry.catalogue.selection import joined, models_of, select, to_store
from models_registry.definitions.checks import release_rules
from models_registry.models import CatalogueList, ListRevision, RegisteredModel

COMPRESS_TASK: Final = "models_registry.compress_list"


def rebuild(model_types: Iterable[str]) -> None:
    """Rebuild the lists of those types from the published, unexpired public models.

    Call it at the end of the transaction of the change, so that the list never differs from what is
    published. The list's row is locked first: of two concurrent changes the later builder sees
    both, and revisions are numbered without gaps.
    """
    for model_type in sorted(set(model_types)):
        with transaction.atomic():
            build(locked(model_type))


def lock(model_types: Iterable[str]) -> None:
    """Lock the rows of these lists, in the order of everybody who locks more than one."""
    for model_type in sorted(set(model_types)):
        locked(model_type)


def locked(model_type: str) -> CatalogueList:
    """The row of a type's list, locked until the transaction ends; its bytes are read if needed."""
    if not CatalogueList.objects.filter(model_type=model_type).exists():
        rules = {"release_rules": _deployed_rules()}
        CatalogueList.objects.get_or_create(model_type=model_type, defaults=rules)
    rows = CatalogueList.objects.defer("body", "gzip_body", "brotli_body")
    return rows.select_for_update().get(model_type=model_type)


def _deployed_rules() -> str:
    rows = CatalogueList.objects.exclude(release_rules="")
    return rows.values_list("release_rules", flat=True).first() or ""


def build(listing: CatalogueList) -> None:
    """Build a list whose row is locked, record it as a revision if it changed, and serve it unless
    an older one is pinned."""
    models = models_of(listing.model_type)
    selection = select(listing.model_type, models)
    listing.left_out = [to_store(model, reasons) for model, reasons in selection.left_out]
    listing.fingerprint = fingerprint(models)
    listing.valid_until = min((m.expires_at for m in models if m.expires_at), default=None)
    body = joined(selection)
    newest = history.newest(listing.model_type)
    if newest is None or newest.sha256 != hashlib.sha256(body).hexdigest():
        newest = history.add_revision(
            listing,
            body,
            model_count=len(selection.kept),
            record_count=selection.record_count(),
        )
    if listing.pinned is None and listing.revision != newest.number:
        serve(listing, newest, body)
    listing.save()
    history.prune(listing)


def serve(listing: CatalogueList, revision: ListRevision, body: bytes) -> None:
    """Make a revision, with these bytes, the one that the list's row serves; the caller saves it.

    The bytes are compressed after the commit, because the transaction blocks all other writers:
    with gzip, which servers ask for, at once, and with brotli by a worker. Until then, each process
    compresses the list itself.
    """
    listing.body = body
    listing.gzip_body = listing.brotli_body = b""
    listing.sha256 = revision.sha256
    listing.etag = revision.sha256[:32]
    listing.signature = bytes(revision.signature)
    listing.revision = revision.number
    listing.model_count = revision.model_count
    listing.record_count = revision.record_count
    listing.changed_at = timezone.now()
    model_type = listing.model_type
    transaction.on_commit(lambda: _compress_soon(model_type), robust=True)


def _compress_soon(model_type: str) -> None:
    compress_for_servers(model_type)
    # If the message is lost, the schedule finds the list.
    ask_worker(COMPRESS_TASK, model_type, queue=BACKGROUND)


def compress_for_servers(model_type: str) -> None:
    """Store the served list with gzip if it is missing."""
    listing = _uncompressed(model_type, gzip_body=b"")
    if listing is not None:
        gzip_body = history.encoded(bytes(listing.body), "gzip")
        same = CatalogueList.objects.filter(pk=listing.pk, sha256=listing.sha256)
        same.update(gzip_body=gzip_body)


def compress(model_type: str) -> None:
    """Store the compressed bytes of the served list if they are missing."""
    compress_for_servers(model_type)
    listing = _uncompressed(model_type, brotli_body=b"")
    if listing is None:
        return
    brotli_body = history.encoded(bytes(listing.body), "br")
    same = {"sha256": listing.sha256}
    with transaction.atomic():
        CatalogueList.objects.filter(pk=listing.pk, **same).update(brotli_body=brotli_body)
        ListRevision.objects.filter(model_type=model_type, number=listing.revision, **same).update(
            brotli_body=brotli_body
        )


def _uncompressed(model_type: str, **missing: bytes) -> CatalogueList | None:
    lists = CatalogueList.objects.exclude(etag="").filter(model_type=model_type, **missing)
    return lists.only("body", "sha256", "revision").first()


def is_stale(listing: CatalogueList) -> bool:
    """Whether a list must be built again: its models or the rules are others than it was built by.

    Of two versions of the hub that run side by side, the older one leaves alone what the one that
    was deployed last has built.
    """
    public = RegisteredModel.objects.public().filter(model_type=listing.model_type)
    models = list(public.only("published_revision", "derived_by").order_by("pk"))
    newest = fingerprint(models, rules=listing.release_rules)
    return listing.fingerprint not in (fingerprint(models), newest)


def fingerprint(models: Iterable[RegisteredModel], *, rules: str = "") -> str:
    """A digest of these models as they are now, and of a version of the rules of releases: that of
    this process if none is given."""
    parts = [rules or release_rules.VERSION, settings.ENV.oldest_server]
    parts += [f"{model.pk}:{model.published_revision_id}:{model.derived_by}" for model in models]
    return hashlib.sha256(",".join(parts).encode()).hexdigest()
