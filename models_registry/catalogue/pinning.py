"""Rolling a list back to an older revision, releasing it, and forgetting revisions for good."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy
from models_registry.catalogue import build, history
from models_registry.catalogue_tables import ListRevision
from models_registry.definitions.kinds import MODEL_TYPES, name_key
from models_registry.definitions.problems import quoted
from models_registry.errors import InvalidModelType, InvalidParameter, NotAllowed, StaleState
from models_registry.models import CatalogueList, RegisteredModel


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a pin did: the revision that is served, the one that was, and of the names in it those
    that are not public here any more, and those that are held back from lists by now."""

    revision: ListRevision
    before: int
    withdrawn: tuple[str, ...]
    held_back: tuple[str, ...]


def pin(model_type: str, number: int, *, by: User | None) -> RolledBack:
    """Serve an older revision of a list, whatever is built, until it is released.

    In: the type, the revision, the person (None: the machine's administrator). Raises NotAllowed,
    InvalidModelType and RevisionNotFound.
    """
    _check(model_type, by)
    with transaction.atomic():
        listing = build.locked(model_type)
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


def release(model_type: str, *, by: User | None) -> CatalogueList:
    """Build a pinned list anew and serve the newest revision again. Out: the list.

    Raises NotAllowed, InvalidModelType, and StaleState where nothing is pinned.
    """
    _check(model_type, by)
    with transaction.atomic():
        listing = build.locked(model_type)
        if listing.pinned is None:
            raise StaleState(
                f"The {model_type} list is not pinned: revision {listing.revision} is served."
            )
        before, listing.pinned = listing.pinned, None
        build.build(listing)
        record(Tag.LIST_RELEASE, by=by, target=listing, revision=listing.revision, before=before)
    return listing


def forget(model_type: str, containing: str, *, by: User | None) -> list[int]:
    """Delete every revision of a list in which a model stands, so that nobody gets it any more.

    In: the type and the model's name, in any case. Out: the numbers of what is gone. Raises
    NotAllowed, InvalidModelType, and InvalidParameter where the served revision has the model:
    then nothing is deleted.
    """
    _check(model_type, by)
    revisions = ListRevision.objects.filter(model_type=model_type)
    # Reading hundreds of lists takes seconds; only what came meanwhile is read under the lock.
    read = {one.number: _has(one, containing) for one in revisions.iterator(chunk_size=8)}
    with transaction.atomic():
        listing = build.locked(model_type)
        read |= {one.number: _has(one, containing) for one in revisions.exclude(number__in=read)}
        gone = sorted(number for number, has in read.items() if has)
        if listing.revision in gone:
            how = (
                f"Roll back to another revision, or release it (roll_back {model_type} --release)"
                if listing.pinned is not None
                else "Delete the model, make it private or let it expire"
            )
            raise InvalidParameter(
                f"{quoted(containing)} stands in revision {listing.revision} of the {model_type} "
                f"list, which is served. {how} first. Nothing was deleted."
            )
        revisions.filter(number__in=gone).delete()
        if gone:
            record(Tag.LIST_FORGET, by=by, target=listing, containing=containing, revisions=gone)
    return gone


def pinned_lists() -> list[CatalogueList]:
    """The lists that are held at a revision, without their bytes."""
    return list(
        CatalogueList.objects.filter(pinned__isnull=False)
        .only("model_type", "revision", "last_revision", "pinned", "changed_at")
        .order_by("model_type")
    )


def _check(model_type: str, by: User | None) -> None:
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    if by is not None and not policy.holds(by, "update_catalogue"):
        raise NotAllowed("You may not change which revision of a list is served.")


def _withdrawn(model_type: str, names: list[str]) -> tuple[str, ...]:
    models = RegisteredModel.objects.public().filter(model_type=model_type)
    public = set(models.values_list("name_key", flat=True))
    return tuple(name for name in names if name_key(name) not in public)


def _has(revision: ListRevision, name: str) -> bool:
    return name_key(name) in map(name_key, history.names_in(revision))
