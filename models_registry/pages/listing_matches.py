"""Which models match the filters of the list: by the index in memory, by the search, or by plain
queries. All three say the same; the plain queries read all models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, F, OrderBy, OuterRef, Q, QuerySet

from accounts.models import User
from models_registry import model_search
from models_registry.models import Facet, RegisteredModelQuerySet
from models_registry.pages.listing_filters import (
    CLOSED,
    FACET_KINDS,
    FITS,
    TYPE,
    ListingFilters,
    ListingSort,
    sort_of,
)
from models_registry.public_index import VisibleIndex, found_index, visible_index

# Orders by what the source repositories say; models without that come last.
_BY_SOURCE = {
    ListingSort.POPULAR: "source_summary__downloads",
    ListingSort.CHANGED: "source_summary__changed_at",
}
# Filters whose values change without a new definition: the search's documents do not have them.
_KINDS_OF_SOURCES = (
    Facet.Kind.LICENCE.value,
    Facet.Kind.GATED.value,
    Facet.Kind.RELEASE.value,
    FITS,
)


@dataclass(frozen=True, slots=True)
class ListingMatches:
    """The models that match.

    `values` are the chosen ones without those that no visible model has; `counts` the number of
    models for each further value; `keys` returns the models between two places of the order.
    """

    values: Mapping[str, tuple[str, ...]]
    total: int
    featured_count: int
    counts: Mapping[tuple[str, str], int]
    keys: Callable[[int, int], list[int]]
    found: model_search.Found | None = None


def by_index(
    visible: RegisteredModelQuerySet,
    choices: ListingFilters,
    *,
    is_anonymous: bool,
    of_type: str = "",
) -> ListingMatches | None:
    """The matches without a text; None if the index can't be used.

    SECURITY: `visible` is `visible_to(user)`; with `of_type`, its published models of that type.
    """
    index = visible_index(visible, is_anonymous=is_anonymous, of_type=of_type)
    if index is None:
        return None

    def is_known(key: str, value: str) -> bool:
        return key in CLOSED or index.has(key, value)

    values = _kept(choices.values, is_known)
    fitting = index.fitting(values, featured=choices.featured)
    counts = _index_counts(index, values, choices)
    sort = sort_of(choices.text, choices.sort).value

    def keys(start: int, stop: int) -> list[int]:
        return index.page_keys(fitting, sort, _order(choices.sort), start, stop)

    featured_count = index.fitting(values, featured=True).bit_count()
    return ListingMatches(values, fitting.bit_count(), featured_count, counts, keys)


def _index_counts(
    index: VisibleIndex, values: Mapping[str, tuple[str, ...]], choices: ListingFilters
) -> dict[tuple[str, str], int]:
    """The number of models for each further value, of all filters."""
    free = [kind for kind in (TYPE, *FACET_KINDS) if kind not in values]
    fitting = index.fitting(values, featured=choices.featured)
    counts = dict(index.counts(fitting, free))
    for kind in values:
        others = index.fitting(values, featured=choices.featured, but=kind)
        counts.update(index.counts(others, (kind,)))
    return counts


def by_queries(visible: RegisteredModelQuerySet, choices: ListingFilters) -> ListingMatches:
    """The matches without a text, by queries that read all models."""
    values = _known_values(visible, choices.values)
    unfeatured = _narrowed(visible, values)
    counted = unfeatured.aggregate(total=Count("pk"), featured=Count("pk", filter=Q(featured=True)))
    total = counted["featured"] if choices.featured else counted["total"]
    fitting = _featured(unfeatured, choices)
    ordered = fitting.order_by(*_order(choices.sort)).values_list("pk", flat=True)
    return ListingMatches(
        values,
        total,
        counted["featured"],
        _counts(visible, fitting, values, choices),
        lambda start, stop: list(ordered[start:stop]),
    )


def by_search(visible: RegisteredModelQuerySet, choices: ListingFilters) -> ListingMatches:
    """The matches of a text. Counts are those of the models that were found."""
    chosen = _known_values(visible, choices.values)
    found = model_search.find(visible, choices.text)
    several = found.models
    if found.is_cut and (chosen or choices.featured):
        # Among those that were left out, others may have the chosen values.
        narrowed = visible.filter(featured=True) if choices.featured else visible
        found = model_search.find(_narrowed(narrowed, chosen), choices.text)
        several = tuple({model.pk: model for model in (*several, *found.models)}.values())
    fits, counts = _found_by_index(visible, several, chosen, choices) or _found_by_values(
        several, chosen, choices
    )
    unfeatured = [model for model in found.models if fits(model)]
    featured_count = sum(model.featured for model in unfeatured)
    fitting = [model for model in unfeatured if model.featured or not choices.featured]
    keys = [model.pk for model in fitting]
    if choices.sort is not ListingSort.RELEVANCE:
        ordered = visible.filter(pk__in=keys).order_by(*_order(choices.sort))
        keys = list(ordered.values_list("pk", flat=True))

    return ListingMatches(
        chosen, len(fitting), featured_count, counts, lambda start, stop: keys[start:stop], found
    )


_Fits = Callable[[model_search.FoundModel], bool]


def _found_by_index(
    visible: RegisteredModelQuerySet,
    several: Sequence[model_search.FoundModel],
    chosen: Mapping[str, tuple[str, ...]],
    choices: ListingFilters,
) -> tuple[_Fits, Mapping[tuple[str, str], int]] | None:
    """Whether a found model has the chosen values, and the counts; None without the index."""
    index = found_index(visible, [model.pk for model in several])
    if index is None:
        return None
    fitting = index.fitting(chosen)
    return lambda model: bool(fitting >> model.pk & 1), _index_counts(index, chosen, choices)


def _found_by_values(
    several: Sequence[model_search.FoundModel],
    chosen: Mapping[str, tuple[str, ...]],
    choices: ListingFilters,
) -> tuple[_Fits, Mapping[tuple[str, str], int]]:
    """The same by the values that stand in the documents, and those of sources."""
    values = _values_of(several)
    counts: Counter[tuple[str, str]] = Counter()
    for kind in (TYPE, *FACET_KINDS):
        others = {key: values for key, values in chosen.items() if key != kind}
        for model in several:
            if _fits(values[model.pk], others) and (model.featured or not choices.featured):
                for value in values[model.pk].get(kind, ()):
                    counts[kind, value] += 1
    return lambda model: _fits(values[model.pk], chosen), counts


def count_types(user: User | AnonymousUser, published: RegisteredModelQuerySet) -> dict[str, int]:
    """The number of models of each type. SECURITY: `published` are those that the user may see."""
    index = visible_index(published, is_anonymous=not user.is_authenticated)
    if index is not None:
        return {value: count for (_kind, value), count in index.counts(index.models, (TYPE,))}
    return dict(published.order_by().values_list("model_type").annotate(count=Count("pk")))


def _values_of(models: Iterable[model_search.FoundModel]) -> dict[int, dict[str, list[str]]]:
    """The values of all filters of found models; those of sources do not stand in documents."""
    values = {
        model.pk: {TYPE: [model.model_type], **model.by_kind(FACET_KINDS)} for model in models
    }
    of_sources = Facet.objects.filter(model__in=list(values), kind__in=_KINDS_OF_SOURCES)
    for key, kind, value in of_sources.values_list("model_id", "kind", "value"):
        values[key][kind].append(value)
    return values


def _fits(own: Mapping[str, list[str]], values: Mapping[str, tuple[str, ...]]) -> bool:
    return all(not set(chosen).isdisjoint(own.get(key, ())) for key, chosen in values.items())


def _kept(
    values: Mapping[str, tuple[str, ...]], is_known: Callable[[str, str], bool]
) -> dict[str, tuple[str, ...]]:
    """Without values that no visible model has. SECURITY: also without those of hidden models."""
    kept = {
        key: tuple(value for value in chosen if is_known(key, value))
        for key, chosen in values.items()
    }
    return {key: chosen for key, chosen in kept.items() if chosen}


def _known_values(
    visible: RegisteredModelQuerySet, values: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    asked = [Q(kind=key, value__in=chosen) for key, chosen in values.items() if key not in CLOSED]
    if not asked:
        return dict(values)
    facets = Facet.objects.filter(reduce(or_, asked), model__in=visible.values("pk"))
    known = set(facets.values_list("kind", "value").distinct())
    return _kept(values, lambda key, value: key in CLOSED or (key, value) in known)


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


def _order(sort: ListingSort) -> list[str | OrderBy]:
    """The order of the list without a text."""
    if sort is ListingSort.NAME:
        return ["name_key", "model_type", "pk"]
    if sort is ListingSort.NEWEST:
        newest = F("definition_updated_at").desc(nulls_last=True)
        return [newest, "name_key", "model_type", "pk"]
    if sort in _BY_SOURCE:
        first = F(_BY_SOURCE[sort]).desc(nulls_last=True)
        return [first, "name_key", "model_type", "pk"]
    if sort is ListingSort.MEMORY:
        return [F("memory__need").asc(nulls_last=True), "name_key", "model_type", "pk"]
    if sort is ListingSort.USED:
        return [F("figures__uses").desc(nulls_last=True), "name_key", "model_type", "pk"]
    rank = F("figures__recommended_rank").asc(nulls_last=True)
    # Without a rank: models that were published a moment ago, or are not public.
    return [rank, "-featured", "name_key", "model_type", "pk"]


def _counts(
    searched: RegisteredModelQuerySet,
    fitting: RegisteredModelQuerySet,
    values: Mapping[str, tuple[str, ...]],
    choices: ListingFilters,
) -> dict[tuple[str, str], int]:
    free = [kind for kind in FACET_KINDS if kind not in values]
    counted = [_facet_counts(fitting, free)]
    for kind in FACET_KINDS:
        if kind in values:
            others = _featured(_narrowed(searched, values, but=kind), choices)
            counted.append(_facet_counts(others, [kind]))
    # One query, whichever filters are set.
    rows = counted[0].union(*counted[1:], all=True) if counted[1:] else counted[0]
    counts = {(kind, value): count for kind, value, count in rows}
    others = _featured(_narrowed(searched, values, but=TYPE), choices)
    by_type = others.values_list("model_type").annotate(count=Count("pk"))
    counts.update({(TYPE, value): count for value, count in by_type})
    return counts


def _facet_counts(
    models: RegisteredModelQuerySet, kinds: list[str]
) -> QuerySet[Facet, tuple[str, str, int]]:
    facets = Facet.objects.filter(kind__in=kinds, model__in=models.values("pk"))
    return facets.values_list("kind", "value").annotate(count=Count("pk"))
