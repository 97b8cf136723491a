"""The revisions of the lists: kept when a list is built, read, signed, and pruned."""

from __future__ import annotations

import hashlib
import json

import brotli
from django.conf import settings
from django.db.models import Max, Min

from models_registry import signing
from models_registry.catalogue_tables import ListRevision
from models_registry.definitions.kinds import MODEL_TYPES, record_name
from models_registry.errors import InvalidModelType, RevisionNotFound
from models_registry.models import CatalogueList


def newest(model_type: str) -> ListRevision | None:
    """The newest revision of a type's list, if there is one; its bytes are read when asked for."""
    kept = ListRevision.objects.filter(model_type=model_type).defer("brotli_body")
    return kept.order_by("-number").first()


def get(model_type: str, number: int) -> ListRevision:
    """One revision of a list. Raises InvalidModelType and RevisionNotFound."""
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    kept = ListRevision.objects.filter(model_type=model_type)
    found = kept.filter(number=number).first()
    if found is None:
        ends = kept.aggregate(oldest=Min("number"), newest=Max("number"))
        raise RevisionNotFound(
            model_type, number, oldest=ends["oldest"] or 0, newest=ends["newest"] or 0
        )
    return found


def body_of(revision: ListRevision) -> bytes:
    """The very bytes of a revision, without compression."""
    body: bytes = brotli.decompress(bytes(revision.brotli_body))
    return body


def names_in(revision: ListRevision) -> list[str]:
    """The names of the models in a revision, in the list's order."""
    records = json.loads(body_of(revision))
    return list(dict.fromkeys(filter(None, map(record_name, records))))


def keep(
    listing: CatalogueList, body: bytes, *, model_count: int, record_count: int
) -> ListRevision:
    """Write the next revision of a list whose row is locked; the caller saves the row."""
    listing.last_revision += 1
    sha256 = hashlib.sha256(body).hexdigest()
    return ListRevision.objects.create(
        model_type=listing.model_type,
        number=listing.last_revision,
        sha256=sha256,
        size=len(body),
        brotli_body=brotli.compress(body, quality=7),
        model_count=model_count,
        record_count=record_count,
        signature=sign(listing.model_type, listing.last_revision, sha256),
    )


def prune(listing: CatalogueList) -> None:
    """Delete what is older than the newest HUB_KEEP_LIST_REVISIONS, but not what is served."""
    revisions = ListRevision.objects.filter(model_type=listing.model_type)
    kept = settings.ENV.keep_list_revisions
    oldest = revisions.order_by("-number").values_list("number", flat=True)[kept - 1 : kept].first()
    if oldest is not None:
        revisions.filter(number__lt=oldest).exclude(number=listing.revision).delete()


def sign(model_type: str, number: int, sha256: str, *, kind: str = signing.LIST) -> bytes:
    """The hub's signature of a list; empty where it has no key."""
    if not settings.ENV.signing_key:
        return b""
    key = signing.private_key(settings.ENV.signing_key)
    return key.sign(signing.statement(model_type, number, sha256, kind=kind))


def sign_again() -> int:
    """Make the signatures of all revisions those of today's key, or none; say how many changed."""
    public = None
    if settings.ENV.signing_key:
        public = signing.private_key(settings.ENV.signing_key).public_key()
    changed = 0
    for one in ListRevision.objects.defer("brotli_body").iterator():
        said = signing.statement(one.model_type, one.number, one.sha256)
        has = bytes(one.signature)
        if (public is None and has) or (public and not signing.is_signed(public, has, said)):
            signature = sign(one.model_type, one.number, one.sha256)
            ListRevision.objects.filter(pk=one.pk).update(signature=signature)
            CatalogueList.objects.filter(
                model_type=one.model_type, revision=one.number, sha256=one.sha256
            ).update(signature=signature)
            changed += 1
    return changed
