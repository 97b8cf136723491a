"""Notifications as they are stored: sentences with their parameters, formatted for each reader.

A stored sentence is an object with its English `template`, which is its key in the catalogue of
translations, and its `params`: texts, numbers, sentences, moments, choices and stored reasons.
SECURITY: templates are the hub's own; what people wrote is only ever a parameter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext

from hub.templatetags.interface import exact_moment
from models_registry import stored_reasons
from models_registry.definitions.json_text.messages import Message
from models_registry.models import ModelType, SourceTrouble

_CHOICES: Final = {choices.__name__: choices for choices in (ModelType, SourceTrouble)}


def stored(value: Any) -> Any:
    """A message, or one of its parameters, as plain data for a JSON column."""
    if isinstance(value, Message):
        params = {name: stored(param) for name, param in value.params.items()}
        return {"template": value.template, "params": params}
    if isinstance(value, stored_reasons.StoredReason):
        return {"reason": str(value)}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, ModelType | SourceTrouble):
        return {"choice": type(value).__name__, "value": value.value}
    return value if isinstance(value, int | float) else str(value)


def shown(data: Any) -> str:
    """What `stored` made plain data of, in the language and time zone that are active now."""
    if not isinstance(data, dict):
        return str(data)
    if "reason" in data:
        return stored_reasons.shown(data["reason"])
    if "moment" in data:
        return exact_moment(datetime.fromisoformat(data["moment"]))
    if "choice" in data:
        return str(_CHOICES[data["choice"]](data["value"]).label)
    sentence = gettext(data["template"]) if data["template"] else ""
    params = {
        name: value if isinstance(value, int | float) else shown(value)
        for name, value in data["params"].items()
    }
    return sentence % params if params else sentence


def shown_lines(lines: Iterable[Any]) -> str:
    """Stored lines as one text."""
    return "\n".join(map(shown, lines))
