"""The one door: each change of what servers download, or of what upstream is to get, uses it.

    with changing([model]) as change:
        publication.publish(change.get(model), content, by=by)
        change.touch(model, by=by)

The outermost block is one transaction. On the way out, still inside it, the public list of each
type that was touched is built once, and each touched model gets at most one row in the outbox. A
block inside another one joins it, so an import that publishes hundreds of models builds each list
once. What their definitions say of source repositories is written last. What is private, and was
before, builds no list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from hub.task_queue import BACKGROUND, ask_worker
from models_registry import derived_rows
from models_registry.catalogue import build
from models_registry.definitions.json_text.document import scanned_once
from models_registry.models import (
    ListingFigures,
    RegisteredModel,
    UpstreamChange,
    Visibility,
)
from models_registry.outbox import changes as outbox
from models_registry.outbox.changes import Verdict
from models_registry.outbox.pull_requests import lock_live

__all__ = ["Change", "Verdict", "changing"]

RANK_TASK: Final = "models_registry.rank_new_models"


@dataclass(frozen=True, slots=True)
class _OutboxEntry:
    """What a row in the outbox says beside the definition."""

    by: User | None
    verdict: Verdict | None = None
    reason: str = ""


@dataclass(slots=True)
class _Pending:
    """What the outermost block has to do on its way out, by the models' primary keys."""

    was_public: dict[int, bool] = field(default_factory=dict)
    types: dict[int, str] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)
    locked_lists: set[str] = field(default_factory=set)
    rows: dict[int, _OutboxEntry] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    written: list[UpstreamChange] = field(default_factory=list)

    def copy(self) -> _Pending:
        """What is to be done so far, for a block that may fail."""
        return _Pending(
            dict(self.was_public),
            dict(self.types),
            set(self.lists),
            set(self.locked_lists),
            dict(self.rows),
            set(self.deleted),
            self.written,
        )

    def go_back_to(self, earlier: _Pending) -> None:
        """Forget what was added since that copy was made."""
        for each in fields(self):
            setattr(self, each.name, getattr(earlier, each.name))

    def lock_lists(self, model_types: Collection[str]) -> None:
        """Lock the lists of these types that are not locked yet."""
        build.lock(set(model_types) - self.locked_lists)
        self.locked_lists.update(model_types)

    def finish(self) -> None:
        """Write the rows of the outbox, delete what was marked for it, and build the lists."""
        touched = self.types.keys() | self.rows.keys()
        models = RegisteredModel.objects.select_related("published_revision").in_bulk(touched)
        public = {pk for pk in touched if self.was_public.get(pk) or _is_public(models.get(pk))}
        lists = self.lists | {self.types[pk] for pk in public & self.types.keys()}
        # Lists before pull requests, as everybody locks them.
        self.lock_lists(lists)
        due = [models[pk] for pk in sorted(self.rows) if pk in models]
        due = [model for model in due if model.pk in public | self.deleted]
        lock_live(due)
        for model in due:
            self._write_row(model)
        for pk in sorted(self.deleted):
            if pk in models:
                models[pk].delete()
        build.rebuild(lists)
        self._rank(public & models.keys() - self.deleted)
        # The last locks: of repositories, which models share.
        derived_rows.write()

    def _rank(self, public: set[int]) -> None:
        """Have a worker give public models that are new their places in the order "Recommended"."""
        ranked = ListingFigures.objects.filter(model__in=public, recommended_rank__isnull=False)
        if public and ranked.count() < len(public):
            transaction.on_commit(lambda: ask_worker(RANK_TASK, queue=BACKGROUND), robust=True)

    def _write_row(self, model: RegisteredModel) -> None:
        row = self.rows[model.pk]
        written = outbox.note_change(
            model,
            by=row.by,
            verdict=row.verdict,
            reason=row.reason,
            is_deleted=model.pk in self.deleted,
        )
        if written is not None:
            self.written.append(written)


_pending: Final[ContextVar[_Pending | None]] = ContextVar("pending", default=None)


@dataclass(frozen=True, slots=True)
class Change:
    """What a block has locked, and what it does to it."""

    models: dict[int, RegisteredModel]
    _pending: _Pending

    @property
    def rows(self) -> list[UpstreamChange]:
        """The rows that were written into the outbox, once the outermost block is over."""
        return self._pending.written

    def get(self, model: RegisteredModel) -> RegisteredModel | None:
        """A model as it was when the block had locked it; None if it was deleted meanwhile."""
        return self.models.get(model.pk)

    def touch(
        self,
        model: RegisteredModel,
        *,
        by: User | None,
        verdict: Verdict | None = None,
        reason: str = "",
    ) -> None:
        """Build the model's list, and write what upstream must learn of it into the outbox.

        Call it also where nothing may have changed: a row is only written if upstream has something
        else. `by` is None for the hub itself, `verdict` what a reviewer said, `reason` the
        person's reason for a removal.
        """
        self.touch_list(model)
        self.tell_upstream(model, by=by, verdict=verdict, reason=reason)

    def touch_list(self, model: RegisteredModel) -> None:
        """Build the model's list only, as for what came from upstream or from a source."""
        self._pending.types[model.pk] = model.model_type

    def build_lists(self, model_types: Iterable[str]) -> None:
        """Build the lists of these types, whichever models were touched."""
        self._pending.lists.update(model_types)

    def tell_upstream(
        self,
        model: RegisteredModel,
        *,
        by: User | None,
        verdict: Verdict | None = None,
        reason: str = "",
    ) -> None:
        """Write what upstream must learn of the model into the outbox; its list stays as it is."""
        self._pending.rows[model.pk] = _OutboxEntry(by, verdict, reason)

    def delete(self, model: RegisteredModel, *, by: User, reason: str = "") -> None:
        """Delete the model on the way out, once the outbox has the row that names it."""
        self.touch(model, by=by, reason=reason)
        self._pending.deleted.add(model.pk)


@contextmanager
def changing(
    models: Iterable[RegisteredModel] = (), *, lists: Collection[str] = ()
) -> Iterator[Change]:
    """Lock models, and let the body change them; see the module for what follows.

    `models` may be a query. `lists` are types whose lists are locked at once, for a body that locks
    pull requests or their changes itself. Locks are taken in one order, or two
    transactions deadlock: models by primary key, then lists by type, then pull requests.

    A block that raises inside a block that continues leaves nothing to do.
    """
    outer = _pending.get()
    if outer is not None:
        before = outer.copy()
        try:
            with transaction.atomic(), derived_rows.undone_on_error():
                yield _locked(models, lists, outer)
        except BaseException:
            outer.go_back_to(before)
            raise
        return
    pending = _Pending()
    token = _pending.set(pending)
    try:
        with transaction.atomic(), scanned_once(), derived_rows.gathering():
            yield _locked(models, lists, pending)
            pending.finish()
    finally:
        _pending.reset(token)


def _locked(models: Iterable[RegisteredModel], lists: Collection[str], pending: _Pending) -> Change:
    if not isinstance(models, QuerySet):
        models = RegisteredModel.objects.filter(pk__in=[model.pk for model in models])
    # Without a join: PostgreSQL joins what it waited for with rows from before.
    held = {model.pk: model for model in models.select_for_update(of=("self",)).order_by("pk")}
    for model in held.values():
        pending.was_public.setdefault(model.pk, _is_public(model))
    pending.lock_lists(lists)
    return Change(held, pending)


def _is_public(model: RegisteredModel | None) -> bool:
    """True for a model that the list of its type may have, and upstream."""
    if model is None or model.published_revision_id is None:
        return False
    return model.visibility == Visibility.PUBLIC
