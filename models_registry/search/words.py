"""The words of names, texts and queries: spelt alike, whoever wrote them.

`Qwen3-VL`, `qwen 3 vl` and `qwen3vl` are the same words. Sizes such as `0.6b` stay one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from models_registry.search import normalised

MAX_WORD_LENGTH: Final = 60
# How many neighbouring words of a name may be written as one.
MAX_JOINED: Final = 4
# Shorter words are too similar to each other for a correction.
SHORTEST_CORRECTED: Final = 4
_LONGEST_CORRECTED: Final = 24

_HAN: Final = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD: Final = re.compile(
    r"(?<![^\W_])a\d+(?:\.\d+)?b(?![^\W_])"  # activated parameters: a3b
    r"|\d+(?:\.\d+)?[bmk](?![^\W_])"  # 0.6b, 128k
    r"|\d+(?:\.\d+)*"
    rf"|[{_HAN}]+"
    rf"|[^\W\d_{_HAN}]+"
)
_IS_HAN: Final = re.compile(rf"[{_HAN}]+")
# `ChatTTS` is two words, and so is `CosyVoice`.
_CASE_BORDER: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, and where it stands in the normalised text."""

    text: str
    start: int
    end: int


def spoken(text: str) -> list[Word]:
    """The words of a normalised text, with their places."""
    return [
        Word(match.group()[:MAX_WORD_LENGTH], match.start(), match.end())
        for match in _WORD.finditer(text)
    ]


def words_of(text: str) -> list[str]:
    """The words of a text in any spelling."""
    return [word.text for word in spoken(normalised(text))]


def name_words(name: str) -> list[str]:
    """The words of a name; a capital letter after a small one begins a word, too."""
    return words_of(_CASE_BORDER.sub(" ", name))


def folded(name: str) -> str:
    """A name without case and separators: what all its spellings have in common."""
    return "".join(words_of(name))


def joined(words: Sequence[str]) -> set[str]:
    """The neighbouring words written as one: `v3.1`, `deepseekv3.1`."""
    return {
        "".join(words[start : start + count])[:MAX_WORD_LENGTH]
        for count in range(2, MAX_JOINED + 1)
        for start in range(len(words) - count + 1)
    }


def is_han(word: str) -> bool:
    """Whether a word is written without spaces between words: Chinese and Japanese."""
    return _IS_HAN.fullmatch(word) is not None


def pairs(word: str) -> list[str]:
    """Each two neighbouring characters of a Chinese word, or the only one."""
    return ["".join(pair) for pair in pairwise(word)] or [word]


def text_words(text: str, at_most: int) -> list[str]:
    """The different words of a longer text, in their order; Chinese as pairs of characters."""
    found: dict[str, None] = {}
    for word in words_of(text):
        found.update(dict.fromkeys(pairs(word) if is_han(word) else [word]))
        if len(found) >= at_most:
            break
    return list(found)[:at_most]


def is_correctable(word: str) -> bool:
    """Whether a word may be mistyped, and is long enough to tell what was meant."""
    return word.isalpha() and not is_han(word) and len(word) >= SHORTEST_CORRECTED


def shortened(word: str) -> list[str]:
    """The word with one letter less, for each letter.

    Two words with one typing error between them have one of these in common, or are one of each
    other's.
    """
    word = word[:_LONGEST_CORRECTED]
    return sorted({word[:place] + word[place + 1 :] for place in range(len(word))})


def typed_wholes(name: str) -> Iterable[str]:
    """The words of a name that may be mistyped: as they are split, and as they are written."""
    return sorted({word for word in (*name_words(name), *words_of(name)) if is_correctable(word)})
