"""Line diff of two texts, for a page that shows it side by side or in one column.

SECURITY: the standard library's difflib takes minutes for hostile texts. Here the texts are first
cut at lines that both have exactly once, and only small pieces are compared in
full; a large piece without such a line counts as replaced.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
# The largest comparison table of a piece, in cells, and the deepest recursion of cuts.
_MAX_CELLS: Final = 250_000
_MAX_CUTS: Final = 24


# A line's text, and its end.
Line = tuple[str, str]


class DiffRow(NamedTuple):
    """One line: its numbers (from 1) in the texts that have it, its text and its line end."""

    kind: Literal["same", "added", "removed"]
    old: int | None
    new: int | None
    text: str
    ending: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """One changed place with the lines around it.

    `folded_before` counts the unchanged lines that are left out above it, `folded_after` those
    below the last one.
    """

    rows: tuple[DiffRow, ...]
    folded_before: int
    folded_after: int = 0

    @property
    def header(self) -> str:
        """The place in both texts, as unified diffs write it."""
        return f"@@ -{_range(self.rows, 'old')} +{_range(self.rows, 'new')} @@"

    def pairs(self) -> list[tuple[DiffRow | None, DiffRow | None]]:
        """Return the rows for two columns: each removed row beside the row that replaced it."""
        paired: list[tuple[DiffRow | None, DiffRow | None]] = []
        left: list[DiffRow] = []
        right: list[DiffRow] = []
        for row in (*self.rows, None):
            if row is not None and row.kind == "removed":
                left.append(row)
            elif row is not None and row.kind == "added":
                right.append(row)
            else:
                for index in range(max(len(left), len(right))):
                    before = left[index] if index < len(left) else None
                    after = right[index] if index < len(right) else None
                    paired.append((before, after))
                left, right = [], []
                if row is not None:
                    paired.append((row, row))
        return paired


def text_diff(old: str, new: str, *, context: int = 3) -> list[Hunk]:
    """Return the changed places of two texts, each with `context` unchanged lines around it.

    Empty if the texts are equal. Lines end with LF, CRLF or CR; a line counts as changed even if
    only its end changed, and a last line without an end has an empty `ending`.
    """
    return line_diff(_lines(old), _lines(new), context=context)


def unified_diff(old: str, new: str, *, context: int = 3) -> str:
    """Return the changed places of two texts as a unified diff has them; "" for equal texts."""
    marks = {"same": " ", "added": "+", "removed": "-"}
    lines = []
    for hunk in text_diff(old, new, context=context):
        lines.append(hunk.header)
        lines.extend(marks[row.kind] + row.text for row in hunk.rows)
    return "\n".join(lines) + "\n" if lines else ""


def line_diff(old: Sequence[Line], new: Sequence[Line], *, context: int = 3) -> list[Hunk]:
    """The same for lines, where somebody else says what ends one."""
    rows = list(_rows(old, new))
    changed = [place for place, row in enumerate(rows) if row.kind != "same"]
    spans: list[list[int]] = []
    for place in changed:
        start, end = max(place - context, 0), min(place + context + 1, len(rows))
        if spans and start <= spans[-1][1]:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    hunks, last = [], 0
    for start, end in spans:
        is_last = [start, end] == spans[-1]
        after = len(rows) - end if is_last else 0
        hunks.append(Hunk(tuple(rows[start:end]), start - last, after))
        last = end
    return hunks


def line_counts(old: str, new: str) -> tuple[int, int]:
    """Return how many lines were added and how many removed."""
    kinds = Counter(row.kind for row in _rows(_lines(old), _lines(new)))
    return kinds["added"], kinds["removed"]


def _lines(text: str) -> list[Line]:
    """Return the lines of a text, each with its end."""
    lines = [(match.group(1), match.group(2)) for match in _LINE.finditer(text)]
    return [line for line in lines if line != ("", "")]


def _range(rows: Sequence[DiffRow], side: Literal["old", "new"]) -> str:
    numbers = [number for row in rows if (number := getattr(row, side)) is not None]
    return f"{numbers[0] if numbers else 0},{len(numbers)}"


def _rows(old: Sequence[Line], new: Sequence[Line]) -> Iterator[DiffRow]:
    at, other = 0, 0
    for old_place, new_place in [*_matches(old, new), (len(old), len(new))]:
        for place in range(at, old_place):
            yield DiffRow("removed", place + 1, None, *old[place])
        for place in range(other, new_place):
            yield DiffRow("added", None, place + 1, *new[place])
        if old_place < len(old):
            yield DiffRow("same", old_place + 1, new_place + 1, *new[new_place])
        at, other = old_place + 1, new_place + 1


def _matches(old: Sequence[Line], new: Sequence[Line]) -> list[tuple[int, int]]:
    """Return the indexes of equal lines in both texts, in their order."""
    numbers: dict[Line, int] = {}
    a = [numbers.setdefault(line, len(numbers)) for line in old]
    b = [numbers.setdefault(line, len(numbers)) for line in new]
    matches: list[tuple[int, int]] = []
    pieces = [(0, len(a), 0, len(b), 0)]
    while pieces:
        low, high, other_low, other_high, cuts = pieces.pop()
        while low < high and other_low < other_high and a[low] == b[other_low]:
            matches.append((low, other_low))
            low, other_low = low + 1, other_low + 1
        while low < high and other_low < other_high and a[high - 1] == b[other_high - 1]:
            high, other_high = high - 1, other_high - 1
            matches.append((high, other_high))
        if low == high or other_low == other_high:
            continue
        piece, other_piece = a[low:high], b[other_low:other_high]
        anchors = _anchors(piece, other_piece) if cuts < _MAX_CUTS else []
        if anchors:
            at, other = 0, 0
            for place, other_place in [*anchors, (len(piece), len(other_piece))]:
                pieces.append(
                    (low + at, low + place, other_low + other, other_low + other_place, cuts + 1)
                )
                at, other = place + 1, other_place + 1
            matches += [(low + place, other_low + other) for place, other in anchors]
        elif len(piece) * len(other_piece) <= _MAX_CELLS:
            matches += [(low + i, other_low + j) for i, j in _longest_common(piece, other_piece)]
    return sorted(matches)


def _anchors(a: Sequence[int], b: Sequence[int]) -> list[tuple[int, int]]:
    """Return the lines that each text has exactly once, those in the same order in both."""
    counts, others = Counter(a), Counter(b)
    places = {line: place for place, line in enumerate(b) if others[line] == 1}
    shared = [
        (place, places[line])
        for place, line in enumerate(a)
        if counts[line] == 1 and line in places
    ]
    chosen = rising([other for _, other in shared])
    return [shared[index] for index in chosen]


def rising(values: Sequence[int]) -> list[int]:
    """Return the indexes of a longest increasing subsequence of different numbers."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int | None] = []
    for place, value in enumerate(values):
        length = bisect_left(ends, value)
        before.append(at[length - 1] if length else None)
        ends[length : length + 1] = [value]
        at[length : length + 1] = [place]
    run: list[int] = []
    last = at[-1] if at else None
    while last is not None:
        run.append(last)
        last = before[last]
    return run[::-1]


def _longest_common(a: Sequence[int], b: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield a longest common subsequence of two short sequences."""
    table = [[0] * (len(b) + 1)]
    for value in reversed(a):
        below, row = table[-1], [0] * (len(b) + 1)
        for j in range(len(b) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if value == b[j] else max(below[j], row[j + 1])
        table.append(row)
    table.reverse()
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            yield i, j
            i, j = i + 1, j + 1
        elif table[i + 1][j] >= table[i][j + 1]:
            i += 1
        else:
            j += 1
