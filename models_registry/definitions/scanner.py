"""A JSON reader that knows where everything stands, and goes on after a fault where it can.

The standard library's reader stops at the first fault, takes duplicate keys, NaN and lone
surrogates, and forgets where a value stood. This one keeps the span of every value and key. It
reads each character a bounded number of times, and its recursion is bounded by `MAX_DEPTH`,
whatever the text.
"""

import json
import math
import re
from typing import Any, Final, NoReturn

from .nodes import Fault, Member, Node, Scan
from .problems import LineIndex, Problem, make_pointer, quoted

MAX_DEPTH: Final = 64
MAX_PROBLEMS: Final = 100
MAX_NUMBER_LENGTH: Final = 64

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?(?![\w.+-])", re.ASCII)
_WORD = re.compile(r"[-+.\w$]+")
_QUOTED_OTHERWISE = re.compile(r"'[^'\\\n\r]*'|[\u201c\u201d][^\u201c\u201d\\\n\r]*[\u201c\u201d]")
_UNWANTED = re.compile("[\x00\ud800-\udfff]")
_STRING_PIECE = re.compile(
    r"""(?P<plain>[^"\\\x00-\x1f\ud800-\udfff]+)
    |(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})
    |(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2}|[\ud800-\udfff])
    |(?P<nul>\\u0000)
    |(?P<escape>\\u[0-9a-fA-F]{4}|\\["\\/bfnrt])
    |(?P<bad>\\[^\x00-\x1f])
    |(?P<control>[\x00-\x1f])
    |(?P<cut>\\)""",
    re.VERBOSE,
)
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_OTHER_CONSTANTS: Final = {
    "True": "true",
    "False": "false",
    "None": "null",
    "undefined": "null",
}
_NOT_FINITE: Final = frozenset({"NaN", "Infinity", "-Infinity", "+Infinity", "nan", "inf", "-inf"})


def scan(text: str) -> Scan:
    """Read one JSON value and nothing else, and report every fault found on the way.

    Stricter than RFC 8259 where a reader downstream would suffer: no byte order mark, no
    duplicate keys, no lone surrogates or NUL (escaped ones neither), integers within 64 bits,
    floats that are finite, at most `MAX_DEPTH` levels. Never raises for a bad text.
    """
    return _Scanner(text).run()


class _StopScan(Exception):
    """What follows cannot be understood."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self._length = len(text)
        # The sentinel saves a bounds check at every character; a real NUL is told apart by its
        # offset.
        self._text = text + "\0"
        self._lines = LineIndex(text)
        self._faults: list[Fault] = []
        self._path: list[str | int] = []

    def run(self) -> Scan:
        root: Node | None = None
        try:
            start = 0
            if self._text.startswith("\ufeff"):
                self._report(
                    0,
                    "bom",
                    "The text starts with a byte order mark (U+FEFF). Save it without a BOM.",
                )
                start = 1
            start = self._skip(start)
            if start == self._length:
                self._stop(
                    start,
                    "empty",
                    "The text is empty. A definition is a JSON array of records.",
                )
            node = self._value(start, 1)
            rest = self._skip(node.end)
            if rest != self._length:
                self._stop(
                    rest,
                    "trailing-text",
                    f"Nothing may follow the end of the value, but {self._seen(rest)} does.",
                )
            root = node
        except _StopScan:
            root = None
        self._faults.sort(key=lambda fault: fault.offset)
        return Scan(root, self._lines, self._faults)

    def _report(self, offset: int, code: str, message: str) -> None:
        line, column = self._lines.location(offset)
        pointer = make_pointer(self._path)
        self._faults.append(Fault(offset, Problem(pointer, line, column, message, code)))
        if len(self._faults) >= MAX_PROBLEMS:
            line, column = self._lines.location(offset)
            message = (
                f"There are more than {MAX_PROBLEMS - 1} errors; the rest of the text was not read."
            )
            self._faults[-1] = Fault(offset, Problem(pointer, line, column, message, "too-many"))
            raise _StopScan

    def _stop(self, offset: int, code: str, message: str) -> NoReturn:
        self._report(offset, code, message)
        raise _StopScan

    def _seen(self, offset: int) -> str:
        if offset >= self._length:
            return "the end of the text"
        char = self._text[offset]
        if word := _WORD.match(self._text, offset, offset + 40):
            return quoted(word.group(), 30)
        return f"“{char}”" if " " < char < "\x7f" else f"the character U+{ord(char):04X}"

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self._text, offset)
        return match.end() if match else offset

    def _value(self, start: int, depth: int) -> Node:
        char = self._text[start]
        if char == '"':
            return self._string(start)
        if char == "{" or char == "[":
            if depth > MAX_DEPTH:
                self._stop(
                    start,
                    "too-deep",
                    f"The value is nested more than {MAX_DEPTH} levels deep. Flatten it.",
                )
            return self._object(start, depth) if char == "{" else self._array(start, depth)
        match = _NUMBER.match(self._text, start)
        if match is not None:
            return self._number(match)
        return self._word(start)

    def _object(self, start: int, depth: int) -> Node:
        members: dict[str, Member] = {}
        value: dict[str, Any] = {}
        text, skip, path = self._text, self._skip, self._path
        at = skip(start + 1)
        while text[at] != "}":
            key_node = self._key(at, start)
            key = key_node.value
            path.append(key)
            if key in members:
                self._report(
                    at,
                    "duplicate-key",
                    f"The key {quoted(key)} stands twice in this object (first on line "
                    f"{self._lines.location(members[key].key_start).line}). Remove one.",
                )
            colon = skip(key_node.end)
            if text[colon] != ":":
                self._stop(
                    colon,
                    "missing-colon",
                    f"A colon must follow the key {quoted(key)}, but {self._seen(colon)} does.",
                )
            node = self._value(skip(colon + 1), depth + 1)
            path.pop()
            members[key] = Member(at, key_node.end, node)
            value[key] = node.value
            at = self._next_in(node.end, start, "}")
        return Node(start, at + 1, value, members=members)

    def _array(self, start: int, depth: int) -> Node:
        items: list[Node] = []
        path = self._path
        path.append(0)
        at = self._skip(start + 1)
        while self._text[at] != "]":
            node = self._value(at, depth + 1)
            items.append(node)
            path[-1] = len(items)
            at = self._next_in(node.end, start, "]")
        path.pop()
        return Node(start, at + 1, [item.value for item in items], items=items)

    def _next_in(self, offset: int, opened_at: int, closer: str) -> int:
        """Return where the next entry of the open object or array, or its bracket, stands."""
        text = self._text
        at = self._skip(offset)
        char = text[at]
        if char == ",":
            following = self._skip(at + 1)
            if text[following] == closer:
                self._report(
                    at,
                    "trailing-comma",
                    f"Remove the comma before “{closer}”: nothing follows it.",
                )
            elif text[following] == ",":
                self._stop(following, "syntax", "There is one comma too many here.")
            return following
        if char == closer:
            return at
        if at > offset and (char == '"' or (closer == "]" and char in "{[-0123456789tfn")):
            self._report(offset, "missing-comma", "A comma is missing after this value.")
            return at
        self._stop_unclosed(at, opened_at, f"a comma or “{closer}”")

    def _key(self, start: int, opened_at: int) -> Node:
        if self._text[start] == '"':
            return self._string(start)
        other = _QUOTED_OTHERWISE.match(self._text, start)
        if other is not None:
            self._report(start, "quotes", "Keys are written in straight double quotes.")
            return Node(start, other.end(), other.group()[1:-1])
        word = _WORD.match(self._text, start)
        if word is not None and self._text[self._skip(word.end())] == ":":
            self._report(
                start,
                "quotes",
                f"The key {quoted(word.group())} must be written in double quotes.",
            )
            return Node(start, word.end(), word.group())
        self._stop_unclosed(start, opened_at, "a key in double quotes")

    def _stop_unclosed(self, offset: int, opened_at: int, expected: str) -> NoReturn:
        message = f"Expected {expected}, but found {self._seen(offset)}."
        if offset >= self._length or self._text[offset] in "]}":
            line, column = self._lines.location(opened_at)
            message += (
                f" The “{self._text[opened_at]}” of line {line}, column {column} is not closed."
            )
        elif self._text.startswith(("//", "/*"), offset):
            message += " JSON has no comments; remove them."
        self._stop(offset, "syntax", message)

    def _string(self, start: int) -> Node:
        try:
            value, end = _DECODER.raw_decode(self._text, start)
        except json.JSONDecodeError:
            return self._faulty_string(start)
        if _UNWANTED.search(value):
            return self._faulty_string(start)
        return Node(start, end, value)

    def _faulty_string(self, start: int) -> Node:
        at = start + 1
        pieces: list[str] = []
        while match := _STRING_PIECE.match(self._text, at, self._length):
            kind, piece = match.lastgroup, match.group()
            if piece in ("\n", "\r") or kind == "cut":
                break
            if kind == "plain":
                pieces.append(piece)
            elif kind in ("pair", "escape"):
                pieces.append(json.loads(f'"{piece}"'))
            else:
                self._report(at, *self._string_fault(str(kind), piece))
                pieces.append("\ufffd")
            at = match.end()
        if self._text[at] != '"' or at >= self._length:
            self._stop(
                start,
                "unclosed-string",
                "This text is not closed on its line. Close it with a double quote, "
                "and write a line break in it as \\n.",
            )
        return Node(start, at + 1, "".join(pieces))

    @staticmethod
    def _string_fault(kind: str, piece: str) -> tuple[str, str]:
        if kind == "lone":
            code = int(piece[2:], 16) if piece.startswith("\\") else ord(piece)
            return (
                "lone-surrogate",
                f"U+{code:04X} is half of a character (a lone surrogate). Write it whole.",
            )
        if kind == "nul":
            return (
                "control-character",
                "The character NUL (\\u0000) is not allowed. Remove it.",
            )
        if kind == "control":
            return (
                "control-character",
                f"The control character U+{ord(piece):04X} must be escaped "
                f"(as {json.dumps(piece)[1:-1]}) or removed.",
            )
        return (
            "bad-escape",
            f"{quoted(piece)} is no escape of JSON. Write a backslash itself as \\\\.",
        )

    def _number(self, match: re.Match[str]) -> Node:
        start, end = match.span()
        if end - start > MAX_NUMBER_LENGTH:
            self._report(
                start,
                "bad-number",
                f"The number has more than {MAX_NUMBER_LENGTH} characters. Shorten it.",
            )
            return Node(start, end, 0)
        source = match.group()
        if match.group(1) is None and match.group(2) is None:
            whole = int(source)
            if not -(2**63) <= whole < 2**63:
                self._report(
                    start,
                    "bad-number",
                    f"The integer {quoted(source)} does not fit into 64 bits.",
                )
            return Node(start, end, whole)
        value = float(source)
        if math.isinf(value):
            self._report(start, "bad-number", f"The number {quoted(source)} is too large.")
            value = 0.0
        return Node(start, end, value)

    def _word(self, start: int) -> Node:
        """Read what is no string, object, array or number: true, false, null, or a mistake."""
        other = _QUOTED_OTHERWISE.match(self._text, start)
        if other is not None:
            self._report(start, "quotes", "Texts are written in straight double quotes.")
            return Node(start, other.end(), other.group()[1:-1])
        match = _WORD.match(self._text, start)
        if match is None:
            comment = self._text.startswith(("//", "/*"), start)
            hint = " JSON has no comments; remove them." if comment else ""
            self._stop(
                start,
                "syntax",
                f"Expected a value, but found {self._seen(start)}.{hint}",
            )
        word, end = match.group(), match.end()
        if word in _CONSTANTS:
            return Node(start, end, _CONSTANTS[word])
        if word in _NOT_FINITE:
            self._report(start, "not-finite", f"{word} is no JSON value. Use a number or null.")
        elif word in _OTHER_CONSTANTS:
            self._report(start, "bad-word", f"JSON writes {word} as {_OTHER_CONSTANTS[word]}.")
        elif word[0] in "-+." or word[0].isdigit():
            self._report(
                start,
                "bad-number",
                f"{quoted(word)} is not a number as JSON writes it.",
            )
        else:
            self._report(
                start,
                "bad-word",
                f"{quoted(word)} is no JSON value. Put a text in double quotes.",
            )
        return Node(start, end, None)
