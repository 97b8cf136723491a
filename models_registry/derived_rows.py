"""Rows beside a model's own that are derived of its published definition: repositories and needs.

Inside `gathering` they are written together at its end, so that an import of hundreds of models
takes few queries, and writes the repositories that models share in one order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from models_registry import memory_needs, source_links
from models_registry.definitions.facts.facts import Facts
from models_registry.models import RegisteredModel

# So many models at a time: the files of their repositories are in memory meanwhile.
_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class _Derived:
    """What a model's definition says, until it is written."""

    repositories: list[tuple[str, str]]
    records: Sequence[Any]


_gathered: Final[ContextVar[dict[int, _Derived] | None]] = ContextVar("gathered", default=None)


def derive(model: RegisteredModel, facts: Facts, records: Sequence[Any]) -> None:
    """Write the rows of a model with these facts and records, at the end of `gathering` if inside.

    The model's visibility must be saved by then.
    """
    derived = _Derived(source_links.named_repositories(facts), records)
    gathered = _gathered.get()
    if gathered is None:
        _write({model.pk: derived})
    else:
        gathered[model.pk] = derived


@contextmanager
def gathering() -> Iterator[None]:
    """Inside, nothing is written until `write`."""
    token = _gathered.set({})
    try:
        yield
    finally:
        _gathered.reset(token)


@contextmanager
def undone_on_error() -> Iterator[None]:
    """Forget what was gathered inside if the block raises: its transaction is rolled back."""
    before = dict(_gathered.get() or {})
    try:
        yield
    except BaseException:
        _gathered.set(before)
        raise


def write() -> None:
    """Write what was gathered. Models that were deleted meanwhile are left out."""
    gathered = _gathered.get() or {}
    _write(gathered)
    gathered.clear()


def _write(gathered: dict[int, _Derived]) -> None:
    if not gathered:
        return
    source_links.link({key: derived.repositories for key, derived in gathered.items()})
    keys = sorted(gathered)
    for start in range(0, len(keys), _BATCH):
        models = RegisteredModel.objects.only("model_type", "name", "visibility")
        found = models.filter(pk__in=keys[start : start + _BATCH]).order_by("pk")
        memory_needs.derive([(model, gathered[model.pk].records) for model in found])
