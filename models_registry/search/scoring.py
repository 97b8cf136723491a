"""How well a model fits a query: the same figures on every database."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from models_registry.search.query import EXACT_SIZE, SIZE, Query, Term
from models_registry.search.vocabulary import LANGUAGE, MULTILINGUAL, WORD, Meaning
from models_registry.search.words import joined, typed_wholes

# What the best match of a term is worth.
_IN_NAME: Final = 1.0
_BEGINNING: Final = 0.75
_MINOR_VERSION: Final = 0.6
_VALUE: Final = 1.0
# A value that the words mean less often.
_OTHER_VALUE: Final = 0.85
_VALUE_AND_NAME: Final = 1.05
_ONLY_BUCKET: Final = 0.6
_MULTILINGUAL: Final = 0.6
_ANY_LANGUAGE: Final = f"{MULTILINGUAL.kind}:{MULTILINGUAL.value}"
# The name has the words, and the model has not the value that they mean.
_ONLY_NAME: Final = 0.7
_ORIGIN: Final = 0.8
IN_REPOSITORY: Final = 0.45
IN_TEXT: Final = 0.15
# What the match of the whole name is worth beside the terms.
_TERMS: Final = 3.0
_COVERED: Final = 0.6
_BEGINS: Final = 0.3
_EXACT: Final = 5.0
# Short words and numbers tell less.
_LIGHT: Final = 0.7


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a model fits: `score` for the order, `share` of the terms that it has, up to 1."""

    score: float
    share: float


@dataclass(frozen=True, slots=True)
class KnownFields:
    """The fields of a document: the words of a name, where they begin in it, and its values."""

    words: frozenset[str]
    folded: str
    joined: frozenset[str]
    places: Mapping[str, int]
    values: frozenset[str]


# 4 KB each, and a search ranks 400 at most.
@lru_cache(maxsize=2_000)
def known_fields(text: str) -> KnownFields:
    """The fields of a document, as it is stored: the same text has the same ones."""
    fields = json.loads(text)
    words = fields["name"]
    whole = "".join(words)
    places: dict[str, int] = {}
    place = 0
    for word in words:
        places.setdefault(word, place)
        place += len(word)
    return KnownFields(
        frozenset(words),
        whole,
        frozenset(joined(words) | {whole}),
        places,
        frozenset(map(sys.intern, fields["values"])),
    )


class _Name:
    """The name of a model, and which of its characters the query has."""

    __slots__ = ("_covered", "_places", "folded", "joined", "words")

    def __init__(self, fields: KnownFields) -> None:
        self.words = fields.words
        self.folded = fields.folded
        self.joined = fields.joined
        self._places = fields.places
        self._covered: set[int] = set()

    def cover(self, text: str) -> None:
        place = self._places.get(text, -1)
        if place < 0 and not text.isdigit():
            place = self.folded.find(text)
        if place >= 0:
            self._covered.update(range(place, place + len(text)))

    @property
    def coverage(self) -> float:
        return len(self._covered) / len(self.folded) if self.folded else 0.0

    def has(self, words: Sequence[str]) -> bool:
        if all(word in self.words for word in words):
            for word in words:
                self.cover(word)
            return True
        return self.has_joined(["".join(words)])

    def has_joined(self, wholes: Sequence[str]) -> bool:
        found = [whole for whole in wholes if whole in self.joined or whole in self.words]
        for whole in found:
            self.cover(whole)
        return bool(found)

    def has_beginning(self, word: str) -> bool:
        known = [name for name in (*self.words, *self.joined) if name.startswith(word)]
        if known:
            self.cover(word)
        return bool(known)


def fit(query: Query, fields: KnownFields, *, rest: float, is_exact: bool = False) -> Fit:
    """How well the fields of a document fit the query.

    `rest` is what terms are worth that neither name nor values have: IN_REPOSITORY or IN_TEXT,
    where the database has found the model by them.
    """
    name = _Name(fields)
    values = fields.values
    total = reached = 0.0
    for term in query.terms:
        weight = _LIGHT if term.is_word and len("".join(term.words)) < 2 else 1.0
        total += weight
        reached += weight * (_worth(term, name, values) or rest)
    share = reached / total if total else 0.0
    score = _TERMS * share
    if any(term.is_word for term in query.terms):
        score += _COVERED * name.coverage
        # All corrections are worth the same, not only the one that stands in the text.
        is_typed = not any(term.corrections for term in query.terms)
        if is_typed and name.folded.startswith(query.folded):
            score += _BEGINS
    if is_exact or (query.folded and name.folded == query.folded):
        score += _EXACT
    return Fit(round(score, 3), share)


def _worth(term: Term, name: _Name, values: frozenset[str]) -> float:
    in_name = _in_name(term, name)
    meant = [
        _meant(term, meaning, place, name, values) for place, meaning in enumerate(term.meanings)
    ]
    best = max(meant, default=0.0)
    if not term.filters:
        return max(best, in_name)
    if best >= _VALUE and in_name >= _BEGINNING:
        return _VALUE_AND_NAME
    return max(best, min(in_name, _ONLY_NAME))


def _in_name(term: Term, name: _Name) -> float:
    if name.has(term.words) or name.has_joined(term.joined):
        return _IN_NAME
    if any(name.has([word]) for word in term.corrections):
        return _IN_NAME
    word = term.words[0]
    if len(term.words) > 1:
        return 0.0
    if word.isdigit():
        return _MINOR_VERSION if name.has_beginning(f"{word}.") else 0.0
    return _BEGINNING if len(word) > 1 and name.has_beginning(word) else 0.0


def _meant(term: Term, meaning: Meaning, place: int, name: _Name, values: frozenset[str]) -> float:
    if meaning.kind == WORD:
        return _OTHER_VALUE if name.has([meaning.value]) else 0.0
    if f"{meaning.kind}:{meaning.value}" not in values:
        if meaning.kind != LANGUAGE:
            return 0.0
        if name.has([meaning.value]):
            return _OTHER_VALUE
        return _MULTILINGUAL if _ANY_LANGUAGE in values else 0.0
    if not term.filters:
        return _ORIGIN
    if meaning.kind == SIZE:
        return _ONLY_BUCKET
    if meaning.kind == EXACT_SIZE or place == 0:
        return _VALUE
    return _OTHER_VALUE


def corrections(word: str, names: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """The words that somebody most probably meant: of names, and else of the others.

    The first of `names` are the best known models; at most three words, the nearest first.
    """
    most = 1 if len(word) < 6 else 2
    found: dict[str, tuple[int, bool, int]] = {}
    for place, name in enumerate(names):
        for whole in typed_wholes(name):
            distance = OSA.distance(word, whole, score_cutoff=most)
            if 0 < distance <= most and whole not in found:
                found[whole] = (distance, whole[0] != word[0], place)
    for whole in others:
        distance = OSA.distance(word, whole, score_cutoff=1)
        if distance == 1 and len(whole) >= len(word) - 1 and whole not in found:
            found[whole] = (distance, whole[0] != word[0], len(names))
    best = min((key[:2] for key in found.values()), default=None)
    nearest = [whole for whole, key in found.items() if key[:2] == best]
    return tuple(sorted(nearest, key=lambda whole: (found[whole], whole))[:3])
