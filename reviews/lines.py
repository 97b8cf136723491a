"""Texts side by side: the lines of the new one, and those of the old one that are gone.

Made for a page: unchanged stretches are folded, every line knows its numbers, and what people said
about a line stands under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise

from reviews.models import Comment

# Unchanged lines that stay in sight around a change.
CONTEXT = 3
# Fewer hidden lines than this are not worth a click.
MIN_FOLD = 4
# Longer texts are shown up to here: a page of this size is a second's work for a browser.
MAX_ROWS = 6000
MAX_LINE = 2000

_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(slots=True)
class Row:
    """One line: `mark` is "same", "added" or "gone"; numbers count from 1, None where it is not."""

    mark: str
    text: str
    old: int | None = None
    new: int | None = None
    comments: list[Comment] = field(default_factory=list)


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
    rows = list(_plain(new) if old is None else _rows(lines_of(old), lines_of(new)))
    at = {row.new: row for row in rows if row.new is not None}
    for comment in comments:
        if comment.line in at:
            at[comment.line].comments.append(comment)
    added = sum(row.mark == "added" for row in rows)
    gone = sum(row.mark == "gone" for row in rows)
    blocks = [Block(rows)] if old is None else list(_folded(rows))
    blocks, cut = _within(blocks)
    return Comparison(blocks, added, gone, cut)


def _plain(text: str) -> Iterator[Row]:
    for number, line in enumerate(lines_of(text), start=1):
        yield Row("same", line[:MAX_LINE], None, number)


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    """The rows of a comparison. Equal ends are cut off first: difflib is slow on long texts."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    for index in range(head):
        yield Row("same", new[index][:MAX_LINE], index + 1, index + 1)
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    # Above that, minutes: the middle is then shown as replaced.
    too_long = len(middle_old) * len(middle_new) > 40_000_000
    matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=len(middle_new) > 2000)
    codes = (
        [("replace", 0, len(middle_old), 0, len(middle_new))] if too_long else matcher.get_opcodes()
    )
    for tag, first, last, start, end in codes:
        if tag == "equal":
            for step in range(last - first):
                number = head + start + step
                yield Row("same", new[number][:MAX_LINE], head + first + step + 1, number + 1)
            continue
        for index in range(first, last):
            yield Row("gone", middle_old[index][:MAX_LINE], head + index + 1, None)
        for index in range(start, end):
            yield Row("added", middle_new[index][:MAX_LINE], None, head + index + 1)
    for step in range(tail):
        index = len(new) - tail + step
        yield Row("same", new[index][:MAX_LINE], len(old) - tail + step + 1, index + 1)


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
