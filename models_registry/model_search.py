"""Finds models: the one search behind the list, the API, suggestions and missing pages.

The database names the models that have all words, within what the person may see; the ranking is
computed here, so that it is the same on every database. The number of queries has a bound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final

from models_registry import labels
from models_registry.models import ModelType, RegisteredModelQuerySet
from models_registry.models.search import FoundDocument, VisibleDocuments, by_index
from models_registry.search.documents import (
    Group,
    correction_group,
    name_group,
    repository_word,
    text_group,
)
from models_registry.search.query import SIZE, Query, Term, parse
from models_registry.search.scoring import (
    IN_REPOSITORY,
    IN_TEXT,
    corrections,
    fit,
    known_fields,
)
from models_registry.search.vocabulary import MAKER, Meaning, maker_label, vocabulary
from models_registry.search.words import is_correctable

# More are not ranked: the database chooses by `SearchDocument.rank` then.
MAX_RANKED: Final = 400
# Descriptions and READMEs are searched only if names give fewer models: they come last anyway.
ENOUGH_BY_NAME: Final = 100
MAX_EXACT: Final = 50
MAX_NEAR: Final = 150
MAX_SHOWN_NEAR: Final = 24
# How much of one term a near answer has at least.
_NEAR_SHARE: Final = 0.5
# All pairs of the terms are asked for, so the number of terms is small.
_MAX_NEAR_TERMS: Final = 8


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that fits, with what lists order and count by."""

    pk: int
    name_key: str
    model_type: str
    featured: bool
    rank: int
    values: frozenset[str]
    score: float = 0.0
    share: float = 0.0

    def by_kind(self, kinds: Iterable[str]) -> dict[str, list[str]]:
        """Its values of each of these filters."""
        found: dict[str, list[str]] = {kind: [] for kind in kinds}
        for text in self.values:
            kind, _, value = text.partition(":")
            if kind in found:
                found[kind].append(value)
        return found


@dataclass(frozen=True, slots=True)
class Understood:
    """A value of a filter that was found in the text, and the text without its words."""

    kind: str
    value: str
    label: str
    text_without: str


@dataclass(frozen=True, slots=True)
class Found:
    """The models that fit a text, best first.

    `is_cut`: there are more, which fit no better than these by all that the database knows.
    `corrected`: the text with its typing errors mended. `is_corrected`: the models fit that text,
    and none fits what was typed. `is_near`: no model has everything, and these have most of it.
    """

    query: Query
    models: tuple[FoundModel, ...] = ()
    is_cut: bool = False
    corrected: str = ""
    is_corrected: bool = False
    is_near: bool = False
    is_exact: bool = False

    @property
    def understood(self) -> tuple[Understood, ...]:
        """The values of filters in the text; none if the text is a name or a repository."""
        if self.is_exact:
            return ()
        return tuple(
            Understood(meaning.kind, meaning.value, _label(meaning), self.query.without(term))
            for term in self.query.terms
            if (meaning := _shown(term)) is not None
        )


def find(visible: RegisteredModelQuerySet, text: str) -> Found:
    """The models that fit the text.

    SECURITY: `visible` starts from `visible_to(user)`. Everything that the answer tells comes from
    these models: also corrections, and what lies near.
    """
    query = parse(text)
    if not query.terms:
        return Found(query)
    with by_index():
        return _Search(VisibleDocuments(visible), query).found()


def similar(visible: RegisteredModelQuerySet, text: str, at_most: int) -> list[FoundModel]:
    """The models that a name means most probably, the best first: also those that lack a word."""
    query = parse(text)
    if not query.terms:
        return []
    search = _Search(VisibleDocuments(visible), query)
    with by_index():
        found = search.found().models[:at_most]
        if len(found) < at_most:
            found = (*found, *search.near(query))
    return list({model.pk: model for model in found}.values())[:at_most]


@dataclass
class _Search:
    documents: VisibleDocuments
    query: Query
    exact: set[int] = field(default_factory=set)

    def found(self) -> Found:
        exact = self._exact_rows()
        self.exact = set(exact)
        by_name = exact | self._rows(map(name_group, self.query.terms))
        rows = dict(by_name)
        has_words = any(term.is_word for term in self.query.terms)
        if has_words and len(by_name) < ENOUGH_BY_NAME:
            rows = by_name | self._rows(map(text_group, self.query.terms), but=by_name)
        is_cut = len(rows) >= MAX_RANKED
        if by_name:
            ranked = self._ranked(rows, self.query, by_name)
            return Found(self.query, ranked, is_cut, is_exact=bool(exact))
        corrected = self._corrected()
        text = corrected.text if corrected is not None else ""
        if rows:
            return Found(self.query, self._ranked(rows, self.query), is_cut, corrected=text)
        meant = corrected or self.query
        if corrected is not None and (rows := self._rows(map(name_group, meant.terms))):
            ranked = self._ranked(rows, meant, rows)
            is_cut = len(rows) >= MAX_RANKED
            return Found(self.query, ranked, is_cut, corrected=text, is_corrected=True)
        return Found(self.query, self.near(meant), corrected=text, is_near=True)

    def _ranked(
        self,
        rows: Mapping[int, FoundDocument],
        query: Query,
        by_name: Collection[int] = (),
        *,
        in_text: float = IN_TEXT,
    ) -> tuple[FoundModel, ...]:
        """The models, best first; `by_name`: those found without descriptions and READMEs."""
        found = []
        for pk, row in rows.items():
            rest = IN_REPOSITORY if pk in by_name else in_text
            fields = known_fields(row.fields)
            fits = fit(query, fields, rest=rest, is_exact=pk in self.exact)
            found.append(
                FoundModel(
                    pk,
                    row.name_key,
                    row.model_type,
                    bool(row.featured),
                    row.rank,
                    fields.values,
                    fits.score,
                    fits.share,
                )
            )
        return tuple(sorted(found, key=_best_first))

    def _exact_rows(self) -> dict[int, FoundDocument]:
        """The models of exactly this name, in any spelling, or with this repository."""
        if self.query.repository:
            groups: tuple[Group, ...] = (((repository_word(self.query.repository),),),)
            return self._rows(groups, at_most=MAX_EXACT)
        return _by_key(self.documents.named(self.query.folded, MAX_EXACT))

    def _rows(
        self, groups: Iterable[Group], at_most: int = MAX_RANKED, but: Collection[int] = ()
    ) -> dict[int, FoundDocument]:
        """The best models that have the words; those that have been read already are left out."""
        return _by_key(self.documents.with_words(groups, at_most, but))

    def _corrected(self) -> Query | None:
        """The query without its probable typing errors; None if nothing similar is known."""
        mistyped = [term for term in self.query.terms if _may_be_mistyped(term)]
        if not mistyped:
            return None
        group = correction_group(term.words[0] for term in mistyped)
        names = [row.name for row in self._rows([group], at_most=MAX_NEAR).values()]
        meant: dict[str, tuple[str, ...]] = {}
        text = self.query.text
        for term in reversed(mistyped):
            if words := corrections(term.words[0], names, vocabulary().single):
                meant[words[0]] = words
                text = text[: term.start] + words[0] + text[term.end :]
        if not meant:
            return None
        # Read again: a corrected word may belong to a phrase. Others are as near as the first.
        query = parse(" ".join(text.split()))
        terms = [replace(term, corrections=meant.get(term.words[0], ())) for term in query.terms]
        return replace(query, terms=tuple(terms))

    def near(self, query: Query) -> tuple[FoundModel, ...]:
        """The models that lack one of the terms, or else those that have one at least."""
        groups = [name_group(term) for term in query.terms[:_MAX_NEAR_TERMS]]
        if len(groups) < 2:
            return ()
        any_pair = [(*first, *second) for first, second in combinations(groups, 2)]
        any_term = [tuple(words for group in groups for words in group)]
        for either in (any_pair, any_term):
            rows = self._rows(either, at_most=MAX_NEAR)
            ranked = self._ranked(rows, query, in_text=0.0)
            if near := tuple(model for model in ranked if model.share >= _NEAR_SHARE / len(groups)):
                return near[:MAX_SHOWN_NEAR]
        return ()


def _by_key(documents: Iterable[FoundDocument]) -> dict[int, FoundDocument]:
    return {document.pk: document for document in documents}


def _shown(term: Term) -> Meaning | None:
    """The meaning of a term that a chip shows: a filter, or a maker by another name."""
    if term.filters:
        return term.filters[0]
    if any(term.words in origin.names for origin in vocabulary().origins):
        return None
    return next((meaning for meaning in term.meanings if meaning.kind == MAKER), None)


def _label(meaning: Meaning) -> str:
    if meaning.kind == MAKER:
        return maker_label(meaning.value)
    if meaning.kind == "type":
        return str(ModelType(meaning.value).label)
    if meaning.kind == SIZE or meaning.kind == "context":
        return labels.bucket_label(meaning.value)
    shown = {
        "ability": labels.ability_label,
        "format": labels.format_label,
        "engine": labels.engine_label,
        "language": labels.language_label,
    }
    return shown[meaning.kind](meaning.value)


def _best_first(model: FoundModel) -> tuple[float, int, str, int]:
    return (-model.score, model.rank, model.name_key, model.pk)


def _may_be_mistyped(term: Term) -> bool:
    return len(term.words) == 1 and not term.meanings and is_correctable(term.words[0])
