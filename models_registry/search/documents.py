"""What the search knows of a model, and how it asks the database for models that fit.

The database keeps one text of words separated by spaces for each model and finds models by whole
words and beginnings of words. Prefixes keep apart what a word is, so that few words have one
beginning: words of names stand as they are, `+` is several of them written as one, `~` one with a
letter less, `r:` a word of repositories and the like, `t:` one of description or README, `id:` a
repository, and `ability:` and the like a value of a filter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models_registry.definitions.facts.facts import Facts
from models_registry.search import normalised, vocabulary
from models_registry.search.query import EXACT_SIZE, Term
from models_registry.search.vocabulary import LANGUAGE, MULTILINGUAL, WORD, Meaning
from models_registry.search.words import (
    folded,
    is_han,
    joined,
    name_words,
    pairs,
    shortened,
    text_words,
    typed_wholes,
    words_of,
)

# Raise it when documents change: all models are then derived again.
VERSION: Final = f"1{vocabulary.version()}"
MAX_TEXT_WORDS: Final = 400
MAX_REPOSITORIES: Final = 200
_SHORTEST_BEGINNING: Final = 2
_NOT_IN_VALUES: Final = re.compile(r"[^\w.-]")

# Alternatives, each of words that must all be there; a star at the end: the beginning of a word.
Group = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What is stored: `words` for the database, `fields` for the ranking.

    `rank` orders models that fit equally: featured first, then short names, which are mostly those
    that others derive from.
    """

    words: str
    folded_name: str
    fields: dict[str, Any]
    rank: int


def document_of(
    model_type: str, name: str, facts: Facts, facets: Mapping[str, Sequence[str]], text: str
) -> Document:
    """The document of a model. `text` is what is searched last: its description and README."""
    names = name_words(name)
    others = {*words_of(facts.family or ""), *map(folded, facts.architectures)}
    repositories = _words_of_all(facts.source_ids[:MAX_REPOSITORIES])
    meanings = [Meaning("type", model_type)]
    meanings += [Meaning(kind, value) for kind, values in facets.items() for value in values]
    meanings += [Meaning(EXACT_SIZE, f"{size:.6g}") for size in facts.sizes_in_billions]
    meanings += vocabulary.origins_of(name, facts.source_ids)
    quantizations = _words_of_all(facts.quantizations)
    words = {*names, *words_of(name), *map(value_word, meanings)}
    words |= {f"+{whole}" for whole in {folded(name), *joined(names)}}
    words |= {f"r:{word}" for word in {*others, *repositories, *quantizations}}
    words |= {repository_word(source_id) for source_id in facts.source_ids[:MAX_REPOSITORIES]}
    words |= {f"~{less}" for word in typed_wholes(name) for less in shortened(word)}
    words |= {f"t:{word}" for word in text_words(text, MAX_TEXT_WORDS)}
    words |= {pair for word in names if is_han(word) for pair in pairs(word)}
    return Document(
        words=" ".join(sorted(map(encoded, words - {""}))),
        folded_name=folded(name)[:200],
        fields={
            "name": names,
            "values": [f"{meaning.kind}:{meaning.value}" for meaning in meanings],
        },
        rank=(0 if facts.featured else 100) + min(len(names), 99),
    )


def _words_of_all(texts: Iterable[str]) -> list[str]:
    return sorted({word for text in texts for word in words_of(text)})


def encoded(word: str) -> str:
    """A word in ASCII, so that every database takes it as one word and compares it alike."""
    return word.encode("ascii", "backslashreplace").decode("ascii").replace("\\", "_")


def value_word(meaning: Meaning) -> str:
    """The word of a value of a filter."""
    return f"{meaning.kind}:{_NOT_IN_VALUES.sub('_', normalised(meaning.value))[:80]}"


def repository_word(repository: str) -> str:
    """The word of a repository."""
    return f"id:{re.sub(r'[^a-z0-9._/-]', '_', normalised(repository))[:120]}"


def name_group(term: Term) -> Group:
    """How the words of names, filters and repositories have a term."""
    found: list[tuple[str, ...]] = [(word,) for word in term.corrections]
    for whole in term.joined:
        # One word of the name may be two in the query, and the other way round.
        found += [(whole,), (f"+{whole}",), (f"r:{whole}",)]
    for meaning in term.meanings:
        if meaning.kind != WORD:
            found.append((value_word(meaning),))
        if meaning.kind in (WORD, LANGUAGE):
            # Names end with codes of languages, too: whisper-base.en.
            found.append((meaning.value,))
        if meaning.kind == LANGUAGE:
            found.append((value_word(MULTILINGUAL),))
    found += [*_written(term), tuple(f"r:{word}" for word in term.words)]
    if len(term.words) == 1:
        found.append((f"+{term.words[0]}",))
    return tuple(dict.fromkeys(found))


def text_group(term: Term) -> Group:
    """How anything of a model has a term, also its description and README."""
    if not term.is_word:
        return name_group(term)
    in_texts = [tuple(f"t:{word}" for word in words) for words in _written(term)]
    return (*name_group(term), *in_texts)


def correction_group(words: Iterable[str]) -> Group:
    """How models have a name with a word that is similar to one of these."""
    found: dict[tuple[str, ...], None] = {}
    for word in words:
        for less in (word, *shortened(word)):
            found[(f"~{less}",)] = None
            found[(less,)] = None
    return tuple(found)


def _written(term: Term) -> list[tuple[str, ...]]:
    """The words of a term. A single one may be the beginning of a word; 3 is also 3.1 and 3.5."""
    if len(term.words) > 1:
        return [term.words]
    word = term.words[0]
    if word.isdigit():
        return [(word,), (f"{word}.*",)]
    if word[0].isdigit() or len(word) < _SHORTEST_BEGINNING:
        return [(word,)]
    return [(f"{word}*",)]
