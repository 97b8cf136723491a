"""Problems of a definition and their places in its text: what every check returns."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from models_registry.definitions.json_text.messages import Message, gettext_noop, packed

Severity = Literal["error", "warning"]

_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Location(NamedTuple):
    """A place in a text: line and column, both from 1, the column counted in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: its RFC 6901 pointer, its place in the text, and a sentence for people."""

    pointer: str
    line: int
    column: int
    message: Message
    code: str
    severity: Severity = "error"

    def as_dict(self) -> dict[str, str | int]:
        """Return the problem as the API shows it."""
        return {
            "pointer": self.pointer,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "code": self.code,
            "severity": self.severity,
        }

    def to_store(self) -> dict[str, Any]:
        """Return the problem for a JSON column, with what its message is made of."""
        return {**self.as_dict(), "made_of": packed(self.message)}


class UnplacedProblem(NamedTuple):
    """A problem with its path in the definition, before its line and column are known."""

    path: tuple[str | int, ...]
    code: str
    message: Message
    severity: Severity = "error"


class DefinitionTextError(ValueError):
    """The text is not a definition; `problems` lists every problem in the order of the text."""

    error_code = "INVALID_DEFINITION"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        place = {"line": first.line, "column": first.column, "message": first.message}
        self.message = (
            gettext_noop("Line %(line)s, column %(column)s: %(message)s", **place)
            if len(self.problems) == 1
            else gettext_noop(
                "Line %(line)s, column %(column)s: %(message)s (and %(count)s more)",
                **place,
                count=len(self.problems) - 1,
            )
        )
        super().__init__(self.message)


class LineIndex:
    """Turns offsets in a text into lines and columns; a line ends with LF, CRLF or CR."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in _LINE_BREAK.finditer(text))]

    def location(self, offset: int) -> Location:
        """Return the place of an offset (from 0, in code points)."""
        line = bisect_right(self._starts, offset)
        return Location(line, offset - self._starts[line - 1] + 1)


def make_pointer(path: Iterable[str | int]) -> str:
    """Return the RFC 6901 pointer of a path; unprintable characters become U+FFFD."""
    return "".join(
        "/" + _UNPRINTABLE.sub("\ufffd", str(part)).replace("~", "~0").replace("/", "~1")
        for part in path
    )


def split_pointer(pointer: str) -> list[str]:
    """Return the unescaped steps of an RFC 6901 pointer; the empty pointer has none.

    Raises ValueError if a pointer that is not empty does not start with a slash.
    """
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"A JSON pointer starts with a slash: {quoted(pointer)}.")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def quoted(value: object, limit: int = 60) -> str:
    """Return a value in quotes for a message: one line, short, and always encodable."""
    text = value if isinstance(value, str) else repr(value)
    text = _UNPRINTABLE.sub("\ufffd", text[: limit + 1])
    return f'"{text[:limit]}…"' if len(text) > limit else f'"{text}"'
