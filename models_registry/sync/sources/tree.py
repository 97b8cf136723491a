"""The result of reading any source: upstream's files as text, under upstream's paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models_registry.definitions.json_text.messages import Message, gettext_noop

# Far above any real catalogue (4.1.0: 2.3 MB in 402 files), but small enough to be harmless.
MAX_FILES = 20_000
MAX_FILE_BYTES = 32 * 1024 * 1024
TOO_LARGE = gettext_noop("It is larger than %(limit)s bytes.", limit=MAX_FILE_BYTES)
MODEL_ROOT = "xinference/model/"

# Called as (done, total, what) while a source is read; total is 0 if it is unknown.
Progress = Callable[[int, int, str], None]


def silent(done: int, total: int, step: str) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True)
class ExportedList:
    """The list of a type on the hub that exported a catalogue: its digest, and the names left
    out."""

    sha256: str
    left_out: frozenset[str]


@dataclass(frozen=True, slots=True)
class SourceTree:
    """The JSON files of a catalogue: path → text, and path → reason of the unreadable ones.

    `readmes` maps (type, name) to Markdown, if the source has READMEs, and `readmes_zh` to that in
    Chinese; `lists` maps a type to the
    list that the source serves; `repositories` are what the source saw of source repositories.
    """

    label: str
    files: dict[str, str]
    unreadable: dict[str, Message] = field(default_factory=dict)
    readmes: dict[tuple[str, str], str] = field(default_factory=dict)
    readmes_zh: dict[tuple[str, str], str] = field(default_factory=dict)
    lists: dict[str, ExportedList] = field(default_factory=dict)
    repositories: list[Mapping[str, Any]] = field(default_factory=list)

    def left_out(self, model_type: str) -> frozenset[str]:
        """The names that the source has but leaves out of its list of a type."""
        exported = self.lists.get(model_type)
        return exported.left_out if exported is not None else frozenset()


def is_catalogue_path(path: str) -> bool:
    """Whether a path, from the root of the repository, may belong to a catalogue."""
    return path.startswith(MODEL_ROOT) and path.endswith(".json") and "/schemas/" not in path
