"""What every source of a catalogue gives: upstream's files as text, under upstream's paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

# Far above any real catalogue (4.1.0: 2.3 MB in 402 files), far below what hurts.
MAX_FILES = 20_000
MAX_FILE_BYTES = 32 * 1024 * 1024
MODEL_ROOT = "xinference/model/"

# Called as (done, total, what) while a source is read; total 0 where it isn't known.
Progress = Callable[[int, int, str], None]


def silent(done: int, total: int, what: str) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True)
class ListTold:
    """What the hub that exported a catalogue serves of a type: the list's digest, and the names
    that are left out of it."""

    sha256: str
    left_out: frozenset[str]


@dataclass(frozen=True, slots=True)
class SourceTree:
    """The JSON files of a catalogue: path → text, and the paths that can't be read, with why.

    `readmes` holds those that the source has: (type, name) → Markdown; `lists` what it says of the
    lists that come of it, by type.
    """

    label: str
    files: dict[str, str]
    unreadable: dict[str, str] = field(default_factory=dict)
    readmes: dict[tuple[str, str], str] = field(default_factory=dict)
    lists: dict[str, ListTold] = field(default_factory=dict)

    def left_out(self, model_type: str) -> frozenset[str]:
        """The names that the source has and does not serve in its list of a type."""
        told = self.lists.get(model_type)
        return told.left_out if told is not None else frozenset()


def is_catalogue_path(path: str) -> bool:
    """Whether the path, from the repository's root, may belong to a catalogue."""
    return path.startswith(MODEL_ROOT) and path.endswith(".json") and "/schemas/" not in path
