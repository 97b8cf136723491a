"""Rolls a list back to an older revision, releases it, and permanently deletes revisions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.form_version import require, version
from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy
from models_registry.catalogue import build, history, pieces, release_history
from models_registry.definitions.facts.kinds import MODEL_TYPES, name_key
from models_registry.definitions.json_text.problems import quoted
from models_registry.errors import InvalidModelType, InvalidParameter, NotAllowed, StaleState
from models_registry.models import CatalogueList, ListRevision, RegisteredModel
from models_registry.permissions import Right


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The result of a rollback: the revision served now and before, and the names in it that are no
    longer public here, or are held back from lists now."""

    revision: ListRevision
    before: int
    withdrawn: tuple[str, ...]
    held_back: tuple[str, ...]


def list_version(model_type: str) -> str:
    """The version of a list in a form: the revision that it is pinned at."""
    listing = CatalogueList.objects.filter(model_type=model_type).only("pinned").first()
    return version(pinned=listing.pinned if listing is not None else None)


def pin(model_type: str, number: int, *, by: User | None, seen: str = "") -> RolledBack:
    """Serve an older revision of a list until it is released, whatever is built.

    `by` is None for the administrator of the machine; `seen` is the `list_version` in the form.
    Raises NotAllowed, InvalidModelType, RevisionNotFound, and StaleState if the list was rolled
    back or released since.
    """
    _check(model_type, by)
    with transaction.atomic():
        listing = build.locked(model_type)
        _require_seen(listing, seen)
        revision = history.get(model_type, number)
        before, was_pinned = listing.revision, listing.pinned
        if before != number:
            build.serve(listing, revision)
        listing.pinned = number
        listing.save()
        names = history.names_in(revision)
        withdrawn = _withdrawn(model_type, names)
        left_out = {entry["name"] for entry in listing.left_out}
        held_back = tuple(name for name in names if name in left_out)
        record(
            Tag.LIST_PIN,
            by=by,
            target=listing,
            revision=number,
            before=before,
            pinned_before=was_pinned,
            sha256=revision.sha256,
            withdrawn=list(withdrawn),
        )
    return RolledBack(revision, before, withdrawn, held_back)


def release(model_type: str, *, by: User | None, seen: str = "") -> CatalogueList:
    """Rebuild a pinned list and serve the newest revision again; returns the list.

    Raises NotAllowed, InvalidModelType, and StaleState if no revision is pinned.
    """
    _check(model_type, by)
    with transaction.atomic():
        listing = build.locked(model_type)
        if listing.pinned is None:
            raise StaleState("list_is_not_pinned", model_type=model_type, revision=listing.revision)
        _require_seen(listing, seen)
        before, listing.pinned = listing.pinned, None
        build.build(listing)
        record(Tag.LIST_RELEASE, by=by, target=listing, revision=listing.revision, before=before)
    return listing


def forget(
    model_type: str, containing: str, *, by: User | None, former: Collection[str] = ()
) -> list[str]:
    """Delete every revision of a list that contains a model, also those for stated versions.

    `former` are other names that older revisions have for it. Returns the numbers of what was
    deleted, such as "12" and "3 for 2.12.0". Names match in any letter case. Raises NotAllowed,
    InvalidModelType, and InvalidParameter if the served revision contains the model: then nothing
    is deleted.
    """
    _check(model_type, by)
    names = [containing, *former]
    revisions = ListRevision.objects.filter(model_type=model_type)
    # Reading hundreds of lists takes seconds; only revisions added since are read under the lock.
    has_model = history.having(revisions, names)
    with transaction.atomic():
        listing = build.locked(model_type)
        added = revisions.exclude(number__in=has_model)
        has_model |= history.having(added, names)
        deleted = sorted(number for number, has in has_model.items() if has)
        if listing.revision in deleted:
            how = (
                f"Roll back to another revision, or release it (roll_back {model_type} --release)"
                if listing.pinned is not None
                else "Delete the model, make it private or let it expire"
            )
            raise InvalidParameter(
                "served_revision_has_model",
                containing=quoted(containing),
                revision=listing.revision,
                model_type=model_type,
                how=how,
            )
        revisions.filter(number__in=deleted).delete()
        pieces.delete_unused(listing)
        for_versions = [n for name in names for n in release_history.forget(model_type, name)]
        if deleted or for_versions:
            more = {"for_versions": for_versions} if for_versions else {}
            record(
                Tag.LIST_FORGET,
                by=by,
                target=listing,
                containing=containing,
                revisions=deleted,
                **more,
            )
    return [*map(str, deleted), *for_versions]


def pinned_lists() -> list[CatalogueList]:
    """The lists that are pinned, without their bytes."""
    return list(
        CatalogueList.objects.filter(pinned__isnull=False)
        .only("model_type", "revision", "last_revision", "pinned", "changed_at")
        .order_by("model_type")
    )


def _require_seen(listing: CatalogueList, seen: str) -> None:
    label = _("the revision at which the %(type)s list is pinned") % {"type": listing.model_type}
    require(seen, version(pinned=listing.pinned), labels={"pinned": label})


def _check(model_type: str, by: User | None) -> None:
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    if by is not None and not policy.holds(by, Right.UPDATE_CATALOGUE):
        raise NotAllowed("may_not_pin_lists")


def _withdrawn(model_type: str, names: list[str]) -> tuple[str, ...]:
    models = RegisteredModel.objects.public().filter(model_type=model_type)
    public = set(models.values_list("name_key", flat=True))
    return tuple(name for name in names if name_key(name) not in public)
