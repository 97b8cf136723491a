"""The bytes of a model's variants, from the files that visits have seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models_registry.definitions.facts import weights
from models_registry.definitions.facts.weights import WeightBytes
from models_registry.models import ModelSource, RegisteredModel, RepositoryRecord


def known_weights(
    model: RegisteredModel,
    records: Sequence[Mapping[str, Any]],
    seen: Iterable[RepositoryRecord] | None = None,
) -> tuple[WeightBytes, ...]:
    """How many bytes each choice of a model downloads and loads: format, size, quantization, hub.

    `records` are those of the shown revision. `seen` are the repositories of the model with their
    files; without them this takes one query. Bytes that the hub does not know are None. The sizes
    are those of the repository's default branch.
    """
    if seen is None:
        seen = seen_repositories([model])[model.pk]
    files = {(record.hub, record.repository_id): record.files for record in seen if record.seen_at}
    return weights.weights_of(
        model.model_type, model.name, records, lambda hub, name: files.get((hub, name))
    )


def seen_repositories(models: Sequence[RegisteredModel]) -> Mapping[int, list[RepositoryRecord]]:
    """The repositories that were seen, with their files, of each of these models, by its key."""
    seen: dict[int, list[RepositoryRecord]] = {model.pk: [] for model in models}
    for visibility in sorted({model.visibility for model in models}):
        keys = [model.pk for model in models if model.visibility == visibility]
        links = ModelSource.objects.filter(model__in=keys, repository__seen_at__isnull=False)
        links = links.readable_for(visibility).select_related("repository").order_by("position")
        for link in links.defer("repository__readme", "repository__readme_zh"):
            seen[link.model_id].append(link.repository)
    return seen
