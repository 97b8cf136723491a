"""Template filters of the reviews: states, decisions, comments."""

from __future__ import annotations

from django import template
from django.template.defaultfilters import stringfilter

from hub.templatetags.interface import hours_label
from models_registry import revision_messages

register = template.Library()
register.filter("hours_label", hours_label)
register.filter("revision_message", stringfilter(revision_messages.shown))

_STATE_TONES = {
    "proposed": "accent",
    "changes_requested": "warn",
    "published": "good",
    "rejected": "bad",
}
_DECISION_TONES = {"approve": "good", "request_changes": "warn", "reject": "bad"}
_LEVEL_TONES = {"error": "bad", "risk": "bad", "warning": "warn", "info": "info", "good": "good"}
_LEVEL_ICONS = {
    "error": "error",
    "risk": "shield",
    "warning": "warning",
    "info": "info",
    "good": "success",
}


@register.filter
def state_tone(state: str) -> str:
    """The CSS class of a revision's state."""
    return _STATE_TONES.get(state, "")


@register.filter
def decision_tone(decision: str) -> str:
    """The CSS class of a verdict."""
    return _DECISION_TONES.get(decision, "")


@register.filter
def level_tone(level: str) -> str:
    """The CSS class of a finding."""
    return _LEVEL_TONES.get(level, "")


@register.filter
def level_icon(level: str) -> str:
    """The icon of a finding."""
    return _LEVEL_ICONS.get(level, "info")
