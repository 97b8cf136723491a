"""The parts of the sentences about changes of a definition."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any, Final

from models_registry.definitions.facts.wording import entry_shown, shown
from models_registry.definitions.json_text.messages import Message, gettext_noop, verbatim
from models_registry.definitions.json_text.timestamps import is_timestamp

# Smaller and larger numbers are no moments that anybody meant: 2001 to 2286.
_OLDEST: Final = 1_000_000_000
_NEWEST: Final = 10_000_000_000


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


def time_stamp(value: Any) -> Message:
    """Return a time stamp in Unix seconds as date and time; another value as it is."""
    if is_timestamp(value) and _OLDEST < value < _NEWEST:
        return verbatim(f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M} UTC")
    return verbatim(shown(value))


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
