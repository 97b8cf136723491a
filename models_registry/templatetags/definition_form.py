"""Labels and input sizes for the form of a definition."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.translation import gettext as _

from models_registry import labels
from models_registry.conflict_sides import field_of
from models_registry.definitions.compare.merge import Conflict, Side
from models_registry.definitions.facts.vocabulary import HUBS, size_label
from models_registry.definitions.form.field_help import help_for
from models_registry.definitions.form.nodes import Field, FieldGroup
from models_registry.definitions.json_text.problems import split_pointer
from models_registry.drafting import drafts

register = template.Library()
register.filter("conflict_field", field_of)
register.filter("translated", labels.translated)


@register.filter
def chosen_side(place: Conflict, choices: Mapping[str, Side]) -> str:
    """The side that was chosen at a place, or ""."""
    return choices.get(place.key, "")


_NARROW_KINDS = frozenset({"text", "integer", "size", "boolean", "choice", "integers"})
_WIDE_KEYS = frozenset({"model_name", "source_url"})
_CODE_KEYS = frozenset({"chat_template", "packages", "stop"})


@register.filter
def choice_label(value: str, key: str) -> str:
    """The label of a field's choice: formats and abilities have names."""
    if key == "model_format":
        return labels.format_label(value)
    if key == "model_ability":
        return labels.ability_label(value)
    return labels.engine_label(value) if key == "engine" else value


@register.filter
def group_title(group: FieldGroup) -> str:
    """A label that distinguishes an entry of a list: format, size, engine, or its number."""
    if group.role == "source":
        return labels.hub_label(group.key)
    value = group.value
    parts = [_text(value.get("engine"), labels.engine_label)]
    parts.append(_text(value.get("model_format"), labels.format_label))
    parts.append(size_label(value.get("model_size_in_billions")) or "")
    if group.role == "entry":
        parts.insert(0, _text(value.get("model_name"), str))
    parts.append(_text(value.get("quantization"), str))
    named = [part for part in parts if part]
    return " · ".join(named) or _("Number %(number)s") % {"number": group.index + 1}


def _text(value: object, label: object) -> str:
    if not isinstance(value, str) or not value:
        return ""
    return str(label(value)) if callable(label) else value


@register.filter
def group_note(group: FieldGroup) -> str:
    """The second label of a closed entry: its source."""
    sources = group.value.get("model_src")
    if group.role == "source":
        return _text(group.value.get("model_id"), str)
    return ", ".join(map(labels.hub_label, sources)) if isinstance(sources, dict) else ""


@register.filter
def is_wide(field: Field) -> bool:
    """True if a field takes the whole width."""
    return field.kind not in _NARROW_KINDS or field.key in _WIDE_KEYS


@register.filter
def is_code(field: Field) -> bool:
    """True if a field is shown in a monospaced font."""
    return field.kind == "json" or field.key in _CODE_KEYS or not field.known


@register.filter
def rows(field: Field) -> int:
    """The number of lines of an input, for browsers that can't fit it to its text."""
    least = 3 if field.kind in ("long", "json") else 2
    return min(max(field.value.count("\n") + 1, least), 14)


@register.filter
def is_to_do(field: Field) -> bool:
    """True if the only problem of a field is that it is empty."""
    return field.value == "" and field.kind != "checks"


@register.filter
def place_name(pointer: str, model_type: str) -> str:
    """A JSON pointer as a label: `/0/model_specs/1/model_format` is Variants 2 › Format."""
    names: list[str] = []
    place = "record"
    for step in split_pointer(pointer)[1:]:
        if step.isdigit() and names:
            names[-1] += f" {int(step) + 1}"
        elif step in HUBS:
            names.append(labels.hub_label(step))
        else:
            if step != "model_src":
                field_help = help_for(model_type, place, step)
                names.append(_(field_help.label) if field_help.help or field_help.example else step)
            place = step
    return " › ".join(names) or _("The definition")


@register.filter
def draft_name(definition: str) -> str:
    """The name of a draft's model, or a placeholder."""
    return drafts.name_in(definition) or _("Without a name")
