"""Sentences that follow each other: with a space between them, except in Chinese."""

from __future__ import annotations

import re
from typing import Final

_GAP: Final = re.compile(r"(?<=[。！？；：，、])\s+")


def close_up(text: str) -> str:
    """The text without spaces after Chinese punctuation."""
    return _GAP.sub("", text)


def together(*sentences: object) -> str:
    """The sentences as one text; empty ones are left out."""
    return close_up(" ".join(str(sentence) for sentence in sentences if sentence))
