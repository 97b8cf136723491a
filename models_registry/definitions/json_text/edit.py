"""The one editor of JSON text.

Every edit of a text goes through here: forms, fixes, merges, time stamps, upstream's files.
Unchanged parts keep their bytes; new ones get the indentation, line ends and separators of their
neighbours.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final, Literal

from models_registry.definitions.json_text.document import Definition, parse
from models_registry.definitions.json_text.nodes import Node
from models_registry.definitions.json_text.scanner import scan

INDENT: Final = "  "
_SPACE: Final = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True)
class Style:
    """The layout of a text; `newline` is empty if the text has only one line."""

    newline: str = "\n"
    unit: str = INDENT
    colon: str = ": "
    comma: str = ", "


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text, the node of the whole of it, and its style."""

    text: str
    root: Node
    style: Style

    @classmethod
    def of(cls, text: str, root: Node) -> "Sheet":
        """Return the sheet of a parsed text."""
        return cls(text, root, _style_of(text, root))

    def source(self, node: Node) -> str:
        """Return the exact source of a value."""
        return self.text[node.start : node.end]

    def with_value(self, node: Node, source: str) -> str:
        """Return the whole text with another source in place of a value."""
        return self.text[: node.start] + source + self.text[node.end :]

    def entries(self, container: Node) -> list["Entry"]:
        """Return the entries that a container has now."""
        return [(at, self.text[start:end]) for at, (start, end) in enumerate(spans(container))]


# An entry of a container: its present index there, or None for a new one, and its text. The text of
# a member includes the key.
Entry = tuple[int | None, str]


def spans(container: Node) -> list[tuple[int, int]]:
    """Return where each entry of an object (from its key on) or array starts and ends."""
    if container.members is not None:
        return [(member.key_start, member.node.end) for member in container.members.values()]
    return [(item.start, item.end) for item in container.items or ()]


def rebuilt(sheet: Sheet, container: Node, entries: Sequence[Entry]) -> str:
    """Return the source of an object or array with these entries in place of its own.

    A kept entry keeps the white space before it, a new one gets its neighbours' white space.
    With all entries in their places and unchanged, this is the source as it was.
    """
    opening, closing = sheet.text[container.start], sheet.text[container.end - 1]
    if not entries:
        return opening + closing
    text, old = sheet.text, spans(container)
    if not old:
        indent = line_indent(sheet.text, container.start)
        newline = sheet.style.newline
        lead = newline + indent + sheet.style.unit if newline else ""
        between = "," + lead if newline else sheet.style.comma
        tail = newline + indent if newline else ""
        return opening + lead + between.join(entry for _, entry in entries) + tail + closing
    lead = text[container.start + 1 : old[0][0]]
    gaps = [text[old[i][1] : old[i + 1][0]] for i in range(len(old) - 1)]
    usual = gaps[0] if gaps else _separator(lead, sheet.style)
    pieces = [opening, lead, entries[0][1]]
    for (before, _), (place, entry) in pairwise(entries):
        # A new entry is separated as the entry before it is.
        neighbour = before if place is None else place
        pieces += (gaps[neighbour - 1] if neighbour else usual, entry)
    pieces += (text[old[-1][1] : container.end - 1], closing)
    return "".join(pieces)


def _separator(lead: str, style: Style) -> str:
    return "," + lead if _is_broken(lead) else style.comma


def new_entry(sheet: Sheet, container: Node, key: str | None, source: Sheet, value: Node) -> str:
    """Return the text of an entry for a container of `sheet` with a value of another text.

    `key` is the key's source, quotes included, if the container is an object. Numbers and texts
    keep their spelling; the layout is the container's.
    """
    style, indent = _within(sheet, container)
    body = laid_out(source, value, style, indent)
    return body if key is None else f"{key}{style.colon}{body}"


def _within(sheet: Sheet, container: Node) -> tuple[Style, str]:
    """Return the style and the indentation of an entry in a container."""
    old = spans(container)
    if not old:
        return sheet.style, line_indent(sheet.text, container.start) + sheet.style.unit
    lead = sheet.text[container.start + 1 : old[0][0]]
    if _is_broken(lead):
        return sheet.style, lead.replace("\r", "\n").rpartition("\n")[2]
    return replace(sheet.style, newline=""), ""


def replacement(sheet: Sheet, old: Node, source: Sheet, value: Node) -> str:
    """Return the text of a value of another text, laid out to replace `old`."""
    written = sheet.source(old)
    inline = len(written) > 2 and not _is_broken(written)
    style = replace(sheet.style, newline="") if inline and written[0] in "[{" else sheet.style
    return laid_out(source, value, style, line_indent(sheet.text, old.start))


def laid_out(source: Sheet, node: Node, style: Style, indent: str) -> str:
    """Return a value in another style, to stand on a line with this indentation.

    If both texts span lines and indent alike, the value keeps its own line breaks.
    """
    written = source.source(node)
    if node.members is None and node.items is None:
        return written
    if style.newline and source.style.newline and style.unit == source.style.unit:
        old_indent = line_indent(source.text, node.start)
        lines = written.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if all(line.startswith(old_indent) for line in lines[1:]):
            moved = [lines[0], *(indent + line[len(old_indent) :] for line in lines[1:])]
            return style.newline.join(moved)
    return _spelled(source, node, style, indent)


def _spelled(source: Sheet, node: Node, style: Style, indent: str) -> str:
    if node.members is not None:
        entries = [
            f"{source.text[member.key_start : member.key_end]}{style.colon}"
            + _spelled(source, member.node, style, indent + style.unit)
            for member in node.members.values()
        ]
    elif node.items is not None:
        entries = [_spelled(source, item, style, indent + style.unit) for item in node.items]
    else:
        return source.source(node)
    opening, closing = "{}" if node.members is not None else "[]"
    if not entries:
        return opening + closing
    if not style.newline:
        return opening + style.comma.join(entries) + closing
    lead = style.newline + indent + style.unit
    return opening + lead + f",{lead}".join(entries) + style.newline + indent + closing


def line_indent(text: str, offset: int) -> str:
    """Return the white space at the start of the line in which an offset is."""
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    match = _SPACE.match(text, start, offset)
    return match.group() if match else ""


def _is_broken(gap: str) -> bool:
    return "\n" in gap or "\r" in gap


def _style_of(text: str, root: Node) -> Style:
    """Return the style that the array and its first records show."""
    whole = text[root.start : root.end]
    newline = next((end for end in ("\r\n", "\n", "\r") if end in whole), "")
    unit = colon = comma = ""
    for node in (root, *(root.items or ())[:3]):
        entries = spans(node)
        if not entries:
            continue
        lead = text[node.start + 1 : entries[0][0]]
        if not unit and _is_broken(lead):
            inner = lead.replace("\r", "\n").rpartition("\n")[2]
            unit = inner.removeprefix(line_indent(text, node.start))
        if not comma and len(entries) > 1:
            gap = text[entries[0][1] : entries[1][0]]
            comma = "" if _is_broken(gap) else gap
        if not colon and node.members:
            member = next(iter(node.members.values()))
            gap = text[member.key_end : member.node.start]
            colon = "" if _is_broken(gap) else gap
    colon = colon or ": "
    return Style(newline, unit or INDENT, colon, comma or (", " if colon.endswith(" ") else ","))


Layout = Literal["ours", "typed", "placed"]


@dataclass(frozen=True, slots=True)
class Json:
    """A value as JSON source.

    `layout` says how its lines are adapted: "ours" is indented by two blanks a level and gets the
    text's unit, "typed" is only moved to its place, "placed" stays as it is. Lines of the first two
    end in a line feed.
    """

    source: str
    layout: Layout = "typed"


@dataclass(frozen=True, slots=True)
class Removal:
    """The removal of a member."""


@dataclass(slots=True)
class Within:
    """Changes inside an object or a list, by key or index.

    `order` are the keys of the object in the order for new ones; a key that is not in it goes to
    the end. If `droppable`, an object that loses its last member is removed.
    """

    changes: "dict[str, Change]" = field(default_factory=dict)
    order: Sequence[str] = ()
    droppable: bool = False

    def rank(self, key: str) -> int:
        """Return the index of a key in `order`; all other keys come last."""
        return self.order.index(key) if key in self.order else len(self.order)


Change = Json | Removal | Within


def written(value: Any) -> Json:
    """Return a plain value in upstream's layout: indent 2, non-ASCII kept."""
    return Json(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False), "ours")


def rewrite(definition: Definition, changes: Within) -> str:
    """Return the text with changes made, every other character kept.

    `changes` apply to the array of records: its keys are indexes. A change of a missing
    member inserts it; of a missing index it is ignored. Removing a missing value does nothing.
    """
    sheet = Sheet.of(definition.text, definition.root)
    return sheet.with_value(sheet.root, _changed(sheet, sheet.root, changes))


def with_items(definition: Definition, node: Node, items: Iterable[int | Json]) -> str:
    """Return the text with these entries of a list: old ones by their index, and new ones."""
    return (
        definition.text[: node.start]
        + list_source(definition, node, items).source
        + (definition.text[node.end :])
    )


def list_source(definition: Definition, node: Node, items: Iterable[int | Json]) -> Json:
    """Return the source that `with_items` gives a list, for use as a change."""
    sheet = Sheet.of(definition.text, definition.root)
    old = sheet.entries(node)
    entries = [
        old[item] if isinstance(item, int) else (None, _fresh(sheet, node, item)) for item in items
    ]
    return Json(rebuilt(sheet, node, entries), "placed")


def set_members(text: str, record_index: int, members: Mapping[str, Any]) -> str:
    """Return the text with keys of one record set, every other character kept.

    An existing key keeps its place: only its value changes. A new one goes to the end of the
    record, in the layout of the record's last key. Values are written as JSON on one line. Raises
    DefinitionTextError if the text is not a definition, and LookupError if there is no such
    record.
    """
    definition = parse(text)
    if not 0 <= record_index < len(definition.records):
        raise LookupError(f"The definition has no record {record_index}.")
    changes: dict[str, Change] = {
        key: Json(json.dumps(value, ensure_ascii=False, allow_nan=False))
        for key, value in members.items()
    }
    return rewrite(definition, Within({str(record_index): Within(changes)}))


def _changed(sheet: Sheet, node: Node, changes: Within) -> str:
    """Return the source of a value with changes made inside it."""
    if node.members is not None:
        entries = _inserted(sheet, node, changes, _members(sheet, node, changes))
    elif node.items is not None:
        entries = []
        for index, item in enumerate(node.items):
            change = changes.changes.get(str(index))
            if not isinstance(change, Removal):
                entries.append((index, _value(sheet, item, change, item.start)))
    else:
        return sheet.source(node)
    return rebuilt(sheet, node, entries) if entries or spans(node) else sheet.source(node)


def _members(sheet: Sheet, node: Node, changes: Within) -> dict[str, Entry]:
    kept: dict[str, Entry] = {}
    for index, (key, member) in enumerate((node.members or {}).items()):
        change = changes.changes.get(key)
        if isinstance(change, Removal):
            continue
        value = _value(sheet, member.node, change, member.key_start)
        is_droppable = isinstance(change, Within) and change.droppable
        if is_droppable and value == "{}" and member.node.members:
            continue
        kept[key] = (index, sheet.text[member.key_start : member.node.start] + value)
    return kept


def _value(sheet: Sheet, node: Node, change: Change | None, line: int) -> str:
    """Return the source of a kept value, on the line of the offset `line`."""
    if isinstance(change, Within):
        return _changed(sheet, node, change)
    if isinstance(change, Json):
        return _indented(change, sheet.style, line_indent(sheet.text, line))
    return sheet.source(node)


def _inserted(sheet: Sheet, node: Node, changes: Within, kept: dict[str, Entry]) -> list[Entry]:
    """Insert the new members among the old ones, each after its nearest predecessor."""
    rank = changes.rank
    entries = list(kept.items())
    for key in sorted(changes.changes, key=rank):
        change = changes.changes[key]
        value = _made(change) if isinstance(change, Within) else change
        if key in (node.members or {}) or not isinstance(value, Json):
            continue
        before = [at for at, (other, _) in enumerate(entries) if rank(other) < rank(key)]
        is_named = rank(key) < len(changes.order)
        place = before[-1] + 1 if before else (0 if is_named else len(entries))
        head = json.dumps(key, ensure_ascii=False) + _colon(sheet, node)
        entries.insert(place, (key, (None, head + _fresh(sheet, node, value))))
    return [entry for _, entry in entries]


def _colon(sheet: Sheet, node: Node) -> str:
    for member in reversed((node.members or {}).values()):
        colon = sheet.text[member.key_end : member.node.start]
        if not _is_broken(colon):
            return colon
    return sheet.style.colon


def _fresh(sheet: Sheet, container: Node, value: Json) -> str:
    """Return the source of a new entry of a container, laid out as its neighbours are."""
    style, indent = _within(sheet, container)
    if style.newline or "\n" not in value.source:
        return _indented(value, style, indent)
    root = scan(value.source).root
    return value.source if root is None else _spelled(Sheet.of(value.source, root), root, style, "")


def _indented(value: Json, style: Style, indent: str) -> str:
    if value.layout == "placed" or "\n" not in value.source:
        return value.source
    first, *others = value.source.split("\n")
    if value.layout == "ours":
        others = [_in_unit(line, style.unit) for line in others]
    newline = style.newline or "\n"
    return newline.join([first, *(indent + line if line else line for line in others)])


def _in_unit(line: str, unit: str) -> str:
    bare = line.lstrip(" ")
    return unit * ((len(line) - len(bare)) // len(INDENT)) + bare


def _made(changes: Within) -> Json | None:
    """Return the object that changes inside a missing value create, or None."""
    members: dict[str, Any] = {}
    for key in sorted(changes.changes, key=changes.rank):
        change = changes.changes[key]
        value = _made(change) if isinstance(change, Within) else change
        if isinstance(value, Json):
            members[key] = json.loads(value.source)
    return written(members) if members else None
