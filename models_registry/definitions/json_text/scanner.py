"""A JSON parser that keeps the span of every value and key, and continues after a fault if it can.

The standard library's parser stops at the first fault, accepts duplicate keys, NaN and lone
surrogates, and forgets offsets. SECURITY: this one reads each character a bounded number of
times, and its recursion is bounded by `MAX_DEPTH`, whatever the text.
"""

import json
import math
import re
from typing import Any, Final, NoReturn

from models_registry.definitions.json_text.fault_texts import (
    NO_COMMENTS,
    string_fault,
    unexpected,
    word_fault,
)
from models_registry.definitions.json_text.messages import (
    Message,
    gettext_noop,
    sentences,
    verbatim,
)
from models_registry.definitions.json_text.nodes import Fault, Member, Node, Scan
from models_registry.definitions.json_text.problems import (
    LineIndex,
    Problem,
    make_pointer,
    quoted,
)

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


def scan(text: str) -> Scan:
    """Return the one JSON value of a text, and every fault in it.

    Stricter than RFC 8259, to protect later readers: no byte order mark, no duplicate keys, no
    lone surrogates or NUL (not even escaped), integers within 64 bits, finite floats, at most
    `MAX_DEPTH` levels. Never raises for a bad text.
    """
    return _Scanner(text).run()


class _StopScan(Exception):
    """The rest of the text can't be parsed."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self._length = len(text)
        # The sentinel saves a bounds check at every character; a real NUL has a smaller offset.
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
                    gettext_noop(
                        "The text starts with a byte order mark (U+FEFF). Save it without a BOM."
                    ),
                )
                start = 1
            start = self._skip(start)
            if start == self._length:
                self._stop(
                    start,
                    "empty",
                    gettext_noop("The text is empty. A definition is a JSON array of records."),
                )
            node = self._value(start, 1)
            rest = self._skip(node.end)
            if rest != self._length:
                self._stop(
                    rest,
                    "trailing-text",
                    gettext_noop(
                        "Nothing may follow the end of the value, but %(seen)s does.",
                        seen=self._seen(rest),
                    ),
                )
            root = node
        except _StopScan:
            root = None
        self._faults.sort(key=lambda fault: fault.offset)
        return Scan(root, self._lines, self._faults)

    def _report(self, offset: int, code: str, message: Message) -> None:
        line, column = self._lines.location(offset)
        pointer = make_pointer(self._path)
        self._faults.append(Fault(offset, Problem(pointer, line, column, message, code)))
        if len(self._faults) >= MAX_PROBLEMS:
            line, column = self._lines.location(offset)
            message = gettext_noop(
                "There are more than %(count)s errors; the rest of the text was not read.",
                count=MAX_PROBLEMS - 1,
            )
            self._faults[-1] = Fault(offset, Problem(pointer, line, column, message, "too-many"))
            raise _StopScan

    def _stop(self, offset: int, code: str, message: Message) -> NoReturn:
        self._report(offset, code, message)
        raise _StopScan

    def _seen(self, offset: int) -> Message:
        if offset >= self._length:
            return gettext_noop("the end of the text")
        char = self._text[offset]
        if word := _WORD.match(self._text, offset, offset + 40):
            return verbatim(quoted(word.group(), 30))
        if " " < char < "\x7f":
            return verbatim(f"“{char}”")
        return gettext_noop("the character %(code)s", code=f"U+{ord(char):04X}")

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
                    gettext_noop(
                        "The value is nested more than %(limit)s levels deep. Flatten it.",
                        limit=MAX_DEPTH,
                    ),
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
                    gettext_noop(
                        "The key %(key)s appears twice in this object (first on line %(line)s). "
                        "Remove one.",
                        key=quoted(key),
                        line=self._lines.location(members[key].key_start).line,
                    ),
                )
            colon = skip(key_node.end)
            if text[colon] != ":":
                self._stop(
                    colon,
                    "missing-colon",
                    gettext_noop(
                        "A colon must follow the key %(key)s, but %(seen)s does.",
                        key=quoted(key),
                        seen=self._seen(colon),
                    ),
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
        """Return the offset of the next entry of the open object or array, or of its bracket."""
        text = self._text
        at = self._skip(offset)
        char = text[at]
        if char == ",":
            following = self._skip(at + 1)
            if text[following] == closer:
                self._report(
                    at,
                    "trailing-comma",
                    gettext_noop(
                        "Remove the comma before “%(closer)s”: nothing follows it.", closer=closer
                    ),
                )
            elif text[following] == ",":
                message = gettext_noop("There is one comma too many here. Remove it.")
                self._stop(following, "syntax", message)
            return following
        if char == closer:
            return at
        if at > offset and (char == '"' or (closer == "]" and char in "{[-0123456789tfn")):
            message = gettext_noop("A comma is missing after this value.")
            self._report(offset, "missing-comma", message)
            return at
        expected = gettext_noop("a comma or “%(closer)s”", closer=closer)
        self._stop_unclosed(at, opened_at, expected)

    def _key(self, start: int, opened_at: int) -> Node:
        if self._text[start] == '"':
            return self._string(start)
        other = _QUOTED_OTHERWISE.match(self._text, start)
        if other is not None:
            message = gettext_noop("Write keys in straight double quotes.")
            self._report(start, "quotes", message)
            return Node(start, other.end(), other.group()[1:-1])
        word = _WORD.match(self._text, start)
        if word is not None and self._text[self._skip(word.end())] == ":":
            self._report(
                start,
                "quotes",
                gettext_noop(
                    "The key %(key)s must be written in double quotes.", key=quoted(word.group())
                ),
            )
            return Node(start, word.end(), word.group())
        self._stop_unclosed(start, opened_at, gettext_noop("a key in double quotes"))

    def _stop_unclosed(self, offset: int, opened_at: int, expected: Message) -> NoReturn:
        message = unexpected(expected, self._seen(offset))
        if offset >= self._length or self._text[offset] in "]}":
            line, column = self._lines.location(opened_at)
            hint = gettext_noop(
                "The “%(bracket)s” of line %(line)s, column %(column)s is not closed.",
                bracket=self._text[opened_at],
                line=line,
                column=column,
            )
            message = sentences(message, hint)
        elif self._text.startswith(("//", "/*"), offset):
            message = sentences(message, NO_COMMENTS)
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
                self._report(at, *string_fault(str(kind), piece))
                pieces.append("\ufffd")
            at = match.end()
        if self._text[at] != '"' or at >= self._length:
            self._stop(
                start,
                "unclosed-string",
                gettext_noop(
                    "This text is not closed on its line. Close it with a double quote, "
                    "and write a line break in it as \\n."
                ),
            )
        return Node(start, at + 1, "".join(pieces))

    def _number(self, match: re.Match[str]) -> Node:
        start, end = match.span()
        if end - start > MAX_NUMBER_LENGTH:
            self._report(
                start,
                "bad-number",
                gettext_noop(
                    "The number has more than %(limit)s characters. Shorten it.",
                    limit=MAX_NUMBER_LENGTH,
                ),
            )
            return Node(start, end, 0)
        source = match.group()
        if match.group(1) is None and match.group(2) is None:
            whole = int(source)
            if not -(2**63) <= whole < 2**63:
                self._report(
                    start,
                    "bad-number",
                    gettext_noop(
                        "The integer %(number)s does not fit into 64 bits.", number=quoted(source)
                    ),
                )
            return Node(start, end, whole)
        value = float(source)
        if math.isinf(value):
            message = gettext_noop("The number %(number)s is too large.", number=quoted(source))
            self._report(start, "bad-number", message)
            value = 0.0
        return Node(start, end, value)

    def _word(self, start: int) -> Node:
        """Read true, false, null, or text that is not JSON."""
        other = _QUOTED_OTHERWISE.match(self._text, start)
        if other is not None:
            message = gettext_noop("Write texts in straight double quotes.")
            self._report(start, "quotes", message)
            return Node(start, other.end(), other.group()[1:-1])
        match = _WORD.match(self._text, start)
        if match is None:
            comment = self._text.startswith(("//", "/*"), start)
            message = unexpected(gettext_noop("a value"), self._seen(start))
            self._stop(start, "syntax", sentences(message, NO_COMMENTS) if comment else message)
        word, end = match.group(), match.end()
        if word in _CONSTANTS:
            return Node(start, end, _CONSTANTS[word])
        self._report(start, *word_fault(word))
        return Node(start, end, None)
