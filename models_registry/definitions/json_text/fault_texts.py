"""The messages about words and pieces of strings that are not JSON."""

import json
from typing import Final

from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.json_text.problems import quoted

_OTHER_CONSTANTS: Final = {
    "True": "true",
    "False": "false",
    "None": "null",
    "undefined": "null",
}
NO_COMMENTS: Final = gettext_noop("JSON has no comments; remove them.")
_NOT_FINITE: Final = frozenset({"NaN", "Infinity", "-Infinity", "+Infinity", "nan", "inf", "-inf"})


def unexpected(expected: Message, seen: Message) -> Message:
    """Return what was expected, and what is there instead."""
    return gettext_noop("Expected %(expected)s, but found %(seen)s.", expected=expected, seen=seen)


def word_fault(word: str) -> tuple[str, Message]:
    """Return the code and the message of a word that is not JSON."""
    if word in _NOT_FINITE:
        return "not-finite", gettext_noop(
            "%(word)s is not a JSON value. Use a number or null.", word=word
        )
    if word in _OTHER_CONSTANTS:
        return "bad-word", gettext_noop(
            "JSON writes %(word)s as %(constant)s.", word=word, constant=_OTHER_CONSTANTS[word]
        )
    if word[0] in "-+." or word[0].isdigit():
        return "bad-number", gettext_noop(
            "%(word)s is not a number as JSON writes it.", word=quoted(word)
        )
    return "bad-word", gettext_noop(
        "%(word)s is not a JSON value. Put a text in double quotes.", word=quoted(word)
    )


def string_fault(kind: str, piece: str) -> tuple[str, Message]:
    """Return the code and the message of a piece of a string that is not allowed."""
    if kind == "lone":
        code = int(piece[2:], 16) if piece.startswith("\\") else ord(piece)
        return (
            "lone-surrogate",
            gettext_noop(
                "%(code)s is half of a character (a lone surrogate). Write the whole character.",
                code=f"U+{code:04X}",
            ),
        )
    if kind == "nul":
        return (
            "control-character",
            gettext_noop("The character NUL (\\u0000) is not allowed. Remove it."),
        )
    if kind == "control":
        return (
            "control-character",
            gettext_noop(
                "Escape the control character %(code)s (as %(escape)s) or remove it.",
                code=f"U+{ord(piece):04X}",
                escape=json.dumps(piece)[1:-1],
            ),
        )
    return (
        "bad-escape",
        gettext_noop(
            "%(escape)s is not a JSON escape. Write a backslash itself as \\\\.",
            escape=quoted(piece),
        ),
    )
