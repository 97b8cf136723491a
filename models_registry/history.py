"""A model's past: what each revision changed, and any two of them compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache

from accounts.models import User
from models_registry import policy
from models_registry.definitions.diff import Change, Hunk, Row, changes, text_diff
from models_registry.definitions.line_diff import line_counts
from models_registry.definitions.text import parse
from models_registry.models import RegisteredModel, Revision

PAGE_SIZE = 15
CHANGES_SHOWN = 3
# Longer comparisons are cut: a page of this size is a second's work for a browser.
MAX_ROWS = 4000
MAX_LINE = 2000
# Raise it when the sentences of `definitions.diff` change.
_CACHE_VERSION = 1
_CACHE_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Summary:
    """What a revision changed: the first sentences, how many there are, lines of the README."""

    sentences: tuple[str, ...]
    total: int
    readme_added: int
    readme_removed: int

    @property
    def more(self) -> int:
        """How many changes are not spelt out."""
        return self.total - len(self.sentences)

    @property
    def is_empty(self) -> bool:
        """Whether neither definition nor README changed."""
        return not (self.total or self.readme_added or self.readme_removed)


@dataclass(frozen=True, slots=True)
class Entry:
    """One revision in the list; `before` is the one that it is compared with, if there is any."""

    revision: Revision
    before: Revision | None
    summary: Summary | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a history, newest first."""

    entries: list[Entry]
    number: int
    page_count: int
    total: int


@dataclass(frozen=True, slots=True)
class TextComparison:
    """A text in two versions: its changed places, and how many lines came and went."""

    hunks: tuple[Hunk, ...]
    added: int
    removed: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two revisions of a model side by side."""

    changes: list[Change]
    definition: TextComparison
    readme: TextComparison


def page_of(user: User | AnonymousUser, model: RegisteredModel, number: int) -> Page:
    """One page of the revisions that the user may see, each with what it changed.

    SECURITY: a revision is compared with one that the user may see, too, never with a hidden one.
    """
    seen = list(
        policy.revisions_for(user, model)
        .select_related("author")
        .defer("definition", "readme", "loading_problems")
    )
    page_count = max(1, ceil(len(seen) / PAGE_SIZE))
    number = min(max(number, 1), page_count)
    start = (number - 1) * PAGE_SIZE
    shown = seen[start : start + PAGE_SIZE]
    pairs = [(revision, _before(revision, seen)) for revision in shown]
    summaries = _summaries(pairs)
    entries = [Entry(one, before, summaries.get(one.pk)) for one, before in pairs]
    return Page(entries, number, page_count, len(seen))


def compare(old: Revision, new: Revision, *, whole: bool = False) -> Comparison:
    """Compare two revisions: in sentences, and line by line; `whole` leaves nothing folded."""
    found = changes(parse(old.definition), parse(new.definition))
    return Comparison(
        changes=sorted(found, key=lambda change: change.kind == "stamp"),
        definition=compared(old.definition, new.definition, whole=whole),
        readme=compared(old.readme, new.readme, whole=whole),
    )


def _before(revision: Revision, seen: Sequence[Revision]) -> Revision | None:
    """The revision that this one started from, else the one before it, as far as it may be seen."""
    older = [one for one in seen if one.number < revision.number]
    base = next((one for one in older if one.pk == revision.base_id), None)
    return base or (older[0] if older else None)


def _summaries(pairs: Iterable[tuple[Revision, Revision | None]]) -> dict[int, Summary]:
    keys = {
        f"changes:{_CACHE_VERSION}:{before.pk}:{one.pk}": (one.pk, before.pk)
        for one, before in pairs
        if before is not None
    }
    known = cache.get_many(keys)
    missing = {key: pair for key, pair in keys.items() if key not in known}
    wanted = {pk for pair in missing.values() for pk in pair}
    texts = Revision.objects.only("definition", "readme").in_bulk(wanted) if wanted else {}
    fresh = {key: _summary(texts[old], texts[new]) for key, (new, old) in missing.items()}
    if fresh:
        cache.set_many(fresh, _CACHE_SECONDS)
    return {keys[key][0]: Summary(*parts) for key, parts in {**known, **fresh}.items()}


def _summary(old: Revision, new: Revision) -> tuple[tuple[str, ...], int, int, int]:
    """The parts of a Summary, plain enough for every cache."""
    found = changes(parse(old.definition), parse(new.definition))
    labels = [change.label for change in found if change.kind != "stamp"]
    return tuple(labels[:CHANGES_SHOWN]), len(labels), *line_counts(old.readme, new.readme)


def compared(old: str, new: str, *, whole: bool = False) -> TextComparison:
    """Compare two texts line by line, as far as a page can show it."""
    added, removed = line_counts(old, new)
    hunks: list[Hunk] = []
    room = MAX_ROWS
    context = max(old.count("\n"), new.count("\n")) + 1 if whole else 3
    is_cut = False
    for hunk in text_diff(old, new, context=context):
        if len(hunk.rows) > room:
            is_cut = True
        if room > 0:
            hunks.append(_clipped(hunk, room))
        room -= len(hunk.rows)
    return TextComparison(tuple(hunks), added, removed, is_cut)


def _clipped(hunk: Hunk, room: int) -> Hunk:
    rows = tuple(
        Row(row.kind, row.old, row.new, f"{row.text[:MAX_LINE]} …", row.ending)
        if len(row.text) > MAX_LINE
        else row
        for row in hunk.rows[:room]
    )
    is_whole = len(hunk.rows) <= room
    return Hunk(rows, hunk.folded_before, hunk.folded_after if is_whole else 0)
