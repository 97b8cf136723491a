"""The last common version of a model here and at the source: the base of their next merge."""

from __future__ import annotations

from django.utils import timezone

from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.upstream_files.layouts import Layout
from models_registry.models import RegisteredModel, SourceText, UpstreamFile, Visibility
from models_registry.upstream.merge_back import remember_parsed


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
    """Make the source's version the base of the next merge.

    Upstream may differ from the source: the source's version is recorded as upstream's only for
    public models that were never seen upstream.
    """
    SourceText.objects.update_or_create(
        model=model,
        defaults={"text": definition.text, "source": source[:300], "seen_at": timezone.now()},
    )
    is_public = model.visibility == Visibility.PUBLIC
    if is_public and not UpstreamFile.objects.filter(model=model, is_seen=True).exists():
        remember_parsed(model, definition, place, source=source)
