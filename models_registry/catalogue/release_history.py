"""The revisions of the lists for stated versions: written when a list changes, read, pruned."""

from __future__ import annotations

from typing import Any, Final

import brotli
from django.conf import settings
from django.db.models import Max, Min, QuerySet

from models_registry.catalogue import history, signing
from models_registry.catalogue.selection import Selection
from models_registry.errors import RevisionNotFound
from models_registry.models import ReleaseList, ReleaseListRevision

# How many are kept of each list, or HUB_KEEP_LIST_REVISIONS if that is less: there may be as many
# lists of a type as there are releases, and anybody can ask for each of them.
KEPT: Final = 50


def of(model_type: str, release: str) -> QuerySet[ReleaseListRevision]:
    """The revisions of a list for a release, without their bytes."""
    revisions = ReleaseListRevision.objects.filter(model_type=model_type, release=release)
    return revisions.defer("brotli_body")


def get(model_type: str, release: str, number: int) -> ReleaseListRevision:
    """One revision of a list for a release. Raises RevisionNotFound."""
    revisions = of(model_type, release)
    revision = revisions.filter(number=number).first()
    if revision is None:
        ends = revisions.aggregate(oldest=Min("number"), newest=Max("number"))
        raise RevisionNotFound(
            model_type,
            number,
            oldest=ends["oldest"] or 0,
            newest=ends["newest"] or 0,
            release=release,
        )
    return revision


def add(row: ReleaseList, selection: Selection, *, size: int) -> None:
    """Keep the state of a list whose row is locked and has just been built.

    Nothing happens if its number is kept already: no revision is ever changed.
    """
    key: dict[str, Any] = {"model_type": row.model_type, "release": row.release}
    _, is_new = ReleaseListRevision.objects.get_or_create(
        **key,
        number=row.revision,
        defaults={
            "sha256": row.sha256,
            "size": size,
            "brotli_body": row.brotli_body,
            "model_count": len(selection.kept),
            "record_count": selection.record_count(),
            "translated_count": len(selection.translated),
        },
    )
    if is_new:
        last = row.revision - min(KEPT, settings.ENV.keep_list_revisions)
        ReleaseListRevision.objects.filter(**key, number__lte=last).delete()


def forget(model_type: str, containing: str) -> list[str]:
    """Delete every revision of the lists of a type for releases that contains a model, and what was
    built with it; their numbers, such as "3 for 2.12.0".

    A list is built again, under the next number, when somebody asks for it.
    """
    deleted = []
    revisions = ReleaseListRevision.objects.filter(model_type=model_type)
    for revision in revisions.order_by("release", "number").iterator(chunk_size=8):
        if history.has_model(body_of(revision), [containing]):
            deleted.append(f"{revision.number} for {revision.release}")
            revision.delete()
    for row in ReleaseList.objects.filter(model_type=model_type).exclude(sha256=""):
        if history.has_model(brotli.decompress(bytes(row.brotli_body)), [containing]):
            empty(row)
    return deleted


def empty(row: ReleaseList) -> None:
    """Forget what a list has, but not its number."""
    ReleaseList.objects.filter(pk=row.pk).update(
        sha256="", state="", brotli_body=b"", translated={}, model_count=0
    )


def body_of(revision: ReleaseListRevision) -> bytes:
    """The uncompressed bytes of a revision."""
    body: bytes = brotli.decompress(bytes(revision.brotli_body))
    return body


def sign(row: ReleaseList | ReleaseListRevision) -> bytes:
    """The hub's signature of a list for a release; empty if the hub has no key."""
    number = row.revision if isinstance(row, ReleaseList) else row.number
    subject = f"{row.model_type}/{row.release}"
    return history.sign(subject, number, row.sha256, kind=signing.RELEASE_LIST)
