"""What was decided of each model when its type's list was built, kept up to date.

A model is selected by its own definition and by rules, so only what has changed is decided again.
World models are the exception: the variants of one can keep out another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.conf import settings
from django.db.models import F, QuerySet

from models_registry.catalogue.pieces import are_stored, in_parts, keys_of, opens
from models_registry.catalogue.selection import names_without_updated_at, select, to_store
from models_registry.definitions.checks import release_rules
from models_registry.definitions.json_text import document as definition_text
from models_registry.models import CatalogueList, ListEntry, ModelType, RegisteredModel

_AT_ONCE: Final = 500


def update(listing: CatalogueList) -> list[bytes]:
    """Bring the entries of a list, whose row is locked, up to date; the places in the list where
    one has changed, came or went."""
    # Read first: if they change meanwhile, the list is stale.
    held_back = names_without_updated_at(listing.model_type)
    entries = ListEntry.objects.filter(model_type=listing.model_type)
    public = RegisteredModel.objects.public().filter(model_type=listing.model_type)
    changed = _keys(_changed(public))
    gone = _gone(entries, public, changed)
    is_world = listing.model_type == ModelType.WORLD
    # What another version has decided is not continued: its rules may be others.
    if listing.fingerprint != _fingerprint(listing, held_back, release_rules.VERSION) or (
        is_world and (gone or changed)
    ):
        entries.delete()
        listing.entries_digest, listing.pieces = "", []
        gone, changed = [], _keys(public)
    places = [each for some in in_parts(gone, _AT_ONCE) for each in _forget(listing, some)]
    for some in in_parts(changed, max(len(changed), 1) if is_world else _AT_ONCE):
        places += _forget(listing, some)
        models = list(public.filter(pk__in=some).with_definitions().order_by("pk"))
        rows = _decided(listing.model_type, models)
        ListEntry.objects.bulk_create(rows)
        places += [bytes(row.place) for row in rows if row.place is not None]
        _count(listing, rows, 1)
    listing.fingerprint = _fingerprint(listing, held_back, release_rules.VERSION)
    return places


def is_stale(listing: CatalogueList) -> bool:
    """Whether the models or the rules are others than a list was built by, or a piece is lost.

    Of two versions of the hub that run side by side, the older one does not build again what the
    one that was deployed last has built.
    """
    held_back = names_without_updated_at(listing.model_type)
    if listing.fingerprint not in _fingerprints(listing, held_back):
        return True
    if not are_stored(listing.model_type, keys_of(listing)):
        return True
    entries = ListEntry.objects.filter(model_type=listing.model_type)
    public = RegisteredModel.objects.public().filter(model_type=listing.model_type)
    return _changed(public).exists() or bool(_gone(entries, public, []))


_Names = tuple[list[str], list[tuple[str, str]]]


def _fingerprint(listing: CatalogueList, held_back: _Names, rules: str) -> str:
    """A digest of a list's entries, and of all that decides of them besides the models: a version
    of the rules of releases, the oldest server, and `names_without_updated_at`."""
    parts = [rules, settings.ENV.oldest_server, held_back, listing.entries_digest]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _fingerprints(listing: CatalogueList, held_back: _Names) -> set[str]:
    """Those of a list that is up to date: by the rules of this process, or those deployed last."""
    versions = (release_rules.VERSION, listing.release_rules)
    return {_fingerprint(listing, held_back, rules) for rules in versions if rules}


def _changed(public: QuerySet[RegisteredModel]) -> QuerySet[RegisteredModel]:
    """The public models of which nothing is decided, or by another revision or derivation."""
    return public.exclude(
        list_entry__revision=F("published_revision"), list_entry__derived_by=F("derived_by")
    )


def _gone(
    entries: QuerySet[ListEntry], public: QuerySet[RegisteredModel], changed: Sequence[int]
) -> list[int]:
    """The models with entries that are not public any more; `changed` as `_changed` has them.

    Counted first, and not joined: while PostgreSQL has no statistics of new rows, it may compare
    each with each.
    """
    if len(changed) <= _AT_ONCE:
        decided_before = entries.filter(pk__in=changed).count()
        if entries.count() - decided_before == public.count() - len(changed):
            return []
    return sorted(set(_keys(entries)) - set(_keys(public)))


def _keys(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _forget(listing: CatalogueList, keys: Sequence[int]) -> list[bytes]:
    """Delete the entries of these models; their places."""
    entries = ListEntry.objects.filter(pk__in=keys)
    rows = list(entries.only("model", "revision", "derived_by", "place"))
    _count(listing, rows, -1)
    entries.delete()
    return [bytes(row.place) for row in rows if row.place is not None]


def _decided(model_type: str, models: list[RegisteredModel]) -> list[ListEntry]:
    selection = select(model_type, models)
    rows = []
    for model in selection.kept:
        texts = [model.published_revision.definition] if model.published_revision else []
        slices = [each for text in texts for each in definition_text.record_slices(text)]
        size = sum(len(each.encode()) for each in slices)
        row = _row(model)
        row.place = _place(model, selection.refusing[model.name_key])
        row.opens = opens(model.name_key, size)
        row.record_count = len(slices)
        rows.append(row)
    for model, reasons in selection.left_out:
        row = _row(model)
        row.left_out = to_store(model, reasons)
        rows.append(row)
    return rows


def _row(model: RegisteredModel) -> ListEntry:
    return ListEntry(
        model=model,
        model_type=model.model_type,
        revision=model.published_revision,
        derived_by=model.derived_by,
    )


def _place(model: RegisteredModel, refusing: int) -> bytes:
    """Bytes in the order of `select`: UTF-8 is ordered as code points are, and the zero byte, which
    no name has, comes before all others."""
    name = f"{model.name_key}\0{model.name}"
    return refusing.to_bytes(2) + name.encode()


def _count(listing: CatalogueList, rows: Iterable[ListEntry], sign: int) -> None:
    """Add entries to the digest of a list, or subtract them: a sum does not depend on order.

    It says that something has changed; an entry that was lost before it is written again counts
    twice.
    """
    total = int(listing.entries_digest or "0", 16)
    for row in rows:
        text = f"{row.pk}:{row.revision_id}:{row.derived_by}"
        total += sign * int.from_bytes(hashlib.sha256(text.encode()).digest())
    total %= 2**256
    listing.entries_digest = f"{total:064x}" if total else ""
