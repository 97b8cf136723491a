"""What people call types, abilities, languages, formats, engines and makers, in any language.

`vocabulary.toml` beside this module has the words; the labels of the pages, in each language of the
site, are added to them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils import translation

from models_registry import labels
from models_registry.search.words import is_han, name_words, words_of

FILE: Final = Path(__file__).with_name("vocabulary.toml")
LANGUAGE: Final = "language"
MAKER: Final = "maker"
FAMILY: Final = "family"
# Other words for words of names.
WORD: Final = "word"
_LABELS: Final[dict[str, tuple[Iterable[str], Callable[[str], str]]]] = {
    "ability": (labels.ABILITIES, labels.ability_label),
    "format": (labels.FORMATS, labels.format_label),
    "engine": (labels.ENGINES, labels.engine_label),
    "language": ({**LANG_INFO, **labels.LANGUAGES}, labels.language_label),
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """One value that words stand for: ability and "tools", or maker and "alibaba"."""

    kind: str
    value: str


MULTILINGUAL: Final = Meaning(LANGUAGE, "multilingual")


@dataclass(frozen=True, slots=True)
class MakerOrigin:
    """How the models of a maker or family are known: by owners of repositories and by names."""

    meaning: Meaning
    owners: frozenset[str]
    names: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words and their meanings, most usual first; words that mean nothing; makers, families."""

    phrases: dict[tuple[str, ...], tuple[Meaning, ...]]
    # Chinese phrases are found inside longer words.
    han: dict[str, tuple[Meaning, ...]]
    ignored: frozenset[str]
    origins: tuple[MakerOrigin, ...]
    longest: int
    longest_han: int
    # Single words, for corrections.
    single: tuple[str, ...]


@cache
def read() -> dict[str, Any]:
    """The file as it is written."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def version() -> str:
    """Changes with the makers and families, which the documents of models contain."""
    content = read()
    return sha256(repr([content[MAKER], content[FAMILY]]).encode()).hexdigest()[:8]


@cache
def vocabulary() -> Vocabulary:
    """The words of the file and the labels of the site, read once in a process."""
    content = read()
    meanings: dict[tuple[str, ...], dict[Meaning, None]] = {}
    for phrase, meaning in [*_written(content), *_labels()]:
        meanings.setdefault(phrase, {})[meaning] = None
    phrases = {phrase: tuple(known) for phrase, known in meanings.items()}
    han = {phrase[0]: known for phrase, known in phrases.items() if _is_han(phrase)}
    ignored = frozenset(word for text in content["ignored"] for word in words_of(text))
    return Vocabulary(
        phrases=phrases,
        han=han,
        ignored=ignored,
        origins=tuple(_origins(content)),
        longest=max(map(len, phrases)),
        longest_han=max(map(len, {*han, *filter(is_han, ignored)})),
        single=tuple(
            sorted(phrase[0] for phrase in phrases if len(phrase) == 1 and not _is_han(phrase))
        ),
    )


def origins_of(name: str, source_ids: Iterable[str]) -> list[Meaning]:
    """The makers and families of a model, by its name and the owners of its repositories."""
    owners = {source_id.partition("/")[0].casefold() for source_id in source_ids}
    words = tuple(words_of(name))
    split = tuple(name_words(name))
    return [
        origin.meaning
        for origin in vocabulary().origins
        if not origin.owners.isdisjoint(owners)
        or any(begins in (words[: len(begins)], split[: len(begins)]) for begins in origin.names)
    ]


def maker_label(maker: str) -> str:
    """The name of a maker, as its line of the file spells it; an unknown one stays as it is."""
    row = read()[MAKER].get(maker)
    return str(row["label"]) if row else maker


def _is_han(phrase: tuple[str, ...]) -> bool:
    return len(phrase) == 1 and is_han(phrase[0])


def _written(content: dict[str, Any]) -> Iterable[tuple[tuple[str, ...], Meaning]]:
    for kind, values in content.items():
        if not isinstance(values, dict):
            continue
        for value, words in values.items():
            texts = words["words"] if isinstance(words, dict) else words
            for text in texts:
                yield tuple(words_of(text)), Meaning(kind, value)


def _labels() -> Iterable[tuple[tuple[str, ...], Meaning]]:
    """The labels of the pages, in every language of the site."""
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for kind, (values, label) in _LABELS.items():
                for value in values:
                    if phrase := tuple(words_of(label(value))):
                        yield phrase, Meaning(kind, value)


def _origins(content: dict[str, Any]) -> Iterable[MakerOrigin]:
    for kind in (FAMILY, MAKER):
        for value, row in content[kind].items():
            yield MakerOrigin(
                Meaning(kind, value),
                frozenset(owner.casefold() for owner in row.get("owners", ())),
                tuple(tuple(words_of(name)) for name in row["names"]),
            )
