"""A model's history: what each revision changed, and comparisons of any two revisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator

from accounts.models import User
from hub.cached_values import CachedValues
from models_registry import policy
from models_registry.definitions.compare.changes import DefinitionChange, Hunk, changes, text_diff
from models_registry.definitions.compare.lines import DiffRow, line_counts
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.json_text.messages import packed, unpacked
from models_registry.labels import translated
from models_registry.models import RegisteredModel, Revision

PAGE_SIZE = 15
CHANGES_SHOWN = 3
# Longer comparisons are cut off: a page of this size takes a browser about a second.
MAX_ROWS = 4000
MAX_LINE = 2000
_CACHE_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Summary:
    """What a revision changed: the first sentences, their total number, lines of the README."""

    sentences: tuple[str, ...]
    total: int
    readme_added: int
    readme_removed: int

    @property
    def more(self) -> int:
        """The number of changes without a sentence."""
        return self.total - len(self.sentences)

    @property
    def is_empty(self) -> bool:
        """True if neither definition nor README changed."""
        return not (self.total or self.readme_added or self.readme_removed)


# Raise the version when the sentences of `definitions.compare.changes` change.
@dataclass(frozen=True, slots=True)
class KeptSummary:
    """A Summary as it is cached: its sentences are translated for each reader."""

    sentences: list[Any]
    total: int
    readme_added: int
    readme_removed: int

    def shown(self) -> Summary:
        """The summary in the language that is active now."""
        sentences = tuple(translated(unpacked(sentence)) for sentence in self.sentences)
        return Summary(sentences, self.total, self.readme_added, self.readme_removed)


_SUMMARIES: Final = CachedValues[KeptSummary](KeptSummary, version="3")


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One revision in the list; `before` is the revision that it is compared with, if any."""

    revision: Revision
    before: Revision | None
    summary: Summary | None


@dataclass(frozen=True, slots=True)
class TextComparison:
    """A text in two versions: its changed parts, and how many lines were added and removed."""

    hunks: tuple[Hunk, ...]
    added: int
    removed: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class RevisionComparison:
    """Two revisions of a model side by side."""

    changes: list[DefinitionChange]
    definition: TextComparison
    readme: TextComparison
    readme_zh: TextComparison


def pages_of(user: User | AnonymousUser, model: RegisteredModel) -> Paginator[Revision]:
    """The revisions that the user may see, newest first."""
    seen = policy.revisions_for(user, model).select_related("author")
    return Paginator(
        list(seen.defer("definition", "readme", "readme_zh", "loading_problems")), PAGE_SIZE
    )


def entries_of(page: Page[Revision]) -> list[HistoryEntry]:
    """The revisions of a page, each with what it changed.

    SECURITY: a revision is compared only with another one that the user may see.
    """
    seen = list(page.paginator.object_list)
    pairs = [(revision, _before(revision, seen)) for revision in page]
    summaries = _summaries(pairs)
    return [
        HistoryEntry(revision, before, summaries.get(revision.pk)) for revision, before in pairs
    ]


def compare(old: Revision, new: Revision, *, whole: bool = False) -> RevisionComparison:
    """Compare two revisions: as sentences and line by line; `whole` shows all lines unfolded."""
    semantic = changes(parse(old.definition), parse(new.definition))
    return RevisionComparison(
        changes=sorted(semantic, key=lambda change: change.kind == "stamp"),
        definition=compared(old.definition, new.definition, whole=whole),
        readme=compared(old.readme, new.readme, whole=whole),
        readme_zh=compared(old.readme_zh, new.readme_zh, whole=whole),
    )


def _before(revision: Revision, seen: Sequence[Revision]) -> Revision | None:
    """The revision that this one is based on, else the previous one that the user may see."""
    older = [earlier for earlier in seen if earlier.number < revision.number]
    base = next((earlier for earlier in older if earlier.pk == revision.base_id), None)
    return base or (older[0] if older else None)


def _summaries(pairs: Iterable[tuple[Revision, Revision | None]]) -> dict[int, Summary]:
    keys = {
        f"changes:{before.pk}:{revision.pk}": (revision.pk, before.pk)
        for revision, before in pairs
        if before is not None
    }
    known = _SUMMARIES.get_many(keys)
    missing = {key: pair for key, pair in keys.items() if key not in known}
    wanted = {pk for pair in missing.values() for pk in pair}
    texts = (
        Revision.objects.only("definition", "readme", "readme_zh").in_bulk(wanted) if wanted else {}
    )
    fresh = {key: _summary(texts[old], texts[new]) for key, (new, old) in missing.items()}
    if fresh:
        _SUMMARIES.set_many(fresh, _CACHE_SECONDS)
    return {keys[key][0]: kept.shown() for key, kept in {**known, **fresh}.items()}


def _summary(old: Revision, new: Revision) -> KeptSummary:
    semantic = changes(parse(old.definition), parse(new.definition))
    labels = [change.label for change in semantic if change.kind != "stamp"]
    lines = line_counts(old.readme, new.readme)
    chinese = line_counts(old.readme_zh, new.readme_zh)
    counts = (lines[0] + chinese[0], lines[1] + chinese[1])
    return KeptSummary([packed(label) for label in labels[:CHANGES_SHOWN]], len(labels), *counts)


def compared(old: str, new: str, *, whole: bool = False) -> TextComparison:
    """Compare two texts line by line, up to the size of a page."""
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
        DiffRow(row.kind, row.old, row.new, f"{row.text[:MAX_LINE]} …", row.ending)
        if len(row.text) > MAX_LINE
        else row
        for row in hunk.rows[:room]
    )
    is_whole = len(hunk.rows) <= room
    return Hunk(rows, hunk.folded_before, hunk.folded_after if is_whole else 0)
