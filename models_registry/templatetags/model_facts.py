"""Template filters for the facts of a model: lengths, sizes, labels, addresses."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django import template
from django.template.defaultfilters import stringfilter
from django.utils.translation import gettext

from models_registry import labels, revision_messages
from models_registry.launch.needs import gpu_label
from models_registry.models import ListingFigures, RegisteredModel
from models_registry.models.model_urls import model_address
from models_registry.pages.listed_models import ListedModel

register = template.Library()

register.filter("ability_label", stringfilter(labels.ability_label))
register.filter("format_label", stringfilter(labels.format_label))
register.filter("engine_label", stringfilter(labels.engine_label))
register.filter("translated", labels.translated)
register.filter("hub_label", stringfilter(labels.hub_label))
register.filter("language_label", stringfilter(labels.language_label))
register.filter("licence_label", stringfilter(labels.licence_label))
register.filter("bytes_label", labels.bytes_label)
register.filter("count_label", labels.count_label)
register.filter("tokens_label", labels.tokens_label)
register.filter("memory_label", labels.memory_label)
register.filter("gpu_label", stringfilter(gpu_label))
register.filter("revision_message", stringfilter(revision_messages.shown))


@register.filter
def sizes_label(billions: Sequence[float], at_most: int = 3) -> str:
    """Sizes in billions, as a list, or as a range if there are more than `at_most`; "" for none."""
    return labels.sizes_label(billions, at_most=at_most) if billions else ""


@register.simple_tag
def shown_values(
    row: ListedModel, ambiguous: Collection[str], shows_uses: bool = False
) -> tuple[object, ...]:
    """All that a row of the list may show: the same values make the same row."""
    return (row.digest, model_address(row, ambiguous), shows_uses)


@register.simple_tag
def memory_note(model: RegisteredModel) -> str:
    """Which variant of a model needs the memory that its row shows, and with which context."""
    choice = getattr(getattr(model, "memory", None), "choice", {})
    parts = [choice.get("size"), labels.format_label(choice.get("format") or "")]
    parts.append(choice.get("quantization"))
    files = " · ".join(part for part in parts if part and part != "none")
    if not choice.get("context"):
        return files
    tokens = labels.tokens_label(choice["context"])
    return gettext("%(files)s, with a context of %(tokens)s tokens") % {
        "files": files,
        "tokens": tokens,
    }


@register.simple_tag
def uses_note(figures: ListingFigures) -> str:
    """What the recent uses of a model were."""
    names = ("views", "downloads", "launches")
    text = gettext("In 30 days: %(views)s views, %(downloads)s downloads, %(launches)s launches")
    return text % {name: getattr(figures, name) for name in names}


@register.simple_tag
def fits_note(gpu: str) -> str:
    """That a variant fits in a GPU, by its key; "" without one."""
    return gettext("Fits in %(gpu)s") % {"gpu": gpu_label(gpu)} if gpu else ""


register.simple_tag(model_address)
