"""A diff for a page: the lines of the new text, and the removed lines of the old one.

Unchanged parts are folded, every line has its numbers, and comments on a line follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from models_registry.definitions.compare.changes import text_diff
from reviews.models import Comment

# Unchanged lines that stay visible around a change.
CONTEXT = 3
# Fewer hidden lines than this are not worth a click.
MIN_FOLD = 4
# Longer texts are cut off here: a page of this size takes a browser about a second. A chat template
# is one line, which a reviewer must see to its end.
MAX_ROWS = 6000
MAX_LINE = 100_000
# A context that includes all lines.
_ALL = 10**9
_MARKS = {"same": "same", "added": "added", "removed": "gone"}

_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(slots=True)
class LineRow:
    """One line: `mark` is "same", "added" or "gone"; numbers count from 1, None on the other side.

    `inner` is the part of the text (start, end) that differs from the line that it replaces or that
    replaces it; None if there is no such line or the two have little in common. `hidden` is the
    number of characters at the end that are not shown.
    """

    mark: str
    text: str
    old: int | None = None
    new: int | None = None
    comments: list[Comment] = field(default_factory=list)
    inner: tuple[int, int] | None = None
    hidden: int = 0

    def __post_init__(self) -> None:
        self.hidden = max(0, len(self.text) - MAX_LINE)
        self.text = self.text[:MAX_LINE]

    @property
    def parts(self) -> tuple[str, str, str]:
        """The text before, in and after the part that differs."""
        start, end = self.inner or (0, 0)
        return self.text[:start], self.text[start:end], self.text[end:]


@dataclass(slots=True)
class Block:
    """Consecutive rows; a folded block is hidden until somebody opens it."""

    rows: list[LineRow]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class LineComparison:
    """A diff for a page: blocks, and numbers of lines added, removed and cut off."""

    blocks: list[Block]
    added: int
    gone: int
    cut: int = 0
    # True if there is no old text.
    is_plain: bool = False


def lines_of(text: str) -> list[str]:
    """The lines of a text, without their ends; a line feed at the end adds no empty line."""
    lines = _BREAK.split(text)
    return lines[:-1] if lines and lines[-1] == "" else lines


def compare(old: str | None, new: str, comments: Iterable[Comment] = ()) -> LineComparison:
    """Compare two texts line by line.

    Without an old text (None), every line is shown unfolded and unmarked. `comments` are on lines
    of the new text; lines with comments are never folded.
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
    return LineComparison(blocks, added, gone, cut, is_plain=old is None)


def _plain(text: str) -> Iterator[LineRow]:
    for number, line in enumerate(lines_of(text), start=1):
        yield LineRow("same", line, None, number)


def _rows(old: str, new: str) -> list[LineRow]:
    rows = [
        LineRow(_MARKS[row.kind], row.text, row.old, row.new)
        for hunk in text_diff(old, new, context=_ALL)
        for row in hunk.rows
    ]
    if not rows:
        rows = list(_plain(new))
        for row in rows:
            row.old = row.new
    _mark_inside(rows)
    return rows


def _mark_inside(rows: list[LineRow]) -> None:
    """If lines were replaced by the same number of lines, mark the differing part of each."""
    runs = [(mark, list(run)) for mark, run in groupby(rows, key=lambda row: row.mark)]
    for (mark, before), (next_mark, after) in pairwise(runs):
        if (mark, next_mark) != ("gone", "added") or len(before) != len(after):
            continue
        for old_row, new_row in zip(before, after, strict=True):
            head = _alike(old_row.text, new_row.text)
            tail = _alike(old_row.text[head:][::-1], new_row.text[head:][::-1])
            if 2 * (head + tail) >= max(len(old_row.text), len(new_row.text)):
                old_row.inner = (head, len(old_row.text) - tail)
                new_row.inner = (head, len(new_row.text) - tail)


def _alike(first: str, second: str) -> int:
    """The length of the common prefix of two texts."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))


def _folded(rows: list[LineRow]) -> Iterator[Block]:
    visible = [False] * len(rows)
    for index, row in enumerate(rows):
        if row.mark != "same" or row.comments:
            for near in range(max(0, index - CONTEXT), min(len(rows), index + CONTEXT + 1)):
                visible[near] = True
    edges = [0, *(i for i in range(1, len(rows)) if visible[i] != visible[i - 1]), len(rows)]
    for start, end in pairwise(edges):
        if start < end:
            yield Block(rows[start:end], folded=not visible[start] and end - start >= MIN_FOLD)


def _within(blocks: list[Block]) -> tuple[list[Block], int]:
    """The blocks that fit on a page, and the number of lines that are left out."""
    rows_left, shown = MAX_ROWS, []
    total = sum(len(block.rows) for block in blocks)
    for block in blocks:
        if rows_left <= 0:
            break
        shown.append(Block(block.rows[:rows_left], block.folded))
        rows_left -= len(block.rows)
    return shown, max(0, total - MAX_ROWS)
