"""Definition text: parse it, find places in it, and change a part without touching the rest.

A definition is text first. Key order, the spelling of numbers (`3.0` is not `3`) and layout
belong to its author, so an edit replaces a span of the text and never reformats the rest.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.nodes import Member, Node, Scan
from models_registry.definitions.json_text.problems import (
    DefinitionTextError,
    LineIndex,
    Location,
    Problem,
    split_pointer,
)
from models_registry.definitions.json_text.scanner import scan

MAX_BYTES: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Definition:
    """A parsed definition: the text, its records, and the place of each value.

    `text` is unchanged. `root` is always an array node; if `parse_lenient` read a single object,
    it is an array of one that spans the object, so that pointers start with `/0` either way.
    """

    text: str
    records: list[dict[str, Any]]
    root: Node
    lines: LineIndex

    def find(self, pointer: str) -> tuple[Node, Member | None, bool]:
        """Return the node at an RFC 6901 pointer, its member if it is one, and True.

        If the pointer leads nowhere: the nearest ancestor that exists, and False.
        """
        node, member = self.root, None
        for step in split_pointer(pointer):
            if node.members is not None and step in node.members:
                member = node.members[step]
                node = member.node
            elif node.items is not None and (index := _array_index(step, node.items)) is not None:
                node, member = node.items[index], None
            else:
                return node, member, False
        return node, member, True

    def locate(self, pointer: str, *, key: bool = False) -> Location:
        """Return line and column of the value at a pointer, or of its nearest existing ancestor.

        With `key=True`, the place of the member's key if the value is a member of an object.
        """
        node, member, _ = self.find(pointer)
        return self.lines.location(member.key_start if key and member is not None else node.start)

    def record_texts(self) -> list[str]:
        """Return the exact source of each record, from its opening to its closing brace."""
        return [self.text[node.start : node.end] for node in self.root.items or ()]


def _array_index(step: str, items: Sequence[Node]) -> int | None:
    if not (step.isascii() and step.isdigit()) or len(step) > 9 or (step[0] == "0" and step != "0"):
        return None
    index = int(step)
    return index if index < len(items) else None


def parse(text: str, *, max_bytes: int = MAX_BYTES) -> Definition:
    """Parse the text of a definition: a JSON array of one or more objects.

    Raises DefinitionTextError with every problem found, each with pointer, line and column:
    broken JSON, duplicate keys, NaN, lone surrogates, control characters, a byte order mark, more
    than 64 levels, integers beyond 64 bits, a text of more than `max_bytes` UTF-8 bytes, anything
    but a non-empty array of objects.
    """
    return _read(text, max_bytes, lone_object=False)


def parse_lenient(text: str, *, max_bytes: int = MAX_BYTES) -> Definition:
    """Parse a definition as `parse` does, but accept a single record as an array of one.

    Lines and columns are those of the text as it was given; `as_array` makes it the text to store.
    """
    return _read(text, max_bytes, lone_object=True)


# Characters; of more texts, the oldest are forgotten.
_MAX_REMEMBERED: Final = 4_000_000


@dataclass(slots=True)
class _Scanned:
    """The definitions that were read, as long as all their texts together are not too large."""

    size: int = 0
    known: dict[tuple[str, bool], Definition] = field(default_factory=dict)
    # Where the records of texts are, for the three times that building a list asks.
    places: dict[str, array[int]] = field(default_factory=dict)
    characters: int = 0

    def add_places(self, text: str, places: array[int]) -> None:
        if self.characters + len(text) <= _MAX_REMEMBERED:
            self.places[text] = places
            self.characters += len(text)

    def add(self, text: str, lone_object: bool, definition: Definition) -> None:
        self.known[text, lone_object] = definition
        self.size += len(text)
        while self.size > _MAX_REMEMBERED:
            oldest = next(iter(self.known))
            del self.known[oldest]
            self.size -= len(oldest[0])


_scanned: Final[ContextVar[_Scanned | None]] = ContextVar("scanned", default=None)


@contextmanager
def scanned_once() -> Iterator[None]:
    """Inside, a text that was read is not scanned again; a block inside another one joins it.

    The readers of a text then share one Definition: none may change its records.
    """
    if _scanned.get() is not None:
        yield
        return
    token = _scanned.set(_Scanned())
    try:
        yield
    finally:
        _scanned.reset(token)


def scan_text(text: str, *, max_bytes: int) -> Scan:
    """Scan a text after checking its size, for callers that continue after a fault.

    Raises DefinitionTextError if the text is too large.
    """
    _check_size(text, max_bytes)
    return scan(text)


def _check_size(text: str, max_bytes: int) -> None:
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        message = gettext_noop(
            "The text has %(size)s bytes; at most %(limit)s are allowed.",
            size=f"{size:,}",
            limit=f"{max_bytes:,}",
        )
        raise DefinitionTextError([Problem("", 1, 1, message, "too-large")])


def _read(text: str, max_bytes: int, *, lone_object: bool) -> Definition:
    scanned = _scanned.get()
    known = scanned.known.get((text, lone_object)) if scanned is not None else None
    if known is not None:
        _check_size(text, max_bytes)
        return known
    result = scan_text(text, max_bytes=max_bytes)
    problems = result.problems
    root = result.root
    if root is not None and lone_object and root.members is not None:
        root = Node(root.start, root.end, [root.value], items=[root])
    if root is not None:
        problems.extend(_shape_problems(root, result.lines))
    if problems or root is None:
        raise DefinitionTextError(
            sorted(problems, key=lambda problem: (problem.line, problem.column))
        )
    definition = Definition(text, root.value, root, result.lines)
    if scanned is not None:
        scanned.add(text, lone_object, definition)
    return definition


def _shape_problems(root: Node, lines: LineIndex) -> list[Problem]:
    if root.items is None:
        message = (
            gettext_noop(
                "A definition is a JSON array of records, but this is an object. Put it in [ and ]."
            )
            if root.members is not None
            else gettext_noop(
                "A definition is a JSON array of records, but this is a single value. "
                "Put it in [ and ]."
            )
        )
        return [Problem("", *lines.location(root.start), message, "not-an-array")]
    if not root.items:
        message = gettext_noop("The array is empty. A definition has at least one record.")
        return [Problem("", *lines.location(root.start), message, "empty-array")]
    return [
        Problem(
            f"/{index}",
            *lines.location(node.start),
            gettext_noop(
                "Record %(number)s is not an object. Put each record in { and }.", number=index + 1
            ),
            "not-an-object",
        )
        for index, node in enumerate(root.items)
        if node.members is None
    ]


def write(records: Iterable[Mapping[str, Any]]) -> str:
    """Return records as upstream writes them: indent 2, non-ASCII kept, a line feed at the end."""
    return json.dumps(list(records), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_array(text: str) -> str:
    """Return the text as an array: unchanged if it is one, else the single record in one.

    Raises DefinitionTextError as `parse` does.
    """
    definition = parse_lenient(text)
    if definition.root.items and definition.root.items[0].start != definition.root.start:
        return text
    record = definition.record_texts()[0]
    if "\r" in record:
        return f"[\n{record}\n]\n"
    # No JSON string spans lines, so indenting lines changes only the layout.
    return "[\n  " + record.replace("\n", "\n  ") + "\n]\n"


def join_records(texts: Iterable[str]) -> str:
    """Return one JSON array text that holds the exact source of every record of many definitions.

    `texts` are definition texts, their order is kept. Raises DefinitionTextError if one is not a
    definition, because a server that takes a list with one bad record loses the whole list.
    """
    return join_slices(text[start:end] for text in texts for start, end in _spans(text))


def record_slices(text: str) -> list[str]:
    """The exact source of each record of a definition, as `join_records` joins them."""
    return [text[start:end] for start, end in _spans(text)]


def count_records(texts: Iterable[str]) -> int:
    """How many records `join_records` joins."""
    return sum(1 for text in texts for _ in _spans(text))


def records_of(text: str) -> list[dict[str, Any]]:
    """The records of a text that was parsed before, in a tenth of the time of `parse`: the places
    of their values are not known. Raises DefinitionTextError."""
    try:
        return [record for _, _, record in _decoded(text)]
    except (ValueError, IndexError, RecursionError):
        return parse(text).records


# Bytes in a process: enough for 100,000 definitions of one record each.
_MOST_KEPT: Final = 32 * 2**20


@dataclass(slots=True)
class _KeptSpans:
    """Where the records of texts begin and end, by the digests of the texts.

    A list is usually built again because one model changed. The texts themselves would take as much
    memory as the list; if even these are too many, the oldest are forgotten.
    """

    size: int = 0
    _known: dict[bytes, array[int]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, digest: bytes) -> array[int] | None:
        return self._known.get(digest)

    def add(self, digest: bytes, spans: array[int]) -> None:
        with self._lock:
            self.size += _size_of(spans)
            if (same := self._known.pop(digest, None)) is not None:
                self.size -= _size_of(same)
            self._known[digest] = spans
            while self.size > _MOST_KEPT:
                self.size -= _size_of(self._known.pop(next(iter(self._known))))

    def clear(self) -> None:
        with self._lock:
            self._known.clear()
            self.size = 0


def _size_of(spans: array[int]) -> int:
    # The entry in the dictionary and the digest, about.
    return sys.getsizeof(spans) + 150


_kept_spans: Final = _KeptSpans()


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each record of a definition begins and ends. Raises DefinitionTextError."""
    scanned = _scanned.get()
    if scanned is not None and (places := scanned.places.get(text)) is not None:
        return zip(places[::2], places[1::2], strict=True)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    places = _kept_spans.get(digest)
    if places is None:
        try:
            decoded = _decoded(text)
            places = array("I", (place for start, end, _ in decoded for place in (start, end)))
        except (ValueError, IndexError, RecursionError):
            nodes = parse(text).root.items or ()
            places = array("I", (place for node in nodes for place in (node.start, node.end)))
        _kept_spans.add(digest, places)
    if scanned is not None:
        scanned.add_places(text, places)
    return zip(places[::2], places[1::2], strict=True)


# Halves of surrogates, perhaps: Python's own decoder lets them pass.
_DOUBTFUL: Final = re.compile(r"\\u[dD][89a-fA-F]")
_SPACE: Final = re.compile(r"[ \t\n\r]*")


def _decoded(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Start and end of each record, and what it says, by Python's own decoder: twenty times as fast
    as the scanner.

    Raises ValueError, or IndexError at the end of the text, for all that `parse` refuses or that is
    in doubt; published texts were parsed before.
    """
    if _DOUBTFUL.search(text):
        raise ValueError
    place, mark = _after_space(text, 0), "["
    while text[place] == mark:
        start = _after_space(text, place + 1)
        record, end = _DECODER.raw_decode(text, start)
        if not isinstance(record, dict):
            raise ValueError
        yield start, end, record
        place, mark = _after_space(text, end), ","
    if text[place] != "]" or mark == "[" or _after_space(text, place + 1) != len(text):
        raise ValueError


def _after_space(text: str, place: int) -> int:
    space = _SPACE.match(text, place)
    return space.end() if space is not None else place


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(members)
    if len(record) != len(members):
        raise ValueError
    return record


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _within_64_bits(digits: str) -> int:
    if len(digits) > 18:
        raise ValueError(digits)
    return int(digits)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_within_64_bits
)


# What stands around and between the records of a list.
BEFORE, BETWEEN, AFTER, NO_RECORDS = "[\n  ", ",\n  ", "\n]\n", "[]\n"


def join_slices(records: Iterable[str]) -> str:
    """Return one JSON array text around the exact sources of records, laid out as upstream does."""
    joined = BETWEEN.join(records)
    return f"{BEFORE}{joined}{AFTER}" if joined else NO_RECORDS
