"""Reasons that workers store in text fields, so that each reader gets them in their own language.

A stored reason is JSON: an object with the `key` of a sentence and its `params`, or an array of
such objects. A parameter may be a reason itself. Other texts, such as those of older rows, are
shown as they are.
"""

from __future__ import annotations

import json
from typing import Any

from accounts.errors import DomainError, sentence
from hub.sentences import together
from models_registry.definitions.compare.reconcile import Reason, Reconciliation
from models_registry.definitions.json_text.messages import Message, packed, unpacked
from models_registry.labels import translated

MAX_PLACES = 10


class StoredReason(str):
    """The JSON of a reason; as a parameter of another reason it is nested in it."""

    __slots__ = ()


def reason(key: str, /, **params: Any) -> StoredReason:
    """The reason with the sentence of this key, to be stored."""
    plain = {name: _plain(value) for name, value in params.items()}
    text = json.dumps({"key": key, "params": plain}, ensure_ascii=False, sort_keys=True)
    return StoredReason(text)


def reason_of(error: Exception) -> str:
    """The reason in an exception, to be stored."""
    return reason(error.key, **error.params) if isinstance(error, DomainError) else str(error)


def several(reasons: list[str]) -> str:
    """Stored reasons as one text."""
    if len(reasons) == 1:
        return reasons[0]
    return StoredReason(json.dumps([json.loads(text) for text in reasons], ensure_ascii=False))


def reason_of_conflict(joint: Reconciliation, other: str) -> str:
    """Why two versions could not be merged; `other` is the key of the other side's name."""
    if joint.reason is None:
        return ""
    places = sorted({conflict.pointer or "/" for conflict in joint.conflicts})
    shown_places = ", ".join(places[:MAX_PLACES])
    if len(places) > MAX_PLACES:
        shown_places += f" (+{len(places) - MAX_PLACES})"
    key = _CONFLICTS[joint.reason]
    return reason(key, other=reason(other), detail=joint.detail, places=shown_places)


_CONFLICTS = {
    Reason.BOTH_CHANGED: "conflict_both_changed",
    Reason.NO_BASE: "conflict_no_base",
    Reason.REMOVED_HERE: "conflict_removed_here",
    Reason.REMOVED_THERE: "conflict_removed_there",
    Reason.UNREADABLE: "conflict_unreadable",
    Reason.INVALID: "conflict_invalid",
}


def shown(text: str) -> str:
    """A stored text in the language that is active now.

    SECURITY: a text from outside may look like a stored reason. It can only choose among the hub's
    sentences, and what can't be formatted is shown as it is.
    """
    if not text.startswith(("{", "[")):
        return text
    try:
        return _sentence(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return text


def stored_message(message: Message) -> str:
    """A message of `definitions`, to be stored: JSON with its template and its parameters."""
    return json.dumps(packed(message), ensure_ascii=False, sort_keys=True)


def shown_message(text: str) -> str:
    """A message that `stored_message` wrote, or the text of an older row, in the language that is
    active now.

    SECURITY: not for texts from outside, which could be a template that takes all memory.
    """
    try:
        return translated(read_message(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return text


def read_message(text: str) -> Any:
    """The message that `stored_message` wrote, or the text of an older row. Raises ValueError."""
    return unpacked(json.loads(text)) if text.startswith("{") else text


def formatted(key: str, params: dict[str, Any]) -> str:
    """The sentence of a key whose parameters may be reasons."""
    return sentence(key, {name: _formatted(value) for name, value in params.items()})


def _formatted(value: Any) -> Any:
    if isinstance(value, StoredReason):
        return shown(value)
    return _sentence(value) if isinstance(value, dict | list) else value


def _sentence(stored: Any) -> str:
    if isinstance(stored, list):
        return together(*(_sentence(nested) for nested in stored))
    return formatted(stored["key"], stored["params"])


def _plain(value: Any) -> Any:
    if isinstance(value, StoredReason):
        return json.loads(value)
    return value if isinstance(value, bool | int | float | None) else str(value)
