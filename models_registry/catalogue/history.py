"""The revisions of the lists: written when a list is built, read, signed, and pruned."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator

import brotli
from django.conf import settings
from django.db.models import Max, Min

from models_registry.catalogue import signing
from models_registry.definitions.facts.kinds import MODEL_TYPES, name_key, record_name
from models_registry.errors import InvalidModelType, RevisionNotFound
from models_registry.models import CatalogueList, ListRevision


def newest(model_type: str) -> ListRevision | None:
    """The newest revision of a type's list, or None; its bytes are loaded when they are read."""
    revisions = ListRevision.objects.filter(model_type=model_type).defer("brotli_body")
    return revisions.order_by("-number").first()


def get(model_type: str, number: int) -> ListRevision:
    """One revision of a list. Raises InvalidModelType and RevisionNotFound."""
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    revisions = ListRevision.objects.filter(model_type=model_type)
    revision = revisions.filter(number=number).first()
    if revision is None:
        ends = revisions.aggregate(oldest=Min("number"), newest=Max("number"))
        raise RevisionNotFound(
            model_type, number, oldest=ends["oldest"] or 0, newest=ends["newest"] or 0
        )
    return revision


def body_of(revision: ListRevision) -> bytes:
    """The uncompressed bytes of a revision."""
    body: bytes = brotli.decompress(bytes(revision.brotli_body))
    return body


def encoded(body: bytes, encoding: str) -> bytes:
    """The bytes of a list in a content encoding; the same input always gives the same bytes."""
    if encoding == "gzip":
        # Level 9 takes half as long again for 0.4 % fewer bytes.
        return gzip.compress(body, compresslevel=8, mtime=0)
    return bytes(brotli.compress(body, quality=7)) if encoding == "br" else body


def names_in(revision: ListRevision) -> list[str]:
    """The names of the models in a revision, in the list's order."""
    return _names(body_of(revision))


def has_model(body: bytes, name: str) -> bool:
    """Whether the bytes of a list have a model of that name, in any letter case."""
    return name_key(name) in map(name_key, _names(body))


def _names(body: bytes) -> list[str]:
    return list(dict.fromkeys(filter(None, map(record_name, json.loads(body)))))


def add_revision(
    listing: CatalogueList, body: bytes, *, model_count: int, record_count: int
) -> ListRevision:
    """Write the next revision of a list whose row is locked; the caller saves the row.

    Compressed quickly, since all other writers wait; `build.compress` compresses it well later.
    """
    listing.last_revision += 1
    sha256 = hashlib.sha256(body).hexdigest()
    return ListRevision.objects.create(
        model_type=listing.model_type,
        number=listing.last_revision,
        sha256=sha256,
        size=len(body),
        brotli_body=brotli.compress(body, quality=1),
        model_count=model_count,
        record_count=record_count,
        signature=sign(listing.model_type, listing.last_revision, sha256),
    )


def prune(listing: CatalogueList) -> None:
    """Delete revisions beyond the newest HUB_KEEP_LIST_REVISIONS, but never the served one."""
    revisions = ListRevision.objects.filter(model_type=listing.model_type)
    last = settings.ENV.keep_list_revisions
    oldest = revisions.order_by("-number").values_list("number", flat=True)[last - 1 : last].first()
    if oldest is not None:
        revisions.filter(number__lt=oldest).exclude(number=listing.revision).delete()


def sign(model_type: str, number: int, sha256: str, *, kind: str = signing.LIST) -> bytes:
    """The hub's signature of a list; empty if it has no key."""
    if not settings.ENV.signing_key:
        return b""
    key = signing.private_key(settings.ENV.signing_key)
    return key.sign(signing.statement(model_type, number, sha256, kind=kind))


def wrongly_signed() -> Iterator[ListRevision]:
    """The revisions that lack the current key's signature, or have one although no key is set."""
    public = None
    if settings.ENV.signing_key:
        public = signing.private_key(settings.ENV.signing_key).public_key()
    for row in ListRevision.objects.defer("brotli_body").iterator():
        statement = signing.statement(row.model_type, row.number, row.sha256)
        signature = bytes(row.signature)
        if signature if public is None else not signing.is_signed(public, signature, statement):
            yield row


def sign_again() -> int:
    """Sign all revisions with the current key, or remove their signatures without a key.

    Returns how many were changed."""
    changed = 0
    for row in wrongly_signed():
        signature = sign(row.model_type, row.number, row.sha256)
        ListRevision.objects.filter(pk=row.pk).update(signature=signature)
        CatalogueList.objects.filter(
            model_type=row.model_type, revision=row.number, sha256=row.sha256
        ).update(signature=signature)
        changed += 1
    return changed
