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
from models_registry.source_weights import known_weights


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


def derive(model: RegisteredModel, records: Sequence[Any]) -> None:
    """Store the need of a model with these records, and the GPUs that it fits in."""
    need = smallest(needs_of(model.model_type, records, known_bytes(model, records)))
    SmallestNeed.objects.bulk_create(
        [
            SmallestNeed(
                model=model,
                need=None if need is None else need.total,
                choice={} if need is None else _choice(need),
            )
        ],
        update_conflicts=True,
        unique_fields=["model"],
        update_fields=["need", "choice"],
    )
    wanted = set(fitting_gpus(need))
    facets = Facet.objects.filter(model=model, kind=Facet.Kind.FITS)
    facets.exclude(value__in=wanted).delete()
    there = set(facets.values_list("value", flat=True))
    Facet.objects.bulk_create(
        [Facet(model=model, kind=Facet.Kind.FITS, value=gpu) for gpu in sorted(wanted - there)],
        ignore_conflicts=True,
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
    derive(model, records)


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
