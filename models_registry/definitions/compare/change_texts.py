"""The parts of the sentences about changes of a definition."""

from collections.abc import Sequence
from functools import reduce
from typing import Any, Final

from models_registry.definitions.facts.wording import entry_shown
from models_registry.definitions.json_text.messages import Message, gettext_noop, verbatim


def nested(titles: Sequence[Message]) -> Message:
    """Return the titles of nested settings as one: "cache config › allowed file pattern"."""
    return reduce(
        lambda outer, inner: Message("%(outer)s › %(inner)s", {"outer": outer, "inner": inner}),
        titles,
    )


def added(what: Message) -> Message:
    """Return "added X"."""
    return gettext_noop("added %(what)s", what=what)


def removed(what: Message) -> Message:
    """Return "removed X"."""
    return gettext_noop("removed %(what)s", what=what)


def changed(what: Message) -> Message:
    """Return "changed X"."""
    return gettext_noop("changed %(what)s", what=what)


def arrow(old: str, new: str) -> Message:
    """Return "old → new"."""
    return verbatim(f"{old} → {new}")


def named(what: str, title: str) -> Message:
    """Return the name of a record, spec or controlnet: "format GGUF 7B"."""
    if what == "variant":
        return gettext_noop("variant %(title)s", title=title)
    if what == "format":
        return gettext_noop("format %(title)s", title=title)
    return gettext_noop("controlnet %(title)s", title=title)


REORDERED: Final = {
    "variant": gettext_noop("reordered variants"),
    "format": gettext_noop("reordered formats"),
    "controlnet": gettext_noop("reordered controlnets"),
}


def list_entry(title: Message, key: str, value: Any) -> Message:
    """Return the name of an entry of a list: "package vllm"."""
    return gettext_noop("%(title)s %(entry)s", title=title, entry=entry_shown(key, value))
