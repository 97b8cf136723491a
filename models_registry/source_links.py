"""Which source repositories a model names, and what they say of it together. Both are derived.

`publication` calls `link` for each definition that goes live, `visits` calls `summarise` for each
repository that it has seen. Neither writes a model's own row, so that they wait for no lock of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

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


def named_repositories(facts: Facts) -> list[tuple[str, str]]:
    """The repositories on visited hubs that a definition names, as (hub, id), in order."""
    named = dict.fromkeys(
        (variant.hub, place.model_id)
        for variant in facts.variants
        for place in variant.repositories
        if variant.hub in VISITED and is_repository_id(place.model_id)
    )
    return sorted(named, key=lambda place: VISITED.index(place[0]))[:MAX_SOURCES]


def link(model: RegisteredModel, facts: Facts) -> None:
    """Record the repositories that the model names, and derive what they say of it."""
    named = named_repositories(facts)
    links = ModelSource.objects.filter(model=model)
    before = links.order_by("position").values_list("repository__hub", "repository__repository_id")
    if named and list(before) == named:
        return
    RepositoryRecord.objects.bulk_create(
        (RepositoryRecord(hub=hub, repository_id=name) for hub, name in sorted(named)),
        ignore_conflicts=True,
    )
    keys = {
        (hub, name): pk
        for hub, name, pk in RepositoryRecord.objects.filter(
            hub__in=VISITED, repository_id__in=[name for _, name in named]
        ).values_list("hub", "repository_id", "pk")
    }
    # Only what the owner of a private model has asked for stays asked for.
    is_private = model.visibility == Visibility.PRIVATE
    asked = dict(links.values_list("repository_id", "asked_at")) if is_private else {}
    links.delete()
    hubs = [hub for hub, _ in named]
    ModelSource.objects.bulk_create(
        ModelSource(
            model=model,
            repository_id=keys[place],
            position=position,
            is_first=hubs.index(place[0]) == position,
            asked_at=asked.get(keys[place]),
        )
        for position, place in enumerate(named)
    )
    _summarise(RegisteredModel.objects.filter(pk=model.pk), model.visibility)


def summarise(model_keys: Iterable[int]) -> None:
    """Derive again what the repositories of these models say together."""
    models = RegisteredModel.objects.filter(pk__in=list(model_keys))
    private = models.filter(visibility=Visibility.PRIVATE)
    _summarise(private, Visibility.PRIVATE)
    _summarise(models.exclude(visibility=Visibility.PRIVATE), Visibility.PUBLIC)


def _summarise(models: RegisteredModelQuerySet, visibility: str) -> None:
    links = ModelSource.objects.readable_for(visibility).order_by("position")
    light = Prefetch("repository", RepositoryRecord.objects.light())
    rows = models.only("pk").order_by("pk")
    summaries, facets = [], []
    for model in rows.prefetch_related(Prefetch("sources", links.prefetch_related(light))):
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
    _replace_facets([summary.model_id for summary in summaries], facets)


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


def _replace_facets(model_keys: list[int], wanted: list[Facet]) -> None:
    """Write only what differs: most visits find what the last one found."""
    rows = Facet.objects.filter(model__in=model_keys, kind__in=KINDS)
    before = {(row.model_id, row.kind, row.value): row.pk for row in rows}
    after = {(facet.model_id, str(facet.kind), facet.value): facet for facet in wanted}
    gone = [pk for key, pk in before.items() if key not in after]
    if gone:
        Facet.objects.filter(pk__in=gone).delete()
    Facet.objects.bulk_create(
        (facet for key, facet in after.items() if key not in before), ignore_conflicts=True
    )


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
