"""The catalogue in the memory of the process: counts, filters and orders without a scan.

Each value of a filter has the set of its models as the bits of one integer, by primary key; each
order is an array. A request first asks what has changed (`catalogue_changes`), and only that is
read again, so the answer is that of the database.

SECURITY: the index has all models, also those that hardly anybody sees. Every set that leaves it is
first cut to what the person may see: published public models, and others as `visible_to` tells them
for each request.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock
from typing import Any, Final

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from models_registry import catalogue_changes
from models_registry.models import Facet, RegisteredModel, RegisteredModelQuerySet, Visibility

TYPE: Final = "type"
# With more changes, or more models that only one person sees, the plain queries are used.
MOST_CHANGES: Final = 2000
MOST_OTHERS: Final = 2000
# Keys are the places of bits: a set of the highest has half a megabyte.
_HIGHEST_KEY: Final = 4_000_000
_BATCH: Final = 500
_LOCK_SECONDS: Final = 0.5
_LAST: Final = 2**63 - 1
# Order → (column, whether the largest come first); without a value a model comes last.
_COLUMNS: Final = {
    "newest": ("definition_updated_at", True),
    "recommended": ("figures__recommended_rank", False),
    "used": ("figures__uses", True),
    "memory": ("memory__need", False),
    "popular": ("source_summary__downloads", True),
    "changed": ("source_summary__changed_at", True),
}
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
# All that is not simply public; the index `model_beyond_public` has these.
BEYOND_PUBLIC: Final = (
    ~Q(visibility="public") | Q(published_revision__isnull=True) | Q(expires_at__isnull=False)
)

Value = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CatalogueIndex:
    """The catalogue at one mark of the changes. Sets are the bits of integers.

    `models` and `orders` are those of published public models, the rest is of all.
    """

    mark: tuple[Any, ...]
    seen_at: float
    models: int = 0
    featured: int = 0
    values: Mapping[Value, int] = field(default_factory=dict)
    # When models expire, the first ones first.
    expiries: Sequence[tuple[datetime, int]] = ()
    # By primary key: the hash of what the order by name depends on, and what other orders do.
    names: array[int] = field(default_factory=lambda: array("q"))
    columns: Mapping[str, array[int]] = field(default_factory=dict)
    # Primary keys in order. They may have models that are gone, which no set has.
    orders: dict[str, array[int]] = field(default_factory=dict)

    def live(self, now: datetime) -> int:
        """Those that have not expired."""
        # `visible_to` hides a model at the second of its expiry.
        end = bisect_right(self.expiries, now, key=lambda expiry: expiry[0])
        return self.models & ~_bits(pk for _at, pk in self.expiries[:end])

    def order(self, name: str) -> array[int]:
        """The models in this order."""
        if (order := self.orders.get(name)) is None:
            by_name = self.orders["name"]
            order = array("q", by_name)
            if name in {"featured", "recommended"}:
                flags = _octets(self.featured, len(self.names))
                order = array(
                    "q", sorted(by_name, key=lambda pk: not flags[pk >> 3] >> (pk & 7) & 1)
                )
            if name in self.columns:
                order = array("q", sorted(order, key=self.columns[name].__getitem__))
            self.orders[name] = order
        return order


@dataclass(frozen=True, slots=True)
class VisibleIndex:
    """The models that a person may see, for one request."""

    index: CatalogueIndex
    visible: RegisteredModelQuerySet
    models: int
    # Those that not everybody sees.
    others: tuple[int, ...] = ()

    def fitting(
        self, values: Mapping[str, Collection[str]], *, featured: bool = False, but: str = ""
    ) -> int:
        """The models that have one of the values of every filter, except one filter."""
        models = self.models & self.index.featured if featured else self.models
        for kind, chosen in values.items():
            if kind != but:
                either = 0
                for value in chosen:
                    either |= self.index.values.get((kind, value), 0)
                models &= either
        return models

    def has(self, kind: str, value: str) -> bool:
        """True if one of the models has the value."""
        return bool(self.models & self.index.values.get((kind, value), 0))

    def counts(self, models: int, kinds: Collection[str]) -> Iterator[tuple[Value, int]]:
        """The number of models for each value, of these filters, that one of them has.

        SECURITY: `models` are some of those that the person may see.
        """
        for key, having in self.index.values.items():
            if key[0] in kinds and (count := (models & having).bit_count()):
                yield key, count

    def needing_at_most(self, need: int) -> int:
        """All models that need no more memory."""
        needs = self.index.columns["memory"]
        return _bits(pk for pk, least in enumerate(needs) if least <= need)

    def page_keys(
        self, models: int, order: str, by: Sequence[Any], start: int, stop: int
    ) -> list[int]:
        """The primary keys of this slice of the models, in order.

        SECURITY: whoever reads the rows of these keys reads them out of `visible`.
        """
        octets = _octets(models, max(self.others, default=0))
        others = [pk for pk in self.others if octets[pk >> 3] >> (pk & 7) & 1]
        public = models & ~_bits(others)
        count = public.bit_count()
        in_order = self.index.order(order)
        keys = _slice(in_order, public, start, min(stop, count))
        if not others or (len(keys) == stop - start and self._come_later(others, keys, order)):
            return keys
        # Each of the others may stand before the slice.
        first = min(max(0, start - len(others)), count)
        keys = _slice(in_order, public, first, min(stop, count))
        # The database sorts keys, not rows.
        rows = self.visible.filter(pk__in=[*keys, *others]).order_by(*by)
        return list(rows.values_list("pk", flat=True)[start - first : stop - first])

    def _come_later(self, others: Sequence[int], keys: Sequence[int], order: str) -> bool:
        """Whether the others come after all these models; False if names have to decide."""
        column = self.index.columns.get(order)
        return column is not None and min(column[pk] for pk in others) > column[keys[-1]]

    def page(
        self, models: int, order: str, by: Sequence[Any], start: int, stop: int
    ) -> RegisteredModelQuerySet:
        """The models of this slice, in order."""
        keys = self.page_keys(models, order, by, start, stop)
        return self.visible.filter(pk__in=keys).order_by(*by)


def visible_index(
    visible: RegisteredModelQuerySet, *, is_anonymous: bool, of_type: str = ""
) -> VisibleIndex | None:
    """What `visible` has, by the index; None if the plain queries must be used.

    SECURITY: `visible` is `visible_to(user)`, or a part of it that has all that is public, of one
    type with `of_type`. `is_anonymous`: it has nothing else.
    """
    index = _INDEX.current()
    if index is None:
        return None
    public = index.live(timezone.now())
    if of_type:
        public &= index.values.get((TYPE, of_type), 0)
    if is_anonymous:
        return VisibleIndex(index, visible, public)
    beyond = visible.filter(BEYOND_PUBLIC).values_list("pk", flat=True)
    return _with_others(index, visible, public, list(beyond[: MOST_OTHERS + 1]))


def found_index(visible: RegisteredModelQuerySet, found: Collection[int]) -> VisibleIndex | None:
    """What was found, by the index; None if the plain queries must be used.

    SECURITY: `found` are keys of models that are `visible`.
    """
    index = _INDEX.current()
    if index is None:
        return None
    public = index.live(timezone.now()) & _bits(found)
    return _with_others(index, visible, public, found)


def _with_others(
    index: CatalogueIndex, visible: RegisteredModelQuerySet, public: int, keys: Collection[int]
) -> VisibleIndex | None:
    """These public models, and those of the keys that are not; None if they are too many."""
    # Models that came a moment ago are not in the index yet.
    highest = len(index.names)
    octets = _octets(public, highest)
    others = tuple(pk for pk in keys if pk < highest and not octets[pk >> 3] >> (pk & 7) & 1)
    if len(others) > MOST_OTHERS:
        return None
    return VisibleIndex(index, visible, public | _bits(others), others)


class _SharedIndex:
    """The index of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._index: CatalogueIndex | None = None

    def current(self) -> CatalogueIndex | None:
        """The index as of now; None while another thread makes it, or in a transaction, which may
        see what others do not."""
        if connection.in_atomic_block:
            return None
        if not self._lock.acquire(timeout=_LOCK_SECONDS if self._index is not None else 0):
            return None
        try:
            self._index = _followed(self._index)
            return self._index
        finally:
            self._lock.release()


_INDEX: Final = _SharedIndex()


def _followed(index: CatalogueIndex | None) -> CatalogueIndex | None:
    """The index with all that has been committed; None if changes come faster than it is read."""
    now = time.monotonic()
    if index is not None and now - index.seen_at > catalogue_changes.KEPT_HOURS * 1800:
        index = None
    if (index is None or connection.vendor == "sqlite") and not catalogue_changes.is_installed(
        connection
    ):
        return None
    for _attempt in range(4):
        changes = catalogue_changes.read(connection, index.mark if index else None, MOST_CHANGES)
        if index is not None and changes.models == frozenset():
            return replace(index, mark=changes.mark, seen_at=now)
        # What is read may be newer than the mark: then the next round reads it once more.
        if index is None or changes.models is None:
            index = _read(CatalogueIndex(changes.mark, now), None)
        else:
            index = _read(replace(index, mark=changes.mark, seen_at=now), changes.models)
        if index is None:
            return None
    return None


def _read(index: CatalogueIndex, changed: frozenset[int] | None) -> CatalogueIndex | None:
    """The index with the models that have changed, or all models, as they are now."""
    rows = _rows(changed)
    highest = max((row[0] for row in rows), default=0)
    if highest > _HIGHEST_KEY:
        return None
    more = max(0, highest + 1 - len(index.names))
    names = index.names + array("q", bytes(8 * more))
    columns = {
        order: index.columns.get(order, array("q")) + array("q", [_LAST]) * more
        for order in _COLUMNS
    }
    for pk in changed or ():
        if pk < len(names):
            names[pk] = 0
    is_named_otherwise = False
    public: list[int] = []
    for pk, model_type, name_key, visibility, revision, _featured, _expires_at, *cells in rows:
        if visibility == Visibility.PUBLIC and revision is not None:
            public.append(pk)
            names[pk] = hash((model_type, name_key))
            is_named_otherwise |= pk >= len(index.names) or index.names[pk] != names[pk]
        for (order, (_column, is_descending)), cell in zip(_COLUMNS.items(), cells, strict=True):
            columns[order][pk] = _place(cell, is_descending=is_descending)
    if is_named_otherwise or changed is None:
        by_name = array("q", _public().values_list("pk", flat=True))
    else:
        by_name = index.orders["name"]
    kept = ~_bits(changed or ())
    models = index.models & kept | _bits(public)
    values = {value: having & kept for value, having in index.values.items()}
    read = _values(rows) if changed is not None else _all_values(rows)
    for value, having in read.items():
        values[value] = values.get(value, 0) | having
    expiries = [expiry for expiry in index.expiries if kept >> expiry[1] & 1]
    expiries += [(row[6], row[0]) for row in rows if row[6] is not None]
    return replace(
        index,
        models=models,
        featured=index.featured & kept | _bits(row[0] for row in rows if row[5]),
        values={value: having for value, having in values.items() if having},
        expiries=sorted(expiries),
        names=names,
        columns=columns,
        orders={"name": by_name},
    )


def _public() -> RegisteredModelQuerySet:
    """Published public models; the index `model_public_name` has this order."""
    models = RegisteredModel.objects.filter(visibility="public", published_revision__isnull=False)
    return models.order_by("name_key", "model_type", "pk")


def _rows(changed: frozenset[int] | None) -> list[tuple[Any, ...]]:
    own = ["pk", "model_type", "name_key", "visibility", "published_revision_id"]
    own += ["featured", "expires_at"]
    beside = (column for column, _is_last in _COLUMNS.values())
    rows = RegisteredModel.objects.order_by().values_list(*own, *beside)
    if changed is None:
        return list(rows)
    return [row for keys in _batches(changed) for row in rows.filter(pk__in=keys)]


def _place(cell: Any, *, is_descending: bool) -> int:
    """The place of a value in an order."""
    if cell is None:
        return _LAST
    number: int = (
        (cell - _EPOCH) // timedelta(microseconds=1) if isinstance(cell, datetime) else cell
    )
    return -number if is_descending else number


def _values(rows: Sequence[Sequence[Any]]) -> dict[Value, int]:
    """The values of all filters of a few models, whose rows begin with primary key and type."""
    having: dict[Value, list[int]] = defaultdict(list)
    for pk, model_type, *_rest in rows:
        having[TYPE, model_type].append(pk)
    for keys in _batches(row[0] for row in rows):
        facets = Facet.objects.filter(model__in=keys).values_list("kind", "value", "model_id")
        for kind, value, pk in facets:
            having[kind, value].append(pk)
    return {value: _bits(keys) for value, keys in having.items()}


def _all_values(rows: Sequence[Sequence[Any]]) -> dict[Value, int]:
    """The values of all models; the database puts a million rows together."""
    having: dict[Value, list[int]] = defaultdict(list)
    for pk, model_type, *_rest in rows:
        having[TYPE, model_type].append(pk)
    values = {value: _bits(keys) for value, keys in having.items()}
    joined = {
        "postgresql": "string_agg(model_id::text, ',')",
        "sqlite": "group_concat(model_id)",
    }[connection.vendor]
    table = Facet._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT kind, value, {joined} FROM {table} GROUP BY kind, value"  # noqa: S608 - own names
        )
        for kind, value, keys in cursor.fetchall():
            values[kind, value] = _bits(map(int, keys.split(",")))
    return values


def _batches(keys: Iterable[int]) -> Iterator[list[int]]:
    waiting = iter(keys)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _bits(keys: Iterable[int]) -> int:
    """A set of primary keys."""
    keys = list(keys)
    octets = bytearray((max(keys, default=0) >> 3) + 1)
    for key in keys:
        octets[key >> 3] |= 1 << (key & 7)
    return int.from_bytes(octets, "little")


def _octets(models: int, highest: int) -> bytes:
    """A set as bytes, long enough for this key."""
    return models.to_bytes(max(models.bit_length(), highest + 1) // 8 + 1, "little")


def _slice(order: array[int], models: int, start: int, stop: int) -> list[int]:
    """The members of a set from one place in an order to another, read from the nearer end."""
    if start >= stop:
        return []
    octets = _octets(models, max(order))
    members = (pk for pk in order if octets[pk >> 3] >> (pk & 7) & 1)
    count = models.bit_count()
    if start <= count // 2:
        return list(islice(members, start, stop))
    backwards = (pk for pk in reversed(order) if octets[pk >> 3] >> (pk & 7) & 1)
    return list(islice(backwards, count - stop, count - start))[::-1]
