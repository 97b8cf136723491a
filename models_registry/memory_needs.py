"""Stores for each model the smallest need of memory that its published definition has.

Like `source_links`, this writes no model's own row, so that it waits for no lock of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.launch.needs import (
    ByteKey,
    KnownBytes,
    VariantNeed,
    fitting_gpus,
    needs_of,
    smallest,
)
from models_registry.models import Facet, RegisteredModel, RepositoryRecord, SmallestNeed
from models_registry.source_weights import known_weights, seen_repositories


def known_bytes(
    model: RegisteredModel,
    records: Sequence[Any],
    seen: Iterable[RepositoryRecord] | None = None,
) -> Mapping[ByteKey, KnownBytes]:
    """The real sizes of the model's files, as far as the hub has seen its repositories.

    `seen` are the repositories with their files; without them this takes one query.
    """
    return {
        ByteKey(
            choice.record_index,
            choice.spec_index,
            choice.hub,
            choice.model_format or "",
            choice.quantization,
        ): KnownBytes(choice.download, choice.load)
        for choice in known_weights(model, records, seen)
        if choice.download or choice.load
    }


def derive(models: Sequence[tuple[RegisteredModel, Sequence[Any]]]) -> None:
    """Store the needs of models with these records, and the GPUs that they fit in."""
    seen = seen_repositories([model for model, _records in models])
    needs = {
        model.pk: smallest(
            needs_of(model.model_type, records, known_bytes(model, records, seen[model.pk]))
        )
        for model, records in models
    }
    SmallestNeed.objects.bulk_create(
        (
            SmallestNeed(
                model_id=model_key,
                need=None if need is None else need.total,
                choice={} if need is None else _choice(need),
            )
            for model_key, need in needs.items()
        ),
        update_conflicts=True,
        unique_fields=["model"],
        update_fields=["need", "choice"],
    )
    fits = Facet.Kind.FITS
    Facet.objects.replace(
        list(needs),
        [fits],
        [
            Facet(model_id=model_key, kind=fits, value=gpu)
            for model_key, need in needs.items()
            for gpu in sorted(fitting_gpus(need))
        ],
    )


def derive_again(model_key: int) -> None:
    """Derive the need of a published model again, after sizes of its files became known.

    A definition that can't be read keeps the need that it had.
    """
    published = RegisteredModel.objects.filter(published_revision__isnull=False)
    model = published.select_related("published_revision").filter(pk=model_key).first()
    if model is None or model.published_revision is None:
        return
    try:
        records = definition_text.parse(model.published_revision.definition).records
    except DefinitionTextError:
        return
    derive([(model, records)])


def _choice(need: VariantNeed) -> dict[str, Any]:
    return {
        "format": need.model_format,
        "size": need.size,
        "quantization": need.quantization,
        "weights": need.weights,
        "cache": need.cache,
        "context": need.context,
        "is_measured": need.bits is None,
    }
