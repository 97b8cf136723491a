"""Definition text: read it, find places in it, and change a part of it without touching the rest.

A definition is text first. Key order, the spelling of numbers (`3.0` is not `3`) and layout
belong to its author, so what is edited here is spliced in, never written anew.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .nodes import Member, Node, Scan
from .problems import (
    DefinitionTextError,
    LineIndex,
    Location,
    Problem,
    quoted,
    split_pointer,
)
from .scanner import scan

MAX_BYTES: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition that was read: the text, its records, and where each value stands.

    `text` is what was read, unchanged. `root` is always an array node; where `parse_lenient` read
    a lone object, it is an array of one that spans the object, so that pointers start with `/0`
    either way.
    """

    text: str
    records: list[dict[str, Any]]
    root: Node
    lines: LineIndex

    def find(self, pointer: str) -> tuple[Node, Member | None, bool]:
        """Return the node at an RFC 6901 pointer, its member if it is one, and True.

        Where the pointer leads nowhere: the nearest ancestor that exists, and False.
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

        With `key=True` the place of the member's key, where the value is a member of an object.
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
    """Read the text of a definition: a JSON array of one or more objects.

    Raises DefinitionTextError with every problem found, each with pointer, line and column:
    broken JSON, duplicate keys, NaN, lone surrogates, control characters, a byte order mark, more
    than 64 levels, integers beyond 64 bits, a text of more than `max_bytes` UTF-8 bytes, anything
    but a non-empty array of objects.
    """
    return _read(text, max_bytes, lone_object=False)


def parse_lenient(text: str, *, max_bytes: int = MAX_BYTES) -> Definition:
    """Read a definition like `parse`, but take a lone record for an array of one.

    Lines and columns are those of the text as it was given; `as_array` makes it the text to store.
    """
    return _read(text, max_bytes, lone_object=True)


def scan_text(text: str, *, max_bytes: int) -> Scan:
    """Scan a text after checking its size, for readers that want to go on after a fault.

    Raises DefinitionTextError where the text is too large to look at.
    """
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        message = f"The text has {size:,} bytes; at most {max_bytes:,} are allowed."
        raise DefinitionTextError([Problem("", 1, 1, message, "too-large")])
    return scan(text)


def _read(text: str, max_bytes: int, *, lone_object: bool) -> Definition:
    result = scan_text(text, max_bytes=max_bytes)
    problems = result.problems
    root = result.root
    if root is not None and lone_object and root.members is not None:
        root = Node(root.start, root.end, [root.value], items=[root])
    if root is not None:
        problems.extend(_shape_problems(root, result.lines))
    if problems or root is None:
        raise DefinitionTextError(sorted(problems, key=lambda one: (one.line, one.column)))
    return Definition(text, root.value, root, result.lines)


def _shape_problems(root: Node, lines: LineIndex) -> list[Problem]:
    if root.items is None:
        what = "an object" if root.members is not None else "a single value"
        message = f"A definition is a JSON array of records, but this is {what}. Put it in [ and ]."
        return [Problem("", *lines.location(root.start), message, "not-an-array")]
    if not root.items:
        message = "The array is empty. A definition has at least one record."
        return [Problem("", *lines.location(root.start), message, "empty-array")]
    return [
        Problem(
            f"/{index}",
            *lines.location(node.start),
            f"Record {index + 1} is not an object. Each record stands in {{ and }}.",
            "not-an-object",
        )
        for index, node in enumerate(root.items)
        if node.members is None
    ]


def write(records: Iterable[Mapping[str, Any]]) -> str:
    """Return records as upstream writes them: indent 2, non-ASCII kept, a line feed at the end."""
    return json.dumps(list(records), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_array(text: str) -> str:
    """Return the text of an array: the same if it is one, else the lone record put into one.

    Raises DefinitionTextError as `parse` does.
    """
    definition = parse_lenient(text)
    if definition.root.items and definition.root.items[0].start != definition.root.start:
        return text
    record = definition.record_texts()[0]
    if "\r" in record:
        return f"[\n{record}\n]\n"
    # No JSON string spans lines, so that indenting lines changes layout alone.
    return "[\n  " + record.replace("\n", "\n  ") + "\n]\n"


def replace_value(definition: Definition, pointer: str, new_json_text: str) -> str:
    """Return the text with the value at a pointer replaced, every other character kept.

    `new_json_text` is put in as it is. Raises LookupError where the pointer leads nowhere, and
    DefinitionTextError (with places in the new text) where that is not one JSON value.
    """
    node, _, exists = definition.find(pointer)
    if not exists:
        raise LookupError(f"The definition has no value at {quoted(pointer)}.")
    if problems := scan_text(new_json_text, max_bytes=MAX_BYTES).problems:
        raise DefinitionTextError(problems)
    return definition.text[: node.start] + new_json_text + definition.text[node.end :]


def set_members(text: str, record_index: int, members: Mapping[str, Any]) -> str:
    """Return the text with keys of one record set, every other character kept.

    A key that is there keeps its place: only its value changes. A new one goes to the end of the
    record, laid out as the record's last key is. Values are written as JSON on one line. Raises
    DefinitionTextError where the text is no definition, and LookupError where there is no such
    record.
    """
    definition = parse(text)
    records = definition.root.items or []
    if not 0 <= record_index < len(records):
        raise LookupError(f"The definition has no record {record_index}.")
    record = records[record_index]
    present = record.members or {}
    edits: list[tuple[int, int, str]] = []
    added: list[tuple[str, str]] = []
    for key, value in members.items():
        source = json.dumps(value, ensure_ascii=False, allow_nan=False)
        if key in present:
            node = present[key].node
            edits.append((node.start, node.end, source))
        else:
            added.append((json.dumps(key, ensure_ascii=False), source))
    if added:
        edits.append(_appending(text, record, added))
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _appending(text: str, record: Node, added: Iterable[tuple[str, str]]) -> tuple[int, int, str]:
    """Return the edit (start, end, replacement) that puts members at the end of a record."""
    present = list((record.members or {}).values())
    if not present:
        body = ", ".join(f"{key}: {source}" for key, source in added)
        return record.start, record.end, "{" + body + "}"
    last = present[-1]
    colon = text[last.key_end : last.node.start]
    if "\n" in colon or "\r" in colon:
        colon = ": "
    if len(present) > 1:
        separator = text[present[-2].node.end : last.key_start]
    else:
        separator = "," + text[record.start + 1 : last.key_start]
        if separator.isspace() or not separator.strip(", "):
            separator = ", " if colon.endswith(" ") else ","
    body = "".join(f"{separator}{key}{colon}{source}" for key, source in added)
    return last.node.end, last.node.end, body


def join_records(texts: Iterable[str]) -> str:
    """Return one JSON array text that holds the exact source of every record of many definitions.

    `texts` are definition texts, their order is kept. Raises DefinitionTextError where one is no
    definition, because a list with one bad record is lost as a whole on every server that takes
    it.
    """
    return join_slices(record for text in texts for record in parse(text).record_texts())


def join_slices(records: Iterable[str]) -> str:
    """Return one JSON array text around the exact sources of records, laid out as upstream does."""
    joined = ",\n  ".join(records)
    return f"[\n  {joined}\n]\n" if joined else "[]\n"
