"""How texts are compared when models are searched."""

from __future__ import annotations

import unicodedata


def normalised(text: str) -> str:
    """Text as it is compared in searches: compatibility forms folded, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def search_words(text: str) -> list[str]:
    """The words of a search, normalised; at most eight, of the first 1,000 characters."""
    # PostgreSQL refuses NUL, SQLite a pattern of more than 50,000 bytes.
    return normalised(text[:1000].replace("\x00", " ")).split()[:8]
