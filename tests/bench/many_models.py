"""Fills a database with many models: real definitions under varied names.

Most are like derivatives that people publish (`qwen3-tuned-17`), others have a name of their own.
Everything that the search reads is made by the functions that publish models; only the rows are
written in bulk.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from django.db.models import OuterRef, Subquery

from accounts.models import User
from models_registry import publication
from models_registry.definitions.facts import facts as definition_facts
from models_registry.definitions.facts.facts import Facts
from models_registry.definitions.facts.kinds import MODEL_TYPES, name_key
from models_registry.models import (
    Facet,
    ListingFigures,
    RegisteredModel,
    Revision,
    SearchDocument,
    SmallestNeed,
)

BATCH = 2000
ENDINGS = ("tuned", "lora", "merged", "chat", "instruct", "medical", "legal", "finance", "roleplay")
SYLLABLES = ("ka", "lo", "mi", "ra", "ven", "tor", "sol", "nex", "aur", "pha", "qui", "zen", "dro")

# What the smallest variant is, as the API tells it.
_CHOICE = {
    "format": "pytorch", "size": "7", "quantization": "", "weights": 1, "cache": 1, "context": 4096,
}  # fmt: skip


def definitions(catalogue: Path) -> list[tuple[str, Facts]]:
    """The types and facts of all definitions of a catalogue in the split layout."""
    found = []
    for model_type in MODEL_TYPES:
        for path in sorted((catalogue / f"xinference/model/{model_type}/models").glob("*.json")):
            content = json.loads(path.read_text(encoding="utf-8"))
            records = content if isinstance(content, list) else [content]
            found.append((model_type, definition_facts.derive(model_type, records)))
    return found


def varied(count: int, catalogue: Path) -> Iterator[tuple[str, Facts]]:
    """So many models, first the real ones as they are."""
    chance = random.Random(7)
    real = definitions(catalogue)
    yield from real[:count]
    for number in range(len(real), count):
        model_type, facts = chance.choice(real)
        ending = f"{chance.choice(ENDINGS)}-{number}"
        own = "".join(chance.choices(SYLLABLES, k=3)).capitalize()
        name = f"{facts.name if chance.random() < 0.7 else own}-{ending}"
        names = [source.rpartition("/")[2] for source in facts.source_ids]
        sources = tuple(f"user{number % 5000}/{source}-{number}" for source in names)
        yield model_type, replace(facts, name=name, featured=False, source_ids=sources)


def fill(count: int, catalogue: Path, *, owner: User | None = None) -> None:
    """Write so many published models: public ones, or private ones of an owner."""
    batch: list[tuple[str, Facts]] = []
    for definition in varied(count, catalogue):
        batch.append(definition)
        if len(batch) == BATCH:
            _write(batch, owner)
            batch = []
    if batch:
        _write(batch, owner)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _write(batch: list[tuple[str, Facts]], owner: User | None) -> None:
    visibility = "private" if owner else "public"
    facts = [one for _model_type, one in batch]
    models = RegisteredModel.objects.bulk_create(
        RegisteredModel(
            model_type=model_type,
            name=one.name,
            name_key=name_key(one.name),
            visibility=visibility,
            owner=owner,
            featured=one.featured,
            description=one.description,
            context_length=one.context_length,
            definition_updated_at=datetime.fromtimestamp(one.updated_at or 0, tz=UTC),
            facts=one.as_dict(),
        )
        for model_type, one in batch
    )
    revisions = Revision.objects.bulk_create(
        Revision(model=model, number=1, state="published", definition="[]", visibility=visibility)
        for model in models
    )
    first, last = models[0].pk, models[-1].pk
    of_model = Revision.objects.filter(model=OuterRef("pk")).values("pk")[:1]
    written = RegisteredModel.objects.filter(pk__range=(first, last))
    written.update(published_revision=Subquery(of_model))
    Facet.objects.bulk_create(
        Facet(model=model, kind=kind, value=value)
        for model, one in zip(models, facts, strict=True)
        for kind, values in publication.facets_of(one).items()
        for value in values
    )
    ListingFigures.objects.bulk_create(
        ListingFigures(
            model=model, recommended_rank=model.pk * 7919 % 1_000_003, uses=model.pk % 11
        )
        for model in models
    )
    SmallestNeed.objects.bulk_create(
        SmallestNeed(model=model, need=model.pk % 5000 * 10**8, choice=_CHOICE)
        for model in models
        if model.pk % 10
    )
    SearchDocument.objects.bulk_create(
        publication.search_document(model, revision, one)
        for model, revision, one in zip(models, revisions, facts, strict=True)
    )
