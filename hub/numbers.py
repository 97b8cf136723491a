"""Parsing of numbers in requests."""

from __future__ import annotations

LARGEST_KEY = 2**63 - 1


def whole_number(text: str, *, most: int = LARGEST_KEY) -> int | None:
    """The number in a text of ASCII digits; None for any other text, and above `most`.

    Digits of other scripts are refused: `str.isdecimal` accepts them, but PostgreSQL and addresses
    do not. The length is checked first, because `int` raises ValueError above 4,300 digits.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None
