"""Changes inside a definition's text: members set, inserted and removed, entries of lists moved.

Only what changes is written: the source of every other value, the order of keys, the spelling of
numbers and the layout around them stay as their author has them.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal

from .nodes import Node
from .text import Definition

_LINE_START: Final = re.compile(r"[\r\n]")
_INDENT: Final = re.compile(r"[ \t]*")
_DEFAULT_UNIT: Final = "  "


Layout = Literal["ours", "typed", "placed"]


@dataclass(frozen=True, slots=True)
class Json:
    """A value as JSON source.

    `layout` says how far its lines are what they shall be in the text: "ours" is indented by two
    blanks a level and follows the text's own unit, "typed" only moves to its place, "placed" stands
    as it is. Lines of the first two end in a line feed.
    """

    source: str
    layout: Layout = "typed"


@dataclass(frozen=True, slots=True)
class Removal:
    """The member goes."""


@dataclass(slots=True)
class Within:
    """What changes inside an object or a list, by key or index.

    `order` are the keys of the object in the order in which new ones are put in; one that is not
    named goes to the end. Where `droppable`, an object that loses its last member goes as a whole.
    """

    changes: "dict[str, Change]" = field(default_factory=dict)
    order: Sequence[str] = ()
    droppable: bool = False


Change = Json | Removal | Within


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of a list or object to be: the index that it had, if it is old, and its source."""

    index: int | None
    source: str


def written(value: Any) -> Json:
    """Return a plain value as upstream writes it: indent 2, non-ASCII kept."""
    return Json(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False), "ours")


def rewrite(definition: Definition, changes: Within) -> str:
    """Return the text with changes made, every other character kept.

    `changes` apply to the array of records: its keys are indexes. A change of a value that is not
    there inserts it; in a list it is passed over. Removing what is not there does nothing.
    """
    source = _Writer(definition).rewritten(definition.root, changes)
    return _put(definition, definition.root, source)


def rebuilt(definition: Definition, node: Node, entries: Iterable[int | Json]) -> str:
    """Return the text with the entries of a list as told: old ones by their index, and new ones."""
    writer = _Writer(definition)
    return _put(definition, node, writer.rebuilt_list(node, entries))


def list_source(definition: Definition, node: Node, entries: Iterable[int | Json]) -> Json:
    """Return the source that `rebuilt` would put in for a list, for use as a change."""
    return Json(_Writer(definition).rebuilt_list(node, entries), "placed")


def _put(definition: Definition, node: Node, source: str) -> str:
    return definition.text[: node.start] + source + definition.text[node.end :]


def line_indent(text: str, offset: int) -> str:
    """Return the white space that the line of an offset begins with."""
    start = offset
    while start > 0 and not _LINE_START.match(text[start - 1]):
        start -= 1
    match = _INDENT.match(text, start)
    return match.group() if match else ""


class _Writer:
    def __init__(self, definition: Definition) -> None:
        self._text = definition.text
        self._newline = "\r\n" if "\r\n" in definition.text else "\n"
        self._spread = "\n" in definition.text.strip() or "\r" in definition.text.strip()
        self._unit = self._indent_unit(definition.root)

    def _indent_unit(self, root: Node) -> str:
        for record in root.items or ():
            for member in list((record.members or {}).values())[:1]:
                inner, outer = (
                    line_indent(self._text, member.key_start),
                    line_indent(self._text, record.start),
                )
                if len(inner) > len(outer) and inner.startswith(outer):
                    return inner[len(outer) :]
        return _DEFAULT_UNIT

    def rewritten(self, node: Node, changes: Within) -> str:
        if node.members is not None:
            return self._object(node, changes)
        if node.items is not None:
            return self._array(node, changes)
        return self._text[node.start : node.end]

    def rebuilt_list(self, node: Node, entries: Iterable[int | Json]) -> str:
        items = node.items or []
        parts = [
            Part(one, self._text[items[one].start : items[one].end])
            if isinstance(one, int)
            else Part(None, self._fresh(one, node, [item.start for item in items]))
            for one in entries
        ]
        return self._joined(node, [(item.start, item.end) for item in items], parts)

    def _array(self, node: Node, changes: Within) -> str:
        items = node.items or []
        parts = []
        for index, item in enumerate(items):
            change = changes.changes.get(str(index))
            source = self._text[item.start : item.end]
            if isinstance(change, Removal):
                continue
            if isinstance(change, Within):
                source = self.rewritten(item, change)
            elif isinstance(change, Json):
                source = self._indented(change, line_indent(self._text, item.start))
            parts.append(Part(index, source))
        return self._joined(node, [(item.start, item.end) for item in items], parts)

    def _object(self, node: Node, changes: Within) -> str:
        members = node.members or {}
        parts: dict[str, Part] = {}
        for index, (key, member) in enumerate(members.items()):
            change = changes.changes.get(key)
            head = self._text[member.key_start : member.node.start]
            body: str | None = self._text[member.node.start : member.node.end]
            if isinstance(change, Removal):
                body = None
            elif isinstance(change, Json):
                body = self._indented(change, line_indent(self._text, member.key_start))
            elif isinstance(change, Within):
                body = self.rewritten(member.node, change)
                if body == "{}" and change.droppable and member.node.members:
                    body = None
            if body is not None:
                parts[key] = Part(index, head + body)
        self._insert(node, changes, parts)
        spans = [(one.key_start, one.node.end) for one in members.values()]
        return self._joined(node, spans, list(parts.values()))

    def _insert(self, node: Node, changes: Within, parts: dict[str, Part]) -> None:
        """Put the new members among the old ones, each behind its nearest forerunner."""
        members = node.members or {}
        starts = [member.key_start for member in members.values()]
        for key in sorted(changes.changes, key=lambda one: _rank(changes.order, one)):
            change = changes.changes[key]
            if key in members or isinstance(change, Removal):
                continue
            value = change if isinstance(change, Json) else _made(change)
            if value is None:
                continue
            colon = self._colon(node)
            name = json.dumps(key, ensure_ascii=False)
            fresh = Part(None, name + colon + self._fresh(value, node, starts))
            keys = list(parts)
            before = [one for one in keys if _rank(changes.order, one) < _rank(changes.order, key)]
            known = _rank(changes.order, key) < len(changes.order)
            at = keys.index(before[-1]) + 1 if before else (0 if known else len(keys))
            entries = list(parts.items())
            entries.insert(at, (key, fresh))
            parts.clear()
            parts.update(entries)

    def _colon(self, node: Node) -> str:
        for member in (node.members or {}).values():
            colon = self._text[member.key_end : member.node.start]
            if "\n" not in colon and "\r" not in colon:
                return colon
        return ": " if self._spread else ":"

    def _fresh(self, value: Json, node: Node, starts: Sequence[int]) -> str:
        """Return the source of a new entry of a container, laid out as its neighbours are."""
        lead = self._text[node.start + 1 : starts[0]] if starts else ""
        inline = not _LINE_START.search(lead) if starts else not self._spread
        if inline and "\n" in value.source:
            separators = (", ", ": ") if self._colon(node).endswith(" ") else (",", ":")
            compact = json.loads(value.source)
            return json.dumps(compact, ensure_ascii=False, separators=separators)
        return self._indented(value, self._inner_indent(node, starts))

    def _inner_indent(self, node: Node, starts: Sequence[int]) -> str:
        if starts:
            return line_indent(self._text, starts[0])
        return line_indent(self._text, node.start) + self._unit

    def _indented(self, value: Json, indent: str) -> str:
        if value.layout == "placed" or "\n" not in value.source:
            return value.source
        first, *others = value.source.split("\n")
        if value.layout == "ours":
            others = [self._in_our_unit(line) for line in others]
        return self._newline.join([first, *(indent + line if line else line for line in others)])

    def _in_our_unit(self, line: str) -> str:
        bare = line.lstrip(" ")
        return self._unit * ((len(line) - len(bare)) // len(_DEFAULT_UNIT)) + bare

    def _joined(self, node: Node, spans: Sequence[tuple[int, int]], parts: list[Part]) -> str:
        """Return the source of a container made of parts; old neighbours keep what is between."""
        text = self._text
        brackets = text[node.start], text[node.end - 1]
        if not parts:
            return text[node.start : node.end] if not spans else "".join(brackets)
        if spans:
            lead = text[node.start + 1 : spans[0][0]]
            tail = text[spans[-1][1] : node.end - 1]
            usual = text[spans[0][1] : spans[1][0]] if len(spans) > 1 else self._separator(lead)
        elif self._spread:
            lead = self._newline + line_indent(text, node.start) + self._unit
            tail = self._newline + line_indent(text, node.start)
            usual = "," + lead
        else:
            lead, tail, usual = "", "", ","
        pieces = [brackets[0], lead, parts[0].source]
        for left, right in pairwise(parts):
            if left.index is not None and right.index == left.index + 1:
                pieces.append(text[spans[left.index][1] : spans[right.index][0]])
            else:
                pieces.append(usual)
            pieces.append(right.source)
        return "".join([*pieces, tail, brackets[1]])

    def _separator(self, lead: str) -> str:
        return "," + lead if _LINE_START.search(lead) else (", " if self._spread else ",")


def _rank(order: Sequence[str], key: str) -> int:
    return order.index(key) if key in order else len(order)


def _made(changes: Within) -> Json | None:
    """Return the object that changes inside a missing value make; None where they make nothing."""
    members: dict[str, Any] = {}
    ordered: Mapping[str, Change] = {
        key: changes.changes[key]
        for key in sorted(changes.changes, key=lambda one: _rank(changes.order, one))
    }
    for key, change in ordered.items():
        value = _made(change) if isinstance(change, Within) else change
        if isinstance(value, Json):
            members[key] = json.loads(value.source)
    return written(members) if members else None
