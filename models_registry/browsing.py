"""What the model list shows: the choices in its address, the models that fit, and the filters
with how many models each further choice would give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from math import ceil
from operator import or_
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Count, Exists, F, IntegerField, OrderBy, OuterRef, Q, Value, When
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from models_registry import labels
from models_registry.definitions.vocabulary import CONTEXT_BUCKETS, SIZE_BUCKETS
from models_registry.models import Facet, ModelType, RegisteredModel
from models_registry.querysets import RegisteredModelQuerySet, normalised

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE_SIZE = 24
TYPE = "type"
MAX_TEXT = 200
MAX_VALUES = 40
MAX_VALUE_LENGTH = 80


class Sort(StrEnum):
    """The orders of the list."""

    FEATURED = "featured"
    NAME = "name"
    NEWEST = "newest"


SORT_LABELS: dict[Sort, StrOrPromise] = {
    Sort.FEATURED: _("Featured"),
    Sort.NAME: _("Name"),
    Sort.NEWEST: _("Newest"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """One group of filters: its parameter, its title, how its values are called and ordered."""

    key: str
    title: StrOrPromise
    label: Callable[[str], str]
    # The values in their natural order; None: those with most models first.
    order: tuple[str, ...] | None = None
    shown_at_once: int = 8


GROUPS = (
    Group(TYPE, _("Type"), lambda value: str(ModelType(value).label), tuple(ModelType.values)),
    Group(Facet.Kind.ABILITY.value, _("Ability"), labels.ability_label),
    Group(
        Facet.Kind.SIZE.value,
        _("Model size"),
        labels.bucket_label,
        tuple(bucket.key for bucket in SIZE_BUCKETS),
    ),
    Group(
        Facet.Kind.CONTEXT.value,
        _("Context length"),
        labels.bucket_label,
        tuple(bucket.key for bucket in CONTEXT_BUCKETS),
    ),
    Group(Facet.Kind.FORMAT.value, _("Format"), labels.format_label, shown_at_once=10),
    Group(Facet.Kind.ENGINE.value, _("Engine"), labels.engine_label, shown_at_once=10),
    Group(Facet.Kind.LANGUAGE.value, _("Language"), labels.language_label, shown_at_once=6),
)
FACET_KINDS = tuple(group.key for group in GROUPS if group.key != TYPE)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a visitor asked for; everything that the list's address says."""

    text: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    featured: bool = False
    sort: Sort = Sort.FEATURED
    page: int = 1

    def of(self, key: str) -> tuple[str, ...]:
        """The chosen values of a group."""
        return self.values.get(key, ())

    def without(self, key: str, value: str | None = None) -> Choices:
        """The same without one value of a group, or without the whole group; on the first page."""
        kept = tuple(one for one in self.of(key) if value is not None and one != value)
        values = {**self.values, key: kept}
        return replace(self, values={k: v for k, v in values.items() if v}, page=1)

    def query(self) -> str:
        """The shortest query string that says the same, starting with "?"; empty for no choice."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(group.key, value) for group in GROUPS for value in self.of(group.key)]
        if self.featured:
            pairs.append(("featured", "1"))
        if self.sort != Sort.FEATURED:
            pairs.append(("sort", self.sort.value))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but sort and page was chosen."""
        return bool(self.text or self.values or self.featured)


@dataclass(frozen=True, slots=True)
class FilterValue:
    """One value of a group, and how many models it would give together with the other groups."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """A group of filters as shown: `more` holds the values behind "Show more"."""

    key: str
    title: StrOrPromise
    values: tuple[FilterValue, ...]
    more: tuple[FilterValue, ...]

    @property
    def is_unfolded(self) -> bool:
        """Whether a chosen value is behind "Show more"."""
        return any(value.is_chosen for value in self.more)


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """One choice that narrows the list, and the query string of the list without it."""

    title: StrOrPromise
    label: str
    query_without: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list."""

    choices: Choices
    models: tuple[RegisteredModel, ...]
    # Names on this page that stand for several models which the visitor may see.
    ambiguous: frozenset[str]
    total: int
    featured_count: int
    page_count: int
    groups: tuple[FilterGroup, ...]
    active: tuple[ActiveFilter, ...]

    def page_query(self, page: int) -> str:
        """The query string of another page of the same list."""
        return replace(self.choices, page=page).query() or "?"


def parse(params: QueryDict) -> Choices:
    """Read the choices out of an address; what can't be one of them is passed over."""
    values = {group.key: _readable(group, params.getlist(group.key)) for group in GROUPS}
    sort = params.get("sort", "")
    page = params.get("page", "")
    return Choices(
        text=" ".join(params.get("q", "").replace("\x00", " ").split())[:MAX_TEXT],
        values={key: found for key, found in values.items() if found},
        featured=params.get("featured") == "1",
        sort=Sort(sort) if sort in set(Sort) else Sort.FEATURED,
        page=max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 10 else 1,
    )


def browse(
    user: User | AnonymousUser, choices: Choices, *, among: RegisteredModelQuerySet | None = None
) -> Listing:
    """The page of the list that the choices ask for, of what the user may see.

    SECURITY: `among` narrows that further; it must start from `visible_to(user)` itself.

    Values that no visible model has are passed over, and a page after the last one is the last one.
    The number of queries does not depend on the number of models.
    """
    visible = (RegisteredModel.objects.visible_to(user) if among is None else among).order_by()
    choices = replace(choices, values=_known_values(visible, choices.values))
    searched = visible.search(choices.text)
    unfeatured = _narrowed(searched, choices.values)
    counted = unfeatured.aggregate(total=Count("pk"), featured=Count("pk", filter=Q(featured=True)))
    total = counted["featured"] if choices.featured else counted["total"]
    page_count = max(ceil(total / PAGE_SIZE), 1)
    choices = replace(choices, page=min(choices.page, page_count))
    fitting = _featured(unfeatured, choices)
    start = (choices.page - 1) * PAGE_SIZE
    ordered = fitting.order_by(*_order(choices)).select_related("owner").defer("search_text")
    models = tuple(ordered[start : start + PAGE_SIZE])
    return Listing(
        choices=choices,
        models=models,
        ambiguous=_ambiguous(visible, models),
        total=total,
        featured_count=counted["featured"],
        page_count=page_count,
        groups=_groups(searched, fitting, choices),
        active=tuple(_active(choices)),
    )


def _readable(group: Group, given: list[str]) -> tuple[str, ...]:
    """The values that may belong to the group, once each."""
    found = dict.fromkeys(given[:MAX_VALUES])
    if group.order is not None:
        return tuple(value for value in found if value in group.order)
    return tuple(v for v in found if v and len(v) <= MAX_VALUE_LENGTH and "\x00" not in v)


def _known_values(
    visible: RegisteredModelQuerySet, values: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Without the values that no visible model has; a hidden model's are as unknown as any."""
    closed = {group.key for group in GROUPS if group.order is not None}
    asked = [Q(kind=key, value__in=chosen) for key, chosen in values.items() if key not in closed]
    if not asked:
        return dict(values)
    facets = Facet.objects.filter(reduce(or_, asked), model__in=visible.values("pk"))
    known = set(facets.values_list("kind", "value").distinct())
    kept = {
        key: tuple(value for value in chosen if key in closed or (key, value) in known)
        for key, chosen in values.items()
    }
    return {key: chosen for key, chosen in kept.items() if chosen}


def _narrowed(
    models: RegisteredModelQuerySet, values: Mapping[str, tuple[str, ...]], *, but: str = ""
) -> RegisteredModelQuerySet:
    """Models that have one of the chosen values in every group, but for one group."""
    for key, chosen in values.items():
        if key == but:
            continue
        if key == TYPE:
            models = models.filter(model_type__in=chosen)
        else:
            facets = Facet.objects.filter(model=OuterRef("pk"), kind=key, value__in=chosen)
            models = models.filter(Exists(facets))
    return models


def _featured(models: RegisteredModelQuerySet, choices: Choices) -> RegisteredModelQuerySet:
    return models.filter(featured=True) if choices.featured else models


def _order(choices: Choices) -> list[str | OrderBy | Case]:
    """The order of the list; where words are searched, a model of exactly that name goes first."""
    if choices.sort is Sort.NAME:
        return ["name_key", "model_type", "pk"]
    if choices.sort is Sort.NEWEST:
        newest = F("definition_updated_at").desc(nulls_last=True)
        return [newest, "name_key", "model_type", "pk"]
    exact = Case(
        When(name_key=normalised(choices.text), then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    return [*([exact] if choices.text else []), "-featured", "name_key", "model_type", "pk"]


def _ambiguous(
    visible: RegisteredModelQuerySet, models: Iterable[RegisteredModel]
) -> frozenset[str]:
    """The name keys among the models that several visible models have."""
    named = visible.filter(name_key__in=[model.name_key for model in models])
    several = named.values("name_key").annotate(count=Count("pk")).filter(count__gt=1)
    return frozenset(several.values_list("name_key", flat=True))


def _groups(
    searched: RegisteredModelQuerySet, fitting: RegisteredModelQuerySet, choices: Choices
) -> tuple[FilterGroup, ...]:
    counts: dict[tuple[str, str], int] = {}
    free = [kind for kind in FACET_KINDS if not choices.of(kind)]
    counts.update(_facet_counts(fitting, free))
    for kind in FACET_KINDS:
        if choices.of(kind):
            others = _featured(_narrowed(searched, choices.values, but=kind), choices)
            counts.update(_facet_counts(others, [kind]))
    others = _featured(_narrowed(searched, choices.values, but=TYPE), choices)
    by_type = others.values_list("model_type").annotate(count=Count("pk"))
    counts.update({(TYPE, value): count for value, count in by_type})
    return tuple(_group(group, counts, choices) for group in GROUPS)


def _facet_counts(models: RegisteredModelQuerySet, kinds: list[str]) -> dict[tuple[str, str], int]:
    if not kinds:
        return {}
    facets = Facet.objects.filter(kind__in=kinds, model__in=models.values("pk"))
    counted = facets.values_list("kind", "value").annotate(count=Count("pk"))
    return {(kind, value): count for kind, value, count in counted}


def _group(group: Group, counts: Mapping[tuple[str, str], int], choices: Choices) -> FilterGroup:
    chosen = choices.of(group.key)
    found = {value: count for (key, value), count in counts.items() if key == group.key}
    values = [
        FilterValue(value, group.label(value), found.get(value, 0), value in chosen)
        for value in {**found, **dict.fromkeys(chosen)}
    ]
    if group.order is not None:
        order = group.order
        values = [one for one in values if one.value in order]
        values.sort(key=lambda one: order.index(one.value))
        return FilterGroup(group.key, group.title, tuple(values), ())
    values.sort(key=lambda one: (-one.count, one.label.casefold(), one.value))
    # A fold that hides a single value takes as much room as the value.
    cut = group.shown_at_once if len(values) > group.shown_at_once + 1 else len(values)
    return FilterGroup(group.key, group.title, tuple(values[:cut]), tuple(values[cut:]))


def _active(choices: Choices) -> Iterable[ActiveFilter]:
    if choices.text:
        yield ActiveFilter(_("Search"), choices.text, replace(choices, text="", page=1).query())
    for group in GROUPS:
        for value in choices.of(group.key):
            without = choices.without(group.key, value).query()
            yield ActiveFilter(group.title, group.label(value), without)
    if choices.featured:
        without = replace(choices, featured=False, page=1).query()
        yield ActiveFilter("", str(_("Featured")), without)
