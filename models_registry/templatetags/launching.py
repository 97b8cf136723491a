"""How templates write the options of a launch and amounts of memory."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext, gettext_lazy

from models_registry import labels
from models_registry.launch.memory import GIB
from models_registry.launch.options import Plan

register = template.Library()

_LABELS = {
    "format": gettext_lazy("Format"),
    "size": gettext_lazy("Size"),
    "quantization": gettext_lazy("Quantization"),
    "engine": gettext_lazy("Engine"),
}


@register.simple_tag
def choice_label(key: str) -> str:
    """The name of an option."""
    return str(_LABELS[key])


@register.simple_tag
def choice_value(key: str, value: str) -> str:
    """A value of an option as people write it."""
    if key == "format":
        return labels.format_label(value)
    if key == "engine":
        return labels.engine_label(value)
    if key == "size":
        return gettext("%(size)s billion") % {"size": value.replace("_", ".")}
    return value


_STANDINGS = {
    "older": (
        gettext_lazy("Older there"),
        gettext_lazy("The server's definition is older. An update brings the newer one."),
    ),
    "unknown": (
        gettext_lazy("Unknown there"),
        gettext_lazy("An update brings what is public; what is not can be registered there."),
    ),
    "newer": (
        gettext_lazy("Newer there"),
        gettext_lazy("The server's definition is newer than this hub's."),
    ),
    "unsure": (
        gettext_lazy("Known there, without a date"),
        gettext_lazy("The server does not tell when its definition was changed."),
    ),
    "same": (gettext_lazy("The same there"), gettext_lazy("Both have the same definition.")),
}


@register.simple_tag
def standing_label(standing: str) -> str:
    """How the server's definitions stand to the hub's, as a heading."""
    return str(_STANDINGS[standing][0])


@register.simple_tag
def standing_help(standing: str) -> str:
    """What that means, and what to do about it."""
    return str(_STANDINGS[standing][1])


@register.filter
def gibibytes(amount: float) -> str:
    """Bytes as gibibytes, with as many digits as say something."""
    gib = amount / GIB
    return f"{gib:.0f} GiB" if gib >= 100 else f"{gib:.1f} GiB"


@register.filter
def billions(parameters: float) -> str:
    """A number of parameters in billions."""
    return f"{parameters / 1e9:g}"


@register.simple_tag
def replicas_total(plan: Plan) -> str:
    """The memory of all replicas of a plan."""
    return gibibytes(plan.memory.total * plan.replicas) if plan.memory else ""
