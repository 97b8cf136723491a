"""What somebody means who types a text into the search: words, values of filters, repositories."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from models_registry.definitions.facts.vocabulary import size_bucket
from models_registry.search import normalised
from models_registry.search.vocabulary import Meaning, vocabulary
from models_registry.search.words import MAX_WORD_LENGTH, Word, is_han, pairs, spoken

# Longer texts are cut: nobody types that much, and each word costs time.
MAX_QUERY_LENGTH: Final = 1000
MAX_TERMS: Final = 12
_MAX_JOINED: Final = 3
SIZE: Final = "size"
# The size itself; the filter has only buckets of sizes.
EXACT_SIZE: Final = "exact"
_SIZE: Final = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)([bm])")
_CONTEXT: Final = re.compile(r"(\d{1,4})([km])")
_CONTEXTS: Final = {"8k": "8k", "32k": "32k", "128k": "128k", "256k": "256k", "1m": "1m"}
_HOSTS: Final = (
    r"(?:[\w-]+\.)*(?:huggingface\.co|hf\.co|hf-mirror\.com|modelscope\.cn|modelscope\.ai"
    r"|modelers\.cn|opencsg\.com)"
)
_OWNER_AND_NAME: Final = r"[\w-][\w.-]*/[\w-][\w.-]*"
_ADDRESS: Final = re.compile(
    rf"(?:https?://)?{_HOSTS}/(?:models/|api/models/)?({_OWNER_AND_NAME})\S*"
)
_REPOSITORY: Final = re.compile(rf"(?<!\S)({_OWNER_AND_NAME})(?!\S)")


@dataclass(frozen=True)
class Term:
    """One thing that a model must have: a word, or a phrase with a meaning.

    `joined` are the other spellings together with the words before and after.
    """

    words: tuple[str, ...]
    start: int
    end: int
    meanings: tuple[Meaning, ...] = ()
    joined: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()

    @cached_property
    def is_word(self) -> bool:
        """Whether names and texts are searched for it, and not only values of filters."""
        return not self.filters

    @cached_property
    def filters(self) -> tuple[Meaning, ...]:
        """The values of filters that it means."""
        return tuple(meaning for meaning in self.meanings if meaning.kind not in _NO_FILTERS)


_NO_FILTERS: Final = frozenset({"maker", "family", "word"})


@dataclass(frozen=True, slots=True)
class Query:
    """A text that was read: `text` normalised, `folded` without case and separators."""

    text: str = ""
    folded: str = ""
    repository: str = ""
    terms: tuple[Term, ...] = field(default=())

    def without(self, term: Term) -> str:
        """The text without the words of a term."""
        return " ".join((self.text[: term.start] + " " + self.text[term.end :]).split())


def parse(text: str) -> Query:
    """Read a text of any length and content; never raises."""
    text = normalised(text[:MAX_QUERY_LENGTH])[:MAX_QUERY_LENGTH]
    repository = ""
    searched = text
    if match := _ADDRESS.search(text) or _REPOSITORY.search(text):
        repository = match.group(1)[:200]
        # The words of the repository stay where they stand, and those of the address go.
        place = match.start(1)
        searched = " " * place + match.group(1) + " " * (len(text) - match.end(1))
    spoken_words = spoken(searched)
    return Query(
        text=text,
        folded="".join(word.text for word in spoken_words)[:200],
        repository=repository,
        terms=tuple(_terms(spoken_words)),
    )


def _terms(spoken_words: Sequence[Word]) -> list[Term]:
    split = [part for word in spoken_words for part in _split(word)]
    terms: list[Term] = []
    place = 0
    while place < len(split) and len(terms) < MAX_TERMS:
        count, term = _read(split, place)
        terms.append(term)
        place += count
    ignored = vocabulary().ignored
    telling = [term for term in terms if term.meanings or not ignored.issuperset(term.words)]
    return _with_joined(telling or terms)


def _read(split: Sequence[Word], place: int) -> tuple[int, Term]:
    """The longest phrase that begins here, or a single word."""
    known = vocabulary()
    for count in range(min(known.longest, len(split) - place), 0, -1):
        taken = split[place : place + count]
        words = tuple(word.text for word in taken)
        if meanings := known.phrases.get(words):
            return count, Term(words, taken[0].start, taken[-1].end, meanings)
    word = split[place]
    return 1, Term((word.text,), word.start, word.end, tuple(_measured(word.text)))


def _measured(word: str) -> Iterator[Meaning]:
    """The size or context length that a word is: 7b, 128k."""
    if match := _SIZE.fullmatch(word):
        size = float(match.group(1)) / (1 if match.group(2) == "b" else 1000)
        if size > 0 and (match.group(2) == "b" or size >= 0.01):
            yield Meaning(SIZE, size_bucket(size))
            yield Meaning(EXACT_SIZE, f"{size:.6g}")
    if _CONTEXT.fullmatch(word) and word in _CONTEXTS:
        yield Meaning("context", _CONTEXTS[word])


def _split(word: Word) -> Iterator[Word]:
    """A Chinese word in known phrases and the rest in pairs of characters; others as they are."""
    if not is_han(word.text):
        yield word
        return
    known = vocabulary()
    rest = place = 0
    while place < len(word.text):
        length = next(
            (
                length
                for length in range(min(known.longest_han, len(word.text) - place), 0, -1)
                if (part := word.text[place : place + length]) in known.han or part in known.ignored
            ),
            0,
        )
        if length:
            yield from _pairs(word, rest, place)
            yield Word(
                word.text[place : place + length], word.start + place, word.start + place + length
            )
            rest = place + length
        place += length or 1
    yield from _pairs(word, rest, len(word.text))


def _pairs(word: Word, start: int, end: int) -> Iterator[Word]:
    if start == end:
        return
    for offset, pair in enumerate(pairs(word.text[start:end])):
        place = word.start + start + offset
        yield Word(pair, place, place + len(pair))


def _with_joined(terms: Sequence[Term]) -> list[Term]:
    """Each term with what it is together with its neighbours: deep seek is also deepseek."""
    wholes = ["".join(term.words) for term in terms]
    found = []
    for place, term in enumerate(terms):
        joined = set()
        for count in range(2, _MAX_JOINED + 1):
            for first in range(max(place - count + 1, 0), place + 1):
                if first + count <= len(terms):
                    joined.add("".join(wholes[first : first + count])[:MAX_WORD_LENGTH])
        if len(term.words) > 1:
            joined.add(wholes[place][:MAX_WORD_LENGTH])
        found.append(replace(term, joined=tuple(sorted(joined))))
    return found
