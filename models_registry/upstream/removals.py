"""Models that upstream has removed: they expire here, wait for a decision, or come back.

A removal that may be a mistake expires nothing: many at once, an emptied file, a type whose files
were moved. A maintainer decides about those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy
from models_registry.changes import Change, changing
from models_registry.definitions.compare.reconcile import same_content
from models_registry.definitions.facts.kinds import name_key
from models_registry.definitions.facts.naming import name_in
from models_registry.definitions.upstream_files.layouts import Layout
from models_registry.errors import InvalidParameter, NotAllowed, StaleState
from models_registry.models import (
    RegisteredModel,
    RemovalReason,
    RemovalState,
    UnreadableFile,
    UpstreamFile,
    UpstreamRemoval,
    Visibility,
)
from models_registry.permissions import Right
from models_registry.upstream.merge_back import merge_upstream

# More removals at once than this look like another catalogue: a person must decide.
MAX_REMOVALS = 20
# The right to decide is the right to expire public models.
RIGHT = Right.EXPIRE_PUBLIC_MODEL


@dataclass(frozen=True, slots=True)
class Gone:
    """A model that upstream had and no longer has; if it has a reason, a person must decide."""

    seen: UpstreamFile
    reason: str = ""


def remove(gone: Iterable[Gone], *, source: str) -> None:
    """Expire models that upstream no longer has, or record them for a person's decision."""
    undecided = (RemovalState.WAITING, RemovalState.KEPT)
    recorded = set(
        UpstreamRemoval.objects.filter(state__in=undecided).values_list("model_id", flat=True)
    )
    fresh = [
        item for item in gone if item.seen.model_id is None or item.seen.model_id not in recorded
    ]
    at_once = [item for item in fresh if not item.reason and _would_expire(item.seen)]
    many = RemovalReason.MANY if len(at_once) > MAX_REMOVALS else ""
    models = [item.seen.model for item in fresh if item.seen.model is not None]
    with changing(models, lists={model.model_type for model in models}) as change:
        for item in fresh:
            reason = item.reason or (many if _would_expire(item.seen) else "")
            if not reason:
                _expire(item.seen, change, source=source)
            elif _would_expire(item.seen):
                _wait(item.seen, reason, source=source)


def restore(present: Collection[tuple[str, str]]) -> None:
    """Restore models that expired because upstream had removed them.

    The models, by (type, name key), were just seen upstream. An expiry that a person has set since
    stays.
    """
    rows = UpstreamRemoval.objects.filter(state=RemovalState.EXPIRED).select_related(
        "model__upstream_file"
    )
    seen_again = []
    for row in rows:
        seen = getattr(row.model, "upstream_file", None)
        is_seen = seen is not None and seen.is_seen
        if is_seen or (row.model.model_type, key_there(row)) in present:
            seen_again.append(row)
    if not seen_again:
        return
    with changing([row.model for row in seen_again]) as change:
        for row in seen_again:
            if (model := change.get(row.model)) is not None:
                _revive(row, model, change)


def key_there(row: UpstreamRemoval) -> str:
    """The key of the name that the model had upstream; it may have been renamed here since."""
    return name_key(name_in(row.text)) or row.model.name_key


def forget(present: Collection[int]) -> None:
    """Delete the records of removed models (by id) that upstream has again."""
    undecided = (RemovalState.WAITING, RemovalState.KEPT)
    UpstreamRemoval.objects.filter(state__in=undecided, model_id__in=present).delete()


def waiting() -> QuerySet[UpstreamRemoval]:
    """The removals that wait for a decision, each with its model."""
    rows = UpstreamRemoval.objects.filter(state=RemovalState.WAITING).select_related("model")
    return rows.order_by("model__model_type", "model__name_key")


def version(rows: Iterable[UpstreamRemoval]) -> str:
    """The version of these rows for the form that shows them."""
    lines = sorted(f"{row.pk}:{row.state}:{row.reason}:{row.source}" for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def decide(chosen: Collection[int], *, approve: bool, seen_version: str, by: User) -> int:
    """Apply the chosen removals here, or keep these models; the number of decisions.

    `chosen` are ids of waiting rows, `seen_version` is the version of the list in the form. Raises
    NotAllowed, StaleState if the list has changed, and InvalidParameter if nothing is chosen.
    """
    if not policy.holds(by, RIGHT):
        raise NotAllowed("may_not_expire_public_models")
    models = RegisteredModel.objects.filter(upstream_removal__state=RemovalState.WAITING)
    with changing(models, lists=set(models.values_list("model_type", flat=True))) as change:
        rows = list(waiting().select_for_update(of=("self",)))
        if version(rows) != seen_version:
            raise StaleState("removals_are_stale")
        picked = [row for row in rows if row.pk in chosen]
        if not picked:
            raise InvalidParameter("no_model_chosen")
        for row in picked:
            _decide(row, change, approve=approve, by=by)
        _forget_emptied({row.path for row in picked})
    return len(picked)


def _decide(row: UpstreamRemoval, change: Change, *, approve: bool, by: User) -> None:
    record(
        Tag.UPSTREAM_REMOVAL,
        by=by,
        target=row.model,
        decision="expire" if approve else "keep",
        source=row.source,
    )
    seen = UpstreamFile.objects.filter(model=row.model).first()
    if approve and seen is not None and _would_expire(seen):
        _expire(seen, change, source=row.source)
    else:
        UpstreamRemoval.objects.filter(pk=row.pk).update(state=RemovalState.KEPT)


def _forget_emptied(paths: Collection[str]) -> None:
    """Forget that a file has no models once a person has decided about all of them."""
    undecided = set(waiting().filter(path__in=paths).values_list("path", flat=True))
    UnreadableFile.objects.filter(path__in=set(paths) - undecided, line=0).delete()


def _would_expire(seen: UpstreamFile) -> bool:
    """Whether the removal would make a visible model expire: one that was not edited here."""
    model = seen.model
    if model is None or model.visibility != Visibility.PUBLIC or model.is_expired():
        return False
    published = model.published_revision
    return published is not None and same_content(published.definition, seen.text)


def _wait(seen: UpstreamFile, reason: str, *, source: str) -> None:
    UpstreamRemoval.objects.update_or_create(
        model=seen.model,
        defaults={
            "state": RemovalState.WAITING,
            "reason": reason,
            "text": seen.text,
            "layout": seen.layout,
            "path": seen.path,
            "source": source[:300],
            "found_at": timezone.now(),
        },
    )


def _expire(seen: UpstreamFile, change: Change, *, source: str) -> None:
    model = seen.model
    if model is None:
        seen.delete()
        return
    layout: Layout = "aggregate" if seen.layout == "aggregate" else "split"
    result = merge_upstream(model, "", (layout, seen.path), source=source)
    if result.problem:
        return
    text = seen.text
    UpstreamFile.objects.filter(pk=seen.pk).delete()
    # With a text, the hub's own pull request removed the model, and it is wanted again.
    if result.hub or model.visibility != Visibility.PUBLIC or model.is_expired():
        UpstreamRemoval.objects.filter(model=model).delete()
        return
    now = timezone.now()
    UpstreamRemoval.objects.update_or_create(
        model=model,
        defaults={
            "state": RemovalState.EXPIRED,
            "text": text,
            "layout": layout,
            "path": seen.path,
            "source": source[:300],
            "expired_at": now,
            "expiry_before": model.expires_at,
            "expiry_by_before": model.expiry_by,
        },
    )
    RegisteredModel.objects.filter(pk=model.pk).update(expires_at=now, expiry_by="", changed_at=now)
    record(Tag.MODEL_EXPIRY, by=None, target=model, after=now.isoformat(), source=source)
    change.touch_list(model)


def _revive(row: UpstreamRemoval, model: RegisteredModel, change: Change) -> None:
    row.delete()
    if model.expires_at != row.expired_at or model.expiry_by:
        return
    RegisteredModel.objects.filter(pk=model.pk).update(
        expires_at=row.expiry_before,
        expiry_by=row.expiry_by_before,
        changed_at=timezone.now(),
    )
    record(
        Tag.MODEL_EXPIRY,
        by=None,
        target=model,
        before=model.expires_at.isoformat() if model.expires_at else None,
        after=row.expiry_before.isoformat() if row.expiry_before else None,
        reason="upstream has it again",
    )
    change.touch_list(model)
