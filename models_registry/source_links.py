"""Which source repositories a model names, and what they say of it together. Both are derived.

`derived_rows` calls `link` for the definitions that go live, `visits` calls `summarise` for each
repository that it has seen. Neither writes a model's own row, so that they wait for no lock of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from django.db.models import Exists, OuterRef, Prefetch, Q

from models_registry.definitions.facts.facts import Facts
from models_registry.definitions.facts.vocabulary import is_repository_id
from models_registry.models import (
    Facet,
    ModelSource,
    ReadmeOrigin,
    RegisteredModel,
    RepositoryRecord,
    RepositoryStatus,
    SourceSummary,
    SourceTrouble,
    Visibility,
)
from models_registry.models.registry import RegisteredModelQuerySet

# The hubs that are visited, in the order of their say.
VISITED: Final = ("huggingface", "modelscope")
# A definition that names more is nobody's real one.
MAX_SOURCES: Final = 500
KINDS: Final = (Facet.Kind.LICENCE, Facet.Kind.GATED)
GATED, OPEN = "gated", "open"
# What a BigIntegerField holds, and a little less.
_MOST: Final = 2**62
_BATCH: Final = 500

# A hub and the id of a repository there.
Place = tuple[str, str]
T = TypeVar("T")


def named_repositories(facts: Facts) -> list[Place]:
    """The repositories on visited hubs that a definition names, as (hub, id), in order."""
    named = dict.fromkeys(
        (variant.hub, place.model_id)
        for variant in facts.variants
        for place in variant.repositories
        if variant.hub in VISITED and is_repository_id(place.model_id)
    )
    return sorted(named, key=lambda place: VISITED.index(place[0]))[:MAX_SOURCES]


def link(named: Mapping[int, Sequence[Place]]) -> None:
    """Record the repositories that these models name, by primary key, and derive what they say.

    Models share repositories. All rows that may be new are inserted in one order: two transactions
    that bring the same ones in different orders would deadlock.
    """
    changed = {
        model_key: places
        for some in _batches(sorted(named))
        for model_key, places in _changed({key: named[key] for key in some}).items()
    }
    if not changed:
        return
    keys = _repository_keys(sorted({place for places in changed.values() for place in places}))
    for some in _batches(list(changed)):
        _replace_links({model_key: changed[model_key] for model_key in some}, keys)
        summarise(some)


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def _changed(named: Mapping[int, Sequence[Place]]) -> dict[int, Sequence[Place]]:
    """Those of these models, if they exist, that named other repositories before, or none."""
    linked: dict[int, list[Place]] = {
        pk: [] for pk in RegisteredModel.objects.filter(pk__in=named).values_list("pk", flat=True)
    }
    links = ModelSource.objects.filter(model__in=named).order_by("position")
    for model_key, hub, name in links.values_list(
        "model_id", "repository__hub", "repository__repository_id"
    ):
        linked[model_key].append((hub, name))
    return {key: named[key] for key in linked if not named[key] or linked[key] != named[key]}


def _replace_links(
    named: Mapping[int, Sequence[Place]], repository_keys: Mapping[Place, int]
) -> None:
    links = ModelSource.objects.filter(model__in=named)
    # Only what the owner of a private model has asked for stays asked for.
    of_private = links.filter(model__visibility=Visibility.PRIVATE, asked_at__isnull=False)
    asked = {(link.model_id, link.repository_id): link.asked_at for link in of_private}
    links.delete()
    rows = []
    for model_key, places in named.items():
        hubs = [hub for hub, _ in places]
        for position, place in enumerate(places):
            repository_key = repository_keys[place]
            rows.append(
                ModelSource(
                    model_id=model_key,
                    repository_id=repository_key,
                    position=position,
                    is_first=hubs.index(place[0]) == position,
                    asked_at=asked.get((model_key, repository_key)),
                )
            )
    ModelSource.objects.bulk_create(rows)


def _repository_keys(places: Sequence[Place]) -> dict[Place, int]:
    """The primary keys of these repositories; those that have no row get one, in this order."""
    keys = {}
    for some in _batches(places):
        RepositoryRecord.objects.bulk_create(
            (RepositoryRecord(hub=hub, repository_id=name) for hub, name in some),
            ignore_conflicts=True,
        )
        rows = RepositoryRecord.objects.filter(
            hub__in=VISITED, repository_id__in=[name for _, name in some]
        )
        for hub, name, pk in rows.values_list("hub", "repository_id", "pk"):
            keys[hub, name] = pk
    return keys


def summarise(model_keys: Iterable[int]) -> None:
    """Derive again what the repositories of these models say together."""
    models = RegisteredModel.objects.filter(pk__in=list(model_keys))
    private = models.filter(visibility=Visibility.PRIVATE)
    _summarise(private, Visibility.PRIVATE)
    _summarise(models.exclude(visibility=Visibility.PRIVATE), Visibility.PUBLIC)


def _summarise(models: RegisteredModelQuerySet, visibility: str) -> None:
    links = ModelSource.objects.readable_for(visibility).order_by("position")
    links = links.select_related("repository")
    links = links.defer("repository__readme", "repository__readme_zh", "repository__files")
    rows = models.only("pk").order_by("pk")
    summaries, facets = [], []
    for model in rows.prefetch_related(Prefetch("sources", links)):
        records = [source.repository for source in model.sources.all()]
        summaries.append(_summary(model, records))
        facets += _facets(model, records)
    SourceSummary.objects.bulk_create(
        summaries,
        update_conflicts=True,
        unique_fields=["model"],
        update_fields=[
            "licence", "gated", "downloads", "likes", "changed_at", "seen_at", "trouble",
        ],
    )  # fmt: skip
    Facet.objects.replace([summary.model_id for summary in summaries], KINDS, facets)


def _summary(model: RegisteredModel, records: list[RepositoryRecord]) -> SourceSummary:
    seen = [record for record in records if record.seen_at is not None]
    first_hub = seen[0].hub if seen else ""
    counted = [record for record in seen if record.hub == first_hub]
    gated = [record.gated for record in seen if record.gated is not None]
    troubles = {record.trouble for record in records}
    return SourceSummary(
        model=model,
        licence=next((record.licence for record in seen if record.licence), ""),
        gated=any(gated) if gated else None,
        downloads=_sum(record.downloads for record in counted),
        likes=_sum(record.likes for record in counted),
        changed_at=max((r.last_modified for r in seen if r.last_modified), default=None),
        seen_at=min((record.seen_at for record in seen if record.seen_at), default=None),
        trouble=next((trouble for trouble in SourceTrouble.values if trouble in troubles), ""),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return min(sum(known), _MOST) if known else None


def _facets(model: RegisteredModel, records: list[RepositoryRecord]) -> list[Facet]:
    licences = {record.licence for record in records if record.licence}
    facets = [
        Facet(model=model, kind=Facet.Kind.LICENCE, value=value) for value in sorted(licences)
    ]
    gated = {record.gated for record in records if record.gated is not None}
    if gated:
        value = GATED if True in gated else OPEN
        facets.append(Facet(model=model, kind=Facet.Kind.GATED, value=value))
    return facets


def models_naming(records: Iterable[RepositoryRecord]) -> list[int]:
    """The keys of the models that name any of these repositories."""
    links = ModelSource.objects.filter(repository__in=list(records))
    return sorted(set(links.values_list("model_id", flat=True)))


def readme_wanted() -> Q:
    """The repositories whose README may stand for a model with a generated one: the first one that
    the model names, and the first one of another hub if that has none."""
    links = ModelSource.objects.filter(
        repository=OuterRef("pk"),
        model__published_revision__readme_origin=ReadmeOrigin.GENERATED,
    )
    without = ModelSource.objects.filter(
        model=OuterRef("model"), position=0, repository__visited_at__isnull=False
    ).exclude(repository__status=RepositoryStatus.FOUND, repository__readme__gt="")
    others = links.filter(Exists(without), is_first=True, position__gt=0)
    return Q(Exists(links.filter(position=0))) | Q(Exists(others))


def readable(record: RepositoryRecord) -> bool:
    """Whether the repository's README may stand for a model."""
    return record.status == RepositoryStatus.FOUND and bool(record.readme.strip())
