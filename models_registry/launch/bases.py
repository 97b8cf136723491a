"""What the source and this hub last had in common of a model: the base of their next join."""

from __future__ import annotations

from django.utils import timezone

from models_registry.definitions.layouts import Layout
from models_registry.definitions.text import Definition
from models_registry.models import RegisteredModel, UpstreamFile, Visibility
from models_registry.update_tables import SourceText
from models_registry.upstream.joining import remember_parsed


def base_of(model: RegisteredModel) -> str:
    """The text that both come from: the source's of the last update, else upstream's; may be
    empty."""
    for known in ("source_text", "upstream_file"):
        seen = getattr(model, known, None)
        if seen is not None:
            return str(seen.text)
    return ""


def remember_source(
    model: RegisteredModel, definition: Definition, place: tuple[Layout, str], *, source: str
) -> None:
    """Make the source's version the base of the next join.

    What upstream has is another matter: only where nothing is known of it, and for public models
    alone, does the source's version stand in for it.
    """
    SourceText.objects.update_or_create(
        model=model,
        defaults={"text": definition.text, "source": source[:300], "seen_at": timezone.now()},
    )
    is_public = model.visibility == Visibility.PUBLIC
    if is_public and not UpstreamFile.objects.filter(model=model, is_seen=True).exists():
        remember_parsed(model, definition, place, source=source)
