"""Builds the list of each type that servers download, whenever a model of that type changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.db.models import Count, Min, Sum
from django.utils import timezone

from hub.task_queue import BACKGROUND, ask_worker
from models_registry.catalogue import entries, history, pieces
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.models import CatalogueList, ListEntry, ListRevision, RegisteredModel

COMPRESS_TASK: Final = "models_registry.compress_list"


def rebuild(model_types: Iterable[str]) -> None:
    """Rebuild the lists of those types from the published, unexpired public models.

    Only what has changed since a list was built is decided.

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
    changed = entries.update(listing)
    try:
        keys = pieces.write(listing, changed)
    except DefinitionTextError:
        # The text of a model beside the changed one can't be read any more: it is left out.
        listing.fingerprint = ""
        keys = pieces.write(listing, entries.update(listing))
    rows = ListEntry.objects.filter(model_type=listing.model_type)
    left_out = rows.filter(place__isnull=True).order_by("model_id")
    listing.left_out = list(left_out.values_list("left_out", flat=True))
    # Of those it has, though one may have expired since they were read.
    of_list = RegisteredModel.objects.filter(list_entry__model_type=listing.model_type)
    ending = of_list.filter(expires_at__isnull=False)
    listing.valid_until = ending.aggregate(first=Min("expires_at"))["first"]
    newest = history.newest(listing.model_type)
    if newest is None or newest.crc32 is None or newest.pieces != keys:
        text = pieces.read(listing)
        if newest is None or newest.sha256 != text.sha256:
            kept = rows.filter(place__isnull=False)
            counts = kept.aggregate(model_count=Count("model"), record_count=Sum("record_count"))
            counts["record_count"] = counts["record_count"] or 0
            newest = history.add_revision(listing, text, **counts)
    if listing.pinned is None and listing.revision != newest.number:
        serve(listing, newest)
    listing.save()
    history.prune(listing)


def serve(listing: CatalogueList, revision: ListRevision) -> None:
    """Make a revision the one that the list's row serves; the caller saves it.

    A list that is not long is compressed with brotli by a worker, because the transaction blocks
    all other writers. Until then, each process compresses it itself.
    """
    # A revision of the former version has no pieces.
    is_long = revision.crc32 is not None and revision.size > pieces.most_whole(listing)
    listing.body = b"" if is_long else history.body_of(revision)
    listing.gzip_body = b"" if is_long else b"".join(history.gzip_of(revision))
    listing.brotli_body = b""
    listing.sha256 = revision.sha256
    listing.etag = revision.sha256[:32]
    listing.signature = bytes(revision.signature)
    listing.revision = revision.number
    listing.model_count = revision.model_count
    listing.record_count = revision.record_count
    listing.changed_at = timezone.now()
    if not is_long:
        model_type = listing.model_type
        # If the message is lost, the schedule finds the list.
        transaction.on_commit(
            lambda: ask_worker(COMPRESS_TASK, model_type, queue=BACKGROUND), robust=True
        )


def compress(model_type: str) -> None:
    """Store the compressed bytes of the served list if they are missing."""
    _forget_compressed_nothing(model_type)
    listing = _uncompressed(model_type)
    if listing is None:
        return
    body, same = bytes(listing.body), {"sha256": listing.sha256}
    brotli_body = history.encoded(body, "br")
    with transaction.atomic():
        CatalogueList.objects.filter(pk=listing.pk, **same).update(brotli_body=brotli_body)
        ListRevision.objects.filter(model_type=model_type, number=listing.revision, **same).update(
            brotli_body=brotli_body
        )


def _forget_compressed_nothing(model_type: str) -> None:
    """Clear the compressed bytes of a long list: the former version compresses its empty `body`."""
    long = CatalogueList.objects.filter(model_type=model_type, body=b"")
    with transaction.atomic():
        spoilt = long.exclude(gzip_body=b"", brotli_body=b"")
        if spoilt.update(gzip_body=b"", brotli_body=b""):
            nothing = history.encoded(b"", "br")
            revisions = ListRevision.objects.filter(model_type=model_type, crc32__isnull=False)
            served = revisions.filter(number__in=long.values("revision"))
            served.filter(brotli_body=nothing).update(brotli_body=b"")


def _uncompressed(model_type: str) -> CatalogueList | None:
    lists = CatalogueList.objects.exclude(etag="").exclude(body=b"")
    lists = lists.filter(model_type=model_type, brotli_body=b"")
    return lists.only("body", "sha256", "revision").first()
