"""Template filters for launch options and amounts of memory."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext, gettext_lazy

from models_registry import labels
from models_registry.form_version import revision_version
from models_registry.launch.plan import LaunchPlan

register = template.Library()
register.filter("revision_seen", revision_version)
register.filter("gibibytes", labels.memory_label)

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
    """A value of an option as text for people."""
    if key == "format":
        return labels.format_label(value)
    if key == "engine":
        return labels.engine_label(value)
    if key == "size":
        return gettext("%(size)s billion") % {"size": value.replace("_", ".")}
    return value


_SERVER_STATUSES = {
    "older": (
        gettext_lazy("Older on the server"),
        gettext_lazy("The server's definition is older. Update the server to get the newer one."),
    ),
    "unknown": (
        gettext_lazy("Not on the server"),
        gettext_lazy("An update adds public models; others can be registered on the server."),
    ),
    "newer": (
        gettext_lazy("Newer on the server"),
        gettext_lazy("The server's definition is newer than this hub's."),
    ),
    "unsure": (
        gettext_lazy("On the server, without a date"),
        gettext_lazy("The server does not report when its definition was changed."),
    ),
    "same": (gettext_lazy("Up to date"), gettext_lazy("Both have the same definition.")),
}


@register.simple_tag
def server_status_label(status: str) -> str:
    """A heading: the server's definitions compared with the hub's."""
    return str(_SERVER_STATUSES[status][0])


@register.simple_tag
def server_status_help(status: str) -> str:
    """An explanation of the heading, and what to do."""
    return str(_SERVER_STATUSES[status][1])


@register.filter
def billions(parameters: float) -> str:
    """A number of parameters in billions."""
    return f"{parameters / 1e9:g}"


@register.simple_tag
def replicas_total(plan: LaunchPlan) -> str:
    """The memory of all replicas of a plan."""
    return labels.memory_label(plan.memory.total * plan.replicas) if plan.memory else ""
