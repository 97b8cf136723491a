"""The style in which a text is laid out, and edits of its objects and arrays that keep it.

Everything that is put into a text by a fix or a merge goes through here: what was there keeps its
bytes, what is new takes the indentation, line ends and separators of its new neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from .nodes import Node

INDENT: Final = "  "


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is laid out; `newline` is empty where all of it stands on one line."""

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
        """Return the sheet of a text that was read."""
        return cls(text, root, _style_of(text, root))

    def source(self, node: Node) -> str:
        """Return the exact source of a value."""
        return self.text[node.start : node.end]


# An entry of a container: its present place there, or None for a new one, and its text. The text
# of a member has the key in it.
Entry = tuple[int | None, str]


def spans(container: Node) -> list[tuple[int, int]]:
    """Return where each entry of an object (from its key on) or array starts and ends."""
    if container.members is not None:
        return [(one.key_start, one.node.end) for one in container.members.values()]
    return [(one.start, one.end) for one in container.items or ()]


def rebuilt(sheet: Sheet, container: Node, entries: Sequence[Entry]) -> str:
    """Return the source of an object or array with these entries in place of its own.

    An entry that stays keeps the white space before it, a new one gets that of its neighbours.
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
        return opening + lead + between.join(one for _, one in entries) + tail + closing
    lead = text[container.start + 1 : old[0][0]]
    gaps = [text[old[i][1] : old[i + 1][0]] for i in range(len(old) - 1)]
    usual = gaps[0] if gaps else _separator(lead, sheet.style)
    pieces = [opening, lead, entries[0][1]]
    for place, entry in entries[1:]:
        pieces += (gaps[place - 1] if place else usual, entry)
    pieces += (text[old[-1][1] : container.end - 1], closing)
    return "".join(pieces)


def _separator(lead: str, style: Style) -> str:
    return "," + lead if _is_broken(lead) else style.comma


def new_entry(sheet: Sheet, container: Node, key: str | None, source: Sheet, value: Node) -> str:
    """Return the text of an entry for a container of `sheet` with a value of another text.

    `key` is the key's source, quotes included, where the container is an object. Numbers and
    texts keep their spelling; the layout becomes that of the container.
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
    """Return the text of a value of another text, laid out to take the place of `old`."""
    written = sheet.source(old)
    inline = len(written) > 2 and not _is_broken(written)
    style = replace(sheet.style, newline="") if inline and written[0] in "[{" else sheet.style
    return laid_out(source, value, style, line_indent(sheet.text, old.start))


def laid_out(source: Sheet, node: Node, style: Style, indent: str) -> str:
    """Return a value in another style, to stand on a line with this indentation.

    Where both texts span lines and indent alike, the value keeps its own line breaks.
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
            f"{source.text[one.key_start : one.key_end]}{style.colon}"
            + _spelled(source, one.node, style, indent + style.unit)
            for one in node.members.values()
        ]
    elif node.items is not None:
        entries = [_spelled(source, one, style, indent + style.unit) for one in node.items]
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
    line = text[start:offset]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _is_broken(gap: str) -> bool:
    return "\n" in gap or "\r" in gap


def _style_of(text: str, root: Node) -> Style:
    """Return the style that the array and its first records show."""
    whole = text[root.start : root.end]
    newline = next((one for one in ("\r\n", "\n", "\r") if one in whole), "")
    unit = colon = comma = ""
    for node in (root, *(root.items or ())[:3]):
        found = spans(node)
        if not found:
            continue
        lead = text[node.start + 1 : found[0][0]]
        if not unit and _is_broken(lead):
            inner = lead.replace("\r", "\n").rpartition("\n")[2]
            unit = inner.removeprefix(line_indent(text, node.start))
        if not comma and len(found) > 1:
            gap = text[found[0][1] : found[1][0]]
            comma = "" if _is_broken(gap) else gap
        if not colon and node.members:
            member = next(iter(node.members.values()))
            gap = text[member.key_end : member.node.start]
            colon = "" if _is_broken(gap) else gap
    colon = colon or ": "
    return Style(newline, unit or INDENT, colon, comma or (", " if colon.endswith(" ") else ","))
