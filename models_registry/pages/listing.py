"""A page of the model list: the models that match, and for each further filter value the number of
models that it would show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from models_registry import model_search
from models_registry.models import RegisteredModel, RegisteredModelQuerySet, Visibility
from models_registry.pages import listing_matches
from models_registry.pages.listed_models import ListedModel, listed_models
from models_registry.pages.listing_filters import (
    FILTER_TITLES,
    FITS,
    GROUPS,
    KEEP,
    TYPE,
    FilterFamily,
    ListingFilters,
)
from models_registry.permissions import PUBLIC_MAINTENANCE, holds_any

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE_SIZE = 24
_FAMILIES: dict[str, FilterFamily] = {family.key: family for family in GROUPS}


@dataclass(frozen=True, slots=True)
class FilterValue:
    """One value of a filter, and the number of models that it would show with the other filters."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class FilterGroup:
    """A filter as shown. `counted`: its values with their numbers of models; `chosen`: those set.

    Two are equal if they show the same; labels are only looked up for what is rendered.
    """

    key: str
    counted: tuple[tuple[str, int], ...]
    chosen: tuple[str, ...]

    @property
    def title(self) -> StrOrPromise:
        """Its title."""
        return _FAMILIES[self.key].title

    @property
    def is_single(self) -> bool:
        """True if at most one value can be chosen."""
        return _FAMILIES[self.key].is_single

    @property
    def is_empty(self) -> bool:
        """True if it has no values."""
        return not (self.counted or self.chosen)

    @property
    def values(self) -> tuple[FilterValue, ...]:
        """The values that are shown at once."""
        return self._values[0]

    @property
    def more(self) -> tuple[FilterValue, ...]:
        """The values behind "Show more"."""
        return self._values[1]

    @property
    def is_unfolded(self) -> bool:
        """True if a chosen value is behind "Show more"."""
        return any(value.is_chosen for value in self.more)

    @property
    def is_chosen(self) -> bool:
        """True if one of its values is chosen."""
        return bool(self.chosen)

    @cached_property
    def _values(self) -> tuple[tuple[FilterValue, ...], tuple[FilterValue, ...]]:
        family, counts = _FAMILIES[self.key], dict(self.counted)
        keys: Iterable[str] = {**counts, **dict.fromkeys(self.chosen)}
        if family.order is not None:
            keys = [value for value in family.order if value in keys]
        values = [
            FilterValue(value, family.label(value), counts.get(value, 0), value in self.chosen)
            for value in keys
        ]
        if family.order is not None:
            return tuple(values), ()
        values.sort(key=lambda value: (-value.count, value.label.casefold(), value.value))
        # Folding a single value would not save space.
        cut = family.shown_at_once if len(values) > family.shown_at_once + 1 else len(values)
        return tuple(values[:cut]), tuple(values[cut:])


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


@dataclass(frozen=True)
class ModelListing:
    """A page of the list."""

    choices: ListingFilters
    page: Page[Any]
    rows: tuple[ListedModel, ...]
    # Names on this page that stand for several models that the visitor may see.
    ambiguous: frozenset[str]
    total: int
    featured_count: int
    groups: tuple[FilterGroup, ...]
    active: tuple[ActiveFilter, ...]
    # What the search made of the text; None without one.
    searched: SearchedText | None = None

    @cached_property
    def models(self) -> tuple[RegisteredModel, ...]:
        """The models of the rows."""
        return tuple(row.model for row in self.rows)

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
    of_type: str = "",
    hides_private: bool = False,
) -> ModelListing:
    """The page of the list for these filters, with models that the user may see.

    `hides_private` leaves out the private models of others, also for people who see all of them.
    SECURITY: `among` restricts the models further; it must itself start from `visible_to(user)`.
    `of_type` says that it restricts them to published models of this type, and to nothing else.

    Values that no visible model has are ignored, and a page after the last one shows the last one.
    The number of queries does not depend on the number of models.
    """
    every = RegisteredModel.objects.visible_to(user)
    visible = (every if among is None else among).order_by()
    if hides_private and sees_private_models(user):
        visible = visible.exclude(Q(visibility=Visibility.PRIVATE) & ~Q(owner=user.pk))
    matches = None
    if choices.text:
        matches = listing_matches.by_search(visible, choices)
    elif among is None or of_type:
        is_anonymous = not user.is_authenticated
        matches = listing_matches.by_index(
            visible, choices, is_anonymous=is_anonymous, of_type=of_type
        )
    if matches is None:
        matches = listing_matches.by_queries(visible, choices)
    page = Paginator(range(matches.total), PAGE_SIZE).get_page(choices.page)
    choices = replace(choices, values=matches.values, page=page.number)
    start = (page.number - 1) * PAGE_SIZE
    rows = listed_models(visible, matches.keys(start, start + PAGE_SIZE))
    found = matches.found
    return ModelListing(
        choices=choices,
        page=page,
        rows=rows,
        ambiguous=_ambiguous(every.nameable_by(user), rows),
        total=matches.total,
        featured_count=matches.featured_count,
        groups=tuple(_groups(matches.counts, choices)),
        active=tuple(_active(choices)),
        searched=None if found is None else _searched(found, choices),
    )


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


def _ambiguous(nameable: RegisteredModelQuerySet, models: Iterable[ListedModel]) -> frozenset[str]:
    """The name keys of the models that several nameable models have."""
    named = nameable.filter(name_key__in=[model.name_key for model in models])
    counts = Counter(named.values_list("name_key", flat=True))
    return frozenset(key for key, count in counts.items() if count > 1)


def _groups(
    counts: Mapping[tuple[str, str], int], choices: ListingFilters
) -> Iterable[FilterGroup]:
    counted: dict[str, list[tuple[str, int]]] = {key: [] for key in _FAMILIES}
    for (key, value), count in counts.items():
        counted[key].append((value, count))
    for key, family in _FAMILIES.items():
        chosen: Iterable[str] = choices.of(key)
        values: Iterable[tuple[str, int]] = sorted(counted[key])
        if family.order is not None:
            # Only these: a process of another version may have stored values without a label here.
            known = family.order
            chosen = (value for value in chosen if value in known)
            values = (value for value in values if value[0] in known)
        yield FilterGroup(key, tuple(values), tuple(chosen))


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
