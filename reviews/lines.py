"""Texts side by side: the lines of the new one, and those of the old one that are gone.

Made for a page: unchanged stretches are folded, every line knows its numbers, and what people said
about a line stands under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from models_registry.definitions.diff import text_diff
from reviews.models import Comment

# Unchanged lines that stay in sight around a change.
CONTEXT = 3
# Fewer hidden lines than this are not worth a click.
MIN_FOLD = 4
# Longer texts are shown up to here: a page of this size is a second's work for a browser.
MAX_ROWS = 6000
MAX_LINE = 2000
# So many lines around a change are all lines.
_ALL = 10**9
_MARKS = {"same": "same", "added": "added", "removed": "gone"}

_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(slots=True)
class Row:
    """One line: `mark` is "same", "added" or "gone"; numbers count from 1, None where it is not.

    `inner` is the part of the text (start, end) in which it differs from the line that it replaces
    or that replaces it; None where there is no such line or little is the same.
    """

    mark: str
    text: str
    old: int | None = None
    new: int | None = None
    comments: list[Comment] = field(default_factory=list)
    inner: tuple[int, int] | None = None

    @property
    def parts(self) -> tuple[str, str, str]:
        """The text before, in and after the part that differs."""
        start, end = self.inner or (0, 0)
        return self.text[:start], self.text[start:end], self.text[end:]


@dataclass(slots=True)
class Block:
    """Rows in a run; a folded one is hidden until somebody opens it."""

    rows: list[Row]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A text as a page shows it: its blocks, how many lines came and went, and what was cut off."""

    blocks: list[Block]
    added: int
    gone: int
    cut: int = 0
    # Whether there was nothing to compare with.
    is_plain: bool = False


def lines_of(text: str) -> list[str]:
    """The lines of a text, without their ends; the empty line after a last line feed is none."""
    found = _BREAK.split(text)
    return found[:-1] if found and found[-1] == "" else found


def compare(old: str | None, new: str, comments: Iterable[Comment] = ()) -> Comparison:
    """Compare two texts line by line.

    In: the old text (None: there is none, every line is shown unfolded and unmarked), the new one,
    and comments on lines of the new one. Out: blocks for the page; lines with comments are never
    folded.
    """
    rows = list(_plain(new)) if old is None else _rows(old, new)
    at = {row.new: row for row in rows if row.new is not None}
    for comment in comments:
        if comment.line in at:
            at[comment.line].comments.append(comment)
    added = sum(row.mark == "added" for row in rows)
    gone = sum(row.mark == "gone" for row in rows)
    blocks = [Block(rows)] if old is None else list(_folded(rows))
    blocks, cut = _within(blocks)
    return Comparison(blocks, added, gone, cut, is_plain=old is None)


def _plain(text: str) -> Iterator[Row]:
    for number, line in enumerate(lines_of(text), start=1):
        yield Row("same", line[:MAX_LINE], None, number)


def _rows(old: str, new: str) -> list[Row]:
    rows = [
        Row(_MARKS[row.kind], row.text[:MAX_LINE], row.old, row.new)
        for hunk in text_diff(old, new, context=_ALL)
        for row in hunk.rows
    ]
    if not rows:
        rows = list(_plain(new))
        for row in rows:
            row.old = row.new
    _mark_inside(rows)
    return rows


def _mark_inside(rows: list[Row]) -> None:
    """Where lines were replaced by as many others, mark in each what differs."""
    runs = [(mark, list(run)) for mark, run in groupby(rows, key=lambda row: row.mark)]
    for (mark, before), (next_mark, after) in pairwise(runs):
        if (mark, next_mark) != ("gone", "added") or len(before) != len(after):
            continue
        for one, other in zip(before, after, strict=True):
            head = _alike(one.text, other.text)
            tail = _alike(one.text[head:][::-1], other.text[head:][::-1])
            if 2 * (head + tail) >= max(len(one.text), len(other.text)):
                one.inner = (head, len(one.text) - tail)
                other.inner = (head, len(other.text) - tail)


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _folded(rows: list[Row]) -> Iterator[Block]:
    shown = [False] * len(rows)
    for index, row in enumerate(rows):
        if row.mark != "same" or row.comments:
            for near in range(max(0, index - CONTEXT), min(len(rows), index + CONTEXT + 1)):
                shown[near] = True
    edges = [0, *(i for i in range(1, len(rows)) if shown[i] != shown[i - 1]), len(rows)]
    for start, end in pairwise(edges):
        if start < end:
            yield Block(rows[start:end], folded=not shown[start] and end - start >= MIN_FOLD)


def _within(blocks: list[Block]) -> tuple[list[Block], int]:
    """As many blocks as a page bears, and how many lines are left out."""
    room, kept = MAX_ROWS, []
    total = sum(len(block.rows) for block in blocks)
    for block in blocks:
        if room <= 0:
            break
        kept.append(Block(block.rows[:room], block.folded))
        room -= len(block.rows)
    return kept, max(0, total - MAX_ROWS)
