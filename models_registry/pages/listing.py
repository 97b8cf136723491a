"""The model list: the filters in its address, the models that match, and for each further filter
value the number of models that it would show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OrderBy, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from hub.pager import CountedPaginator
from models_registry import labels, model_search
from models_registry.definitions.checks import release_rules
from models_registry.definitions.facts.vocabulary import CONTEXT_BUCKETS, SIZE_BUCKETS
from models_registry.launch.needs import GPUS, gpu_label
from models_registry.models import (
    Facet,
    ModelType,
    RegisteredModel,
    RegisteredModelQuerySet,
    Visibility,
)
from models_registry.permissions import PUBLIC_MAINTENANCE, holds_any
from models_registry.public_index import VisibleIndex, visible_index
from models_registry.search.vocabulary import MAKER
from models_registry.source_links import GATED, OPEN

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE_SIZE = 24
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


# Orders by what the source repositories say; models without that come last.
_BY_SOURCE = {
    ListingSort.POPULAR: "source_summary__downloads",
    ListingSort.CHANGED: "source_summary__changed_at",
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
_CLOSED = frozenset(group.key for group in GROUPS if group.order is not None)
# What a row shows besides the model's own columns.
_SHOWN = ("owner", "source_summary", "figures", "memory")
FACET_KINDS = tuple(group.key for group in GROUPS if group.key != TYPE)
# Filters whose values change without a new definition: the search's documents do not have them.
_KINDS_OF_SOURCES = (
    Facet.Kind.LICENCE.value,
    Facet.Kind.GATED.value,
    Facet.Kind.RELEASE.value,
    FITS,
)


def default_sort(text: str) -> ListingSort:
    """The order that the list has until somebody chooses another one."""
    return ListingSort.RELEVANCE if text else ListingSort.RECOMMENDED


def sort_of(text: str, chosen: ListingSort | None) -> ListingSort:
    """The order that somebody has chosen, or the default: relevance needs a text."""
    if chosen is None or (chosen is ListingSort.RELEVANCE and not text):
        return default_sort(text)
    return chosen


def sorts(text: str, *, shows_uses: bool) -> list[tuple[str, ListingSort, StrOrPromise]]:
    """The orders to choose from: parameter, order and label.

    The parameter of the default is empty, so that the order changes with the first letter typed.
    """
    default = default_sort(text)
    hidden = set() if text else {ListingSort.RELEVANCE}
    if not shows_uses:
        hidden.add(ListingSort.USED)
    shown = [sort for sort in ListingSort if sort not in hidden]
    return [("" if sort is default else sort.value, sort, SORT_LABELS[sort]) for sort in shown]


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


@dataclass(frozen=True, slots=True)
class FilterValue:
    """One value of a filter, and the number of models that it would show with the other filters."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """A filter as shown: `more` has the values behind "Show more"."""

    key: str
    title: StrOrPromise
    values: tuple[FilterValue, ...]
    more: tuple[FilterValue, ...]
    is_single: bool = False

    @property
    def is_unfolded(self) -> bool:
        """True if a chosen value is behind "Show more"."""
        return any(value.is_chosen for value in self.more)

    @property
    def is_chosen(self) -> bool:
        """True if one of its values is chosen."""
        return any(value.is_chosen for value in (*self.values, *self.more))


@dataclass(frozen=True, slots=True)
class TypeTab:
    """A type as a tab, "" for all types: the number of its models, and the query string."""

    value: str
    label: StrOrPromise
    count: int
    is_current: bool
    query: str


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """A filter value that is set, and the query string of the list without it."""

    title: StrOrPromise
    label: str
    query_without: str


@dataclass(frozen=True, slots=True)
class SearchedText:
    """What the search made of the text, for the page to say.

    `understood`: the values of filters in the text. `corrected`: the text without its typing
    errors, and the list's query string for it. `is_cut`: more models fit than the list has.
    """

    understood: tuple[ActiveFilter, ...] = ()
    corrected: str = ""
    corrected_query: str = ""
    is_corrected: bool = False
    is_near: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class ModelListing:
    """A page of the list."""

    choices: ListingFilters
    page: Page[Any]
    models: tuple[RegisteredModel, ...]
    # Names on this page that stand for several models that the visitor may see.
    ambiguous: frozenset[str]
    total: int
    featured_count: int
    groups: tuple[FilterGroup, ...]
    active: tuple[ActiveFilter, ...]
    # What the search made of the text; None without one.
    searched: SearchedText | None = None

    def page_query(self, page: int) -> str:
        """The query string of another page of the same list."""
        return replace(self.choices, page=page).query() or "?"

    @property
    def clear_query(self) -> str:
        """The query string of the list without any filter; it also forgets the GPU."""
        return f"?{KEEP}=1" if self.choices.remembered else ""

    @property
    def facet_groups(self) -> tuple[FilterGroup, ...]:
        """The filters besides the type, which has tabs."""
        return tuple(group for group in self.groups if group.key != TYPE)

    @property
    def chosen_types(self) -> tuple[str, ...]:
        """The types that the tabs have chosen; an address may name several."""
        return self.choices.of(TYPE)

    @property
    def tabs(self) -> tuple[TypeTab, ...]:
        """All models, and each type that has models or is chosen."""
        types = next((group.values for group in self.groups if group.key == TYPE), ())
        chosen = self.choices.of(TYPE)
        every = self.choices.without(TYPE)
        total = sum(value.count for value in types)
        tabs = [TypeTab("", _("All"), total, not chosen, every.query() or "?")]
        for value in types:
            only = replace(every, values={**every.values, TYPE: (value.value,)})
            is_current = chosen == (value.value,)
            tabs.append(TypeTab(value.value, value.label, value.count, is_current, only.query()))
        return tuple(tabs)


def sees_private_models(user: User | AnonymousUser) -> bool:
    """True for people who see the private models of everybody: those who maintain public ones.

    Their lists leave these out unless they ask for them.
    """
    return user.is_active and (user.is_superuser or holds_any(user, PUBLIC_MAINTENANCE))


def browse(
    user: User | AnonymousUser,
    choices: ListingFilters,
    *,
    among: RegisteredModelQuerySet | None = None,
    hides_private: bool = False,
) -> ModelListing:
    """The page of the list for these filters, with models that the user may see.

    `hides_private` leaves out the private models of others, also for people who see all of them.
    SECURITY: `among` restricts the models further; it must itself start from `visible_to(user)`.

    Values that no visible model has are ignored, and a page after the last one shows the last one.
    The number of queries does not depend on the number of models.
    """
    visible = (RegisteredModel.objects.visible_to(user) if among is None else among).order_by()
    if hides_private and sees_private_models(user):
        visible = visible.exclude(Q(visibility=Visibility.PRIVATE) & ~Q(owner=user.pk))
    if choices.text:
        choices = replace(choices, values=_known_values(visible, choices.values))
        return _search(user, visible, choices)
    if among is None:
        index = visible_index(visible, is_anonymous=not user.is_authenticated)
        if index is not None:
            return _indexed(user, index, choices)
    return _plain(user, visible, choices)


def _indexed(
    user: User | AnonymousUser, index: VisibleIndex, choices: ListingFilters
) -> ModelListing:
    """The page of the list without a text, by the index."""
    values = {key: _known(index, key, chosen) for key, chosen in choices.values.items()}
    choices = replace(choices, values={key: chosen for key, chosen in values.items() if chosen})
    featured_count = index.fitting(choices.values, featured=True).bit_count()
    fitting = index.fitting(choices.values, featured=choices.featured)
    total = fitting.bit_count()
    page = Paginator(range(total), PAGE_SIZE).get_page(choices.page)
    choices = replace(choices, page=page.number)
    start = (page.number - 1) * PAGE_SIZE
    sort = sort_of(choices.text, choices.sort).value
    rows = index.page(fitting, sort, _order(choices), start, start + PAGE_SIZE)
    models = tuple(rows.select_related(*_SHOWN).defer("search_text"))
    counts: dict[tuple[str, str], int] = {}
    for kind in (TYPE, *FACET_KINDS):
        others = fitting
        if choices.of(kind):
            others = index.fitting(choices.values, featured=choices.featured, but=kind)
        counts.update(index.counts(others, kind))
    return ModelListing(
        choices=choices,
        page=page,
        models=models,
        ambiguous=_ambiguous(user, models),
        total=total,
        featured_count=featured_count,
        groups=tuple(_group(group, counts, choices) for group in GROUPS),
        active=tuple(_active(choices)),
    )


def _known(index: VisibleIndex, key: str, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Without values that no visible model has, as `_known_values`."""
    if key in _CLOSED:
        return chosen
    return tuple(value for value in chosen if index.models & index.values.get((key, value), 0))


def _plain(
    user: User | AnonymousUser, visible: RegisteredModelQuerySet, choices: ListingFilters
) -> ModelListing:
    """The same by plain queries, which read all models."""
    choices = replace(choices, values=_known_values(visible, choices.values))
    unfeatured = _narrowed(visible, choices.values)
    counted = unfeatured.aggregate(total=Count("pk"), featured=Count("pk", filter=Q(featured=True)))
    total = counted["featured"] if choices.featured else counted["total"]
    fitting = _featured(unfeatured, choices)
    ordered = fitting.order_by(*_order(choices)).select_related(*_SHOWN).defer("search_text")
    page = CountedPaginator(ordered, PAGE_SIZE, count=total).get_page(choices.page)
    choices = replace(choices, page=page.number)
    models = tuple(page)
    return ModelListing(
        choices=choices,
        page=page,
        models=models,
        ambiguous=_ambiguous(user, models),
        total=total,
        featured_count=counted["featured"],
        groups=_groups(visible, fitting, choices),
        active=tuple(_active(choices)),
    )


def _search(
    user: User | AnonymousUser, visible: RegisteredModelQuerySet, choices: ListingFilters
) -> ModelListing:
    """The page of the list for a text. Counts are those of the models that were found."""
    found = model_search.find(visible, choices.text)
    several = found.models
    if found.is_cut and (choices.values or choices.featured):
        # Among those that were left out, others may have the chosen values.
        narrowed = visible.filter(featured=True) if choices.featured else visible
        found = model_search.find(_narrowed(narrowed, choices.values), choices.text)
        several = tuple({model.pk: model for model in (*several, *found.models)}.values())
    values = _values_of(several)
    unfeatured = [model for model in found.models if _fits(values[model.pk], choices.values)]
    featured_count = sum(model.featured for model in unfeatured)
    fitting = [model for model in unfeatured if model.featured or not choices.featured]
    keys = [model.pk for model in fitting]
    if choices.sort is not ListingSort.RELEVANCE:
        ordered = visible.filter(pk__in=keys).order_by(*_order(choices))
        keys = list(ordered.values_list("pk", flat=True))
    page = Paginator(keys, PAGE_SIZE).get_page(choices.page)
    choices = replace(choices, page=page.number)
    keys = list(page)
    shown = visible.filter(pk__in=keys).select_related(*_SHOWN)
    shown = shown.defer("search_text")
    models = tuple(sorted(shown, key=lambda model: keys.index(model.pk)))
    counts: Counter[tuple[str, str]] = Counter()
    for kind in (TYPE, *FACET_KINDS):
        others = {key: chosen for key, chosen in choices.values.items() if key != kind}
        for model in several:
            if _fits(values[model.pk], others) and (model.featured or not choices.featured):
                counts.update((kind, value) for value in values[model.pk].get(kind, ()))
    return ModelListing(
        choices=choices,
        page=page,
        models=models,
        ambiguous=_ambiguous(user, models),
        total=len(fitting),
        featured_count=featured_count,
        groups=tuple(_group(group, counts, choices) for group in GROUPS),
        active=tuple(_active(choices)),
        searched=_searched(found, choices),
    )


def _values_of(models: Iterable[model_search.FoundModel]) -> dict[int, dict[str, list[str]]]:
    """The values of all filters of found models; those of sources do not stand in documents."""
    values = {
        model.pk: {TYPE: [model.model_type], **{kind: model.of(kind) for kind in FACET_KINDS}}
        for model in models
    }
    of_sources = Facet.objects.filter(model__in=list(values), kind__in=_KINDS_OF_SOURCES)
    for key, kind, value in of_sources.values_list("model_id", "kind", "value"):
        values[key][kind].append(value)
    return values


def _fits(own: Mapping[str, list[str]], values: Mapping[str, tuple[str, ...]]) -> bool:
    return all(not set(chosen).isdisjoint(own.get(key, ())) for key, chosen in values.items())


def _searched(found: model_search.Found, choices: ListingFilters) -> SearchedText:
    understood = [
        ActiveFilter(
            FILTER_TITLES[value.kind],
            value.label,
            replace(choices, text=value.text_without, page=1).query(),
        )
        for value in found.understood
    ]
    corrected = replace(choices, text=found.corrected, page=1)
    return SearchedText(
        understood=tuple(understood),
        corrected=found.corrected,
        corrected_query=corrected.query(),
        is_corrected=found.is_corrected,
        is_near=found.is_near,
        is_cut=found.is_cut,
    )


def _known_values(
    visible: RegisteredModelQuerySet, values: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Without values that no visible model has. SECURITY: also without those of hidden models."""
    asked = [Q(kind=key, value__in=chosen) for key, chosen in values.items() if key not in _CLOSED]
    if not asked:
        return dict(values)
    facets = Facet.objects.filter(reduce(or_, asked), model__in=visible.values("pk"))
    known = set(facets.values_list("kind", "value").distinct())
    kept = {
        key: tuple(value for value in chosen if key in _CLOSED or (key, value) in known)
        for key, chosen in values.items()
    }
    return {key: chosen for key, chosen in kept.items() if chosen}


def _narrowed(
    models: RegisteredModelQuerySet, values: Mapping[str, tuple[str, ...]], *, but: str = ""
) -> RegisteredModelQuerySet:
    """Models that have one of the chosen values of every filter, except one filter."""
    for key, chosen in values.items():
        if key == but:
            continue
        if key == TYPE:
            models = models.filter(model_type__in=chosen)
        else:
            facets = Facet.objects.filter(model=OuterRef("pk"), kind=key, value__in=chosen)
            models = models.filter(Exists(facets))
    return models


def _featured(models: RegisteredModelQuerySet, choices: ListingFilters) -> RegisteredModelQuerySet:
    return models.filter(featured=True) if choices.featured else models


def _order(choices: ListingFilters) -> list[str | OrderBy]:
    """The order of the list without a text."""
    if choices.sort is ListingSort.NAME:
        return ["name_key", "model_type", "pk"]
    if choices.sort is ListingSort.NEWEST:
        newest = F("definition_updated_at").desc(nulls_last=True)
        return [newest, "name_key", "model_type", "pk"]
    if choices.sort in _BY_SOURCE:
        first = F(_BY_SOURCE[choices.sort]).desc(nulls_last=True)
        return [first, "name_key", "model_type", "pk"]
    if choices.sort is ListingSort.MEMORY:
        return [F("memory__need").asc(nulls_last=True), "name_key", "model_type", "pk"]
    if choices.sort is ListingSort.USED:
        return [F("figures__uses").desc(nulls_last=True), "name_key", "model_type", "pk"]
    rank = F("figures__recommended_rank").asc(nulls_last=True)
    # Without a rank: models that were published a moment ago, or are not public.
    return [rank, "-featured", "name_key", "model_type", "pk"]


def _ambiguous(user: User | AnonymousUser, models: Iterable[RegisteredModel]) -> frozenset[str]:
    """The name keys among the models that are ambiguous for the user."""
    named = RegisteredModel.objects.named_for(user).order_by()
    named = named.filter(name_key__in=[model.name_key for model in models])
    several = named.values("name_key").annotate(count=Count("pk")).filter(count__gt=1)
    return frozenset(several.values_list("name_key", flat=True))


def _groups(
    searched: RegisteredModelQuerySet, fitting: RegisteredModelQuerySet, choices: ListingFilters
) -> tuple[FilterGroup, ...]:
    free = [kind for kind in FACET_KINDS if not choices.of(kind)]
    counted = [_facet_counts(fitting, free)]
    for kind in FACET_KINDS:
        if choices.of(kind):
            others = _featured(_narrowed(searched, choices.values, but=kind), choices)
            counted.append(_facet_counts(others, [kind]))
    # One query, whichever filters are set.
    rows = counted[0].union(*counted[1:], all=True) if counted[1:] else counted[0]
    counts = {(kind, value): count for kind, value, count in rows}
    others = _featured(_narrowed(searched, choices.values, but=TYPE), choices)
    by_type = others.values_list("model_type").annotate(count=Count("pk"))
    counts.update({(TYPE, value): count for value, count in by_type})
    return tuple(_group(group, counts, choices) for group in GROUPS)


def _facet_counts(
    models: RegisteredModelQuerySet, kinds: list[str]
) -> QuerySet[Facet, tuple[str, str, int]]:
    facets = Facet.objects.filter(kind__in=kinds, model__in=models.values("pk"))
    return facets.values_list("kind", "value").annotate(count=Count("pk"))


def _group(
    group: FilterFamily, counts: Mapping[tuple[str, str], int], choices: ListingFilters
) -> FilterGroup:
    chosen = choices.of(group.key)
    counted = {value: count for (key, value), count in counts.items() if key == group.key}
    keys: Iterable[str] = {**counted, **dict.fromkeys(chosen)}
    if group.order is not None:
        # Only these: a process of another version may have stored values without a label here.
        keys = [value for value in group.order if value in keys]
    values = [
        FilterValue(value, group.label(value), counted.get(value, 0), value in chosen)
        for value in keys
    ]
    if group.order is not None:
        return FilterGroup(group.key, group.title, tuple(values), (), group.is_single)
    values.sort(
        key=lambda shown_value: (
            -shown_value.count,
            shown_value.label.casefold(),
            shown_value.value,
        )
    )
    # Folding a single value would not save space.
    cut = group.shown_at_once if len(values) > group.shown_at_once + 1 else len(values)
    return FilterGroup(group.key, group.title, tuple(values[:cut]), tuple(values[cut:]))


def _active(choices: ListingFilters) -> Iterable[ActiveFilter]:
    if choices.text:
        yield ActiveFilter(_("Search"), choices.text, replace(choices, text="", page=1).query())
    for group in GROUPS:
        for value in choices.of(group.key):
            without = choices.without(group.key, value).query()
            if group.key == FITS and choices.remembered:
                without += f"&{KEEP}=1"
            yield ActiveFilter(group.title, group.label(value), without)
    if choices.private:
        without = replace(choices, private=False, page=1).query()
        yield ActiveFilter("", str(_("Private models of others")), without)
    if choices.featured:
        without = replace(choices, featured=False, page=1).query()
        yield ActiveFilter("", str(_("Featured")), without)
