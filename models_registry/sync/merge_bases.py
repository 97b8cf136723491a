"""The last common version of a model here and at the source: the base of their next merge."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.upstream_files.layouts import Layout
from models_registry.models import RegisteredModel, SourceText, UpstreamFile, Visibility
from models_registry.upstream.merge_back import SeenFile, remember_all


def base_of(model: RegisteredModel) -> str:
    """The merge base: the source's text at the last update, else upstream's; may be empty."""
    for relation in ("source_text", "upstream_file"):
        stored = getattr(model, relation, None)
        if stored is not None:
            return str(stored.text)
    return ""


def remember_source(
    model: RegisteredModel, definition: Definition, place: tuple[Layout, str], *, source: str
) -> None:
    """`remember_sources` for one model."""
    remember_sources([SeenFile(model, definition, place)], source=source)


def remember_sources(files: Sequence[SeenFile], *, source: str) -> None:
    """Make the source's versions the bases of the next merges of models, each of which is there
    once.

    Upstream may differ from the source: the source's version is recorded as upstream's only for
    public models that were never seen upstream.
    """
    now = timezone.now()
    SourceText.objects.bulk_create(
        [
            SourceText(
                model=file.model, text=file.definition.text, source=source[:300], seen_at=now
            )
            for file in files
        ],
        update_conflicts=True,
        unique_fields=["model"],
        update_fields=["text", "source", "seen_at"],
    )
    public = [file for file in files if file.model.visibility == Visibility.PUBLIC]
    rows = UpstreamFile.objects.filter(model__in=[file.model.pk for file in public], is_seen=True)
    seen = set(rows.values_list("model_id", flat=True))
    remember_all([file for file in public if file.model.pk not in seen], source=source)
