"""The filters and orders of the model list, as its address has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from models_registry import labels
from models_registry.definitions.checks import release_rules
from models_registry.definitions.facts.vocabulary import CONTEXT_BUCKETS, SIZE_BUCKETS
from models_registry.launch.needs import GPUS, gpu_label
from models_registry.models import Facet, ModelType
from models_registry.search.vocabulary import MAKER
from models_registry.source_links import GATED, OPEN

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TYPE = "type"
FITS = Facet.Kind.FITS.value
# In an address: no GPU, although the visitor's browser remembers one.
ANY_GPU = "any"
# In an address: remember the GPU that the address names. The view takes it out again.
KEEP = "keep"


class ListingSort(StrEnum):
    """The orders of the list; by relevance only while a text is searched."""

    RELEVANCE = "relevance"
    RECOMMENDED = "recommended"
    NAME = "name"
    NEWEST = "newest"
    POPULAR = "popular"
    CHANGED = "changed"
    MEMORY = "memory"
    USED = "used"


SORT_LABELS: dict[ListingSort, StrOrPromise] = {
    ListingSort.RELEVANCE: _("Relevance"),
    ListingSort.RECOMMENDED: _("Recommended"),
    ListingSort.NAME: _("Name"),
    ListingSort.NEWEST: _("Newest"),
    ListingSort.POPULAR: _("Popular"),
    ListingSort.CHANGED: _("Changed at the source"),
    ListingSort.MEMORY: _("Least memory"),
    ListingSort.USED: _("Most used here"),
}


class ListView(StrEnum):
    """How much of each model the list shows."""

    COMPACT = "compact"
    DETAILED = "detailed"


VIEW_LABELS: dict[ListView, StrOrPromise] = {
    ListView.COMPACT: _("Compact"),
    ListView.DETAILED: _("Detailed"),
}


@dataclass(frozen=True, slots=True)
class FilterFamily:
    """A kind of filter: its parameter, its title, and the labels and order of its values."""

    key: str
    title: StrOrPromise
    label: Callable[[str], str]
    # The values in their natural order; None: ordered by the number of models.
    order: tuple[str, ...] | None = None
    shown_at_once: int = 8
    # At most one value can be chosen.
    is_single: bool = False


GROUPS = (
    FilterFamily(
        TYPE, _("Type"), lambda value: str(ModelType(value).label), tuple(ModelType.values)
    ),
    FilterFamily(FITS, _("Fits in"), gpu_label, tuple(gpu.key for gpu in GPUS), is_single=True),
    FilterFamily(
        Facet.Kind.RELEASE.value,
        _("My Xinference version"),
        lambda first: release_rules.spans(release_rules.GROUPS[first]),
        tuple(reversed(release_rules.GROUPS)),
        is_single=True,
    ),
    FilterFamily(Facet.Kind.ABILITY.value, _("Ability"), labels.ability_label),
    FilterFamily(
        Facet.Kind.SIZE.value,
        _("Model size"),
        labels.bucket_label,
        tuple(bucket.key for bucket in SIZE_BUCKETS),
    ),
    FilterFamily(
        Facet.Kind.CONTEXT.value,
        _("Context length"),
        labels.bucket_label,
        tuple(bucket.key for bucket in CONTEXT_BUCKETS),
    ),
    FilterFamily(Facet.Kind.FORMAT.value, _("Format"), labels.format_label, shown_at_once=10),
    FilterFamily(Facet.Kind.ENGINE.value, _("Engine"), labels.engine_label, shown_at_once=10),
    FilterFamily(Facet.Kind.LICENCE.value, _("Licence"), labels.licence_label, shown_at_once=6),
    FilterFamily(Facet.Kind.GATED.value, _("Access"), labels.access_label, (OPEN, GATED)),
    FilterFamily(Facet.Kind.LANGUAGE.value, _("Language"), labels.language_label, shown_at_once=6),
)
FILTER_TITLES: dict[str, StrOrPromise] = {
    **{group.key: group.title for group in GROUPS},
    MAKER: _("Maker"),
}
# Filters whose values are the same for everybody.
CLOSED = frozenset(group.key for group in GROUPS if group.order is not None)
FACET_KINDS = tuple(group.key for group in GROUPS if group.key != TYPE)


def default_sort(text: str) -> ListingSort:
    """The order that the list has until somebody chooses another one."""
    return ListingSort.RELEVANCE if text else ListingSort.RECOMMENDED


def sort_of(text: str, chosen: ListingSort | None) -> ListingSort:
    """The order that somebody has chosen, or the default: relevance needs a text."""
    if chosen is None or (chosen is ListingSort.RELEVANCE and not text):
        return default_sort(text)
    return chosen


def sorts(text: str, *, shows_uses: bool) -> tuple[tuple[str, ListingSort, StrOrPromise], ...]:
    """The orders to choose from: parameter, order and label.

    The parameter of the default is empty, so that the order changes with the first letter typed.
    """
    default = default_sort(text)
    hidden = set() if text else {ListingSort.RELEVANCE}
    if not shows_uses:
        hidden.add(ListingSort.USED)
    shown = [sort for sort in ListingSort if sort not in hidden]
    return tuple(("" if sort is default else sort.value, sort, SORT_LABELS[sort]) for sort in shown)


@dataclass(frozen=True, slots=True)
class ListingFilters:
    """The visitor's filters, order and page, as in the list's address."""

    text: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    featured: bool = False
    sort: ListingSort = ListingSort.RECOMMENDED
    page: int = 1
    view: ListView = ListView.COMPACT
    # The GPU that the visitor's browser remembers; it counts where the address names none.
    remembered: str = ""
    # Also the private models of others, for people who may see all of them.
    private: bool = False

    def of(self, key: str) -> tuple[str, ...]:
        """The chosen values of a filter."""
        return self.values.get(key, ())

    def without(self, key: str, value: str | None = None) -> ListingFilters:
        """The same without one value of a filter, or without the filter; on the first page."""
        kept = tuple(chosen for chosen in self.of(key) if value is not None and chosen != value)
        values = {**self.values, key: kept}
        return replace(self, values={k: v for k, v in values.items() if v}, page=1)

    def query(self) -> str:
        """The shortest equivalent query string, starting with "?"; "" without filters."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(group.key, value) for group in GROUPS for value in self.of(group.key)]
        if self.featured:
            pairs.append(("featured", "1"))
        if self.private:
            pairs.append(("private", "1"))
        if self.remembered and not self.of(FITS):
            pairs.append((FITS, ANY_GPU))
        # Relevance is the order of a text; without one, the list has its own.
        if self.sort not in {default_sort(self.text), ListingSort.RELEVANCE}:
            pairs.append(("sort", self.sort.value))
        if self.view != ListView.COMPACT:
            pairs.append(("view", self.view.value))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def is_narrowed(self) -> bool:
        """True if any filter is set, besides order and page."""
        return bool(self.text or self.values or self.featured)
