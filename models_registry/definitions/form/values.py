"""How values stand in the inputs of a form, and what is made of what comes back.

Nothing that was typed is lost: where a text is not what its input asks for, it goes into the
definition as a text, and the check names the place. What the browser changes by itself, such as
line ends, is no change.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..edits import Json, line_indent, list_source, written
from ..nodes import Node
from ..scanner import scan
from ..text import Definition
from .schema import Kind, Shape

LEAF_KINDS: Final = frozenset(
    {
        "text",
        "long",
        "integer",
        "size",
        "boolean",
        "choice",
        "checks",
        "strings",
        "integers",
        "json",
    }
)

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}(?:[,_ '\u00a0\u202f][0-9]{3})+")
_SIZE: Final = re.compile(r"([0-9]+)(?:[._]([0-9]+))?\s*[bB]?")
_PLAIN_LINE: Final = re.compile(
    r'[^\s"\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\S)?'
)
_UNWANTED: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as an input has it: the kind of the input, and what it sends when untouched."""

    kind: Kind
    texts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The one text of all inputs but groups of checkboxes."""
        return self.texts[0] if self.texts else ""


def shown(shape: Shape, definition: Definition, node: Node | None) -> Shown:
    """Return how a value is shown; None is a value that is not there.

    A value that does not fit the kind of its shape is shown as JSON.
    """
    if node is None:
        return Shown(shape.kind, () if shape.kind == "checks" else ("",))
    texts = _texts(shape, node, definition)
    if texts is None:
        return Shown("json", (_json_text(definition, node, expected=""),))
    kind = "long" if shape.kind == "text" and "\n" in texts[0] else shape.kind
    return Shown(kind, texts)


def _texts(shape: Shape, node: Node, definition: Definition) -> tuple[str, ...] | None:
    value = node.value
    if shape.kind in ("text", "long"):
        return (value,) if isinstance(value, str) and "\r" not in value else None
    if shape.kind in ("integer", "size"):
        return _number_texts(shape, value, definition.text[node.start : node.end])
    if shape.kind == "boolean":
        return (json.dumps(value),) if isinstance(value, bool) else None
    if shape.kind == "choice":
        return None if isinstance(value, (list, dict)) else (json.dumps(value, ensure_ascii=False),)
    if shape.kind == "json":
        return (_json_text(definition, node, expected=shape.expected),)
    if not isinstance(value, list):
        return None
    if shape.kind == "integers":
        lines = [_number_line(one) for one in value]
        return None if None in lines else (" ".join(filter(None, lines)),)
    if not all(isinstance(one, str) for one in value):
        return None
    if shape.kind == "checks":
        return tuple(json.dumps(one, ensure_ascii=False) for one in value)
    return ("\n".join(map(_line, value)),)


def _number_texts(shape: Shape, value: Any, source: str) -> tuple[str, ...] | None:
    if isinstance(value, bool) or value is None or isinstance(value, (list, dict)):
        return None
    if not isinstance(value, str):
        return (source,)
    if not value:
        return ("",)
    # Only what goes back into the same text may stand without its quotes.
    same = json.loads(_from_number(shape.kind, value).source) == value if value.strip() else False
    return (value,) if same and "\n" not in value and "\r" not in value else None


def _number_line(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    plain = isinstance(value, str) and re.fullmatch(r"[^\s,]+", value) and not value.isdigit()
    return value if plain and _NUMBER.fullmatch(value) is None else None


def _line(value: str) -> str:
    """Return an entry of a list as its line: as it is where it can stand so, else as JSON."""
    return value if _PLAIN_LINE.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _json_text(definition: Definition, node: Node, *, expected: str) -> str:
    if expected and isinstance(node.value, str) and "\r" not in node.value:
        kept = from_input("json", [node.value], definition, None)
        if kept is not None and json.loads(kept.source) == node.value:
            return node.value
    source = definition.text[node.start : node.end]
    return _outdented(source, line_indent(definition.text, node.start))


def _outdented(source: str, indent: str) -> str:
    lines = canonical(source).split("\n")
    if not indent or not all(line.startswith(indent) for line in lines[1:]):
        return "\n".join(lines)
    return "\n".join([lines[0], *(line[len(indent) :] for line in lines[1:])])


def canonical(text: str) -> str:
    """Return a text with all line ends as line feeds: a browser sends none of them as it got it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def taken_over(before: str, typed: str) -> str:
    """Return the text that an editor of the whole text means: `before` itself, if nothing but line
    ends differs, else what was typed, with the line ends that `before` had."""
    if canonical(before) == canonical(typed):
        return before
    typed = canonical(typed)
    return typed.replace("\n", "\r\n") if "\r\n" in before else typed


def same(before: Shown, kind: str, sent: Sequence[str]) -> bool:
    """Say whether an input was sent back as it was shown."""
    if kind == "checks":
        return kind == before.kind and {one for one in sent if one} == set(before.texts)
    text = canonical(sent[-1] if sent else "")
    return canonical(before.text) == text and kind in (before.kind, "text", "long", "json")


def from_input(
    kind: str, sent: Sequence[str], definition: Definition, node: Node | None
) -> Json | None:
    """Return what an input says, as JSON; None where it was left or made empty.

    In: the kind of the input, what it sent, and the value that is there now, whose entries keep
    their source in a list that is changed.
    """
    if kind == "checks":
        return _from_checks([one for one in sent if one], definition, node)
    text = _clean(canonical(sent[-1] if sent else ""))
    if kind in ("text", "long"):
        return written(text) if text else None
    if not text.strip():
        return None
    if kind in ("integer", "size"):
        return _from_number(kind, text)
    if kind == "strings":
        return _list(
            [_from_line(line) for line in text.split("\n") if line.strip()], definition, node
        )
    if kind == "integers":
        numbers = [_from_number("integer", one) for one in re.split(r"[\s,;]+", text) if one]
        return _list([json.loads(one.source) for one in numbers], definition, node)
    return _from_json(text, definition, node)


def empty_value(kind: str) -> Json | None:
    """Return what a required key holds whose input was made empty; None: the key goes."""
    if kind in ("text", "long"):
        return written("")
    return written([]) if kind in ("checks", "strings", "integers") else None


def _from_number(kind: str, text: str) -> Json:
    text = text.strip()
    if kind == "size" and (match := _SIZE.fullmatch(text)):
        whole, part = match.groups()
        whole = whole.lstrip("0") or "0"
        if part is not None:
            return written(f"{whole}_{part}")
        return Json(whole) if len(whole) < 10 and whole != "0" else written(text)
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[^0-9]", "", text)
    fits = _NUMBER.fullmatch(text) is not None and not scan(text).problems
    return Json(text) if fits else written(text)


def _from_line(line: str) -> str:
    line = line.strip()
    if line.startswith('"'):
        result = scan(line)
        if result.root is not None and not result.problems and isinstance(result.root.value, str):
            return result.root.value
    return line


def _from_json(text: str, definition: Definition, node: Node | None) -> Json:
    if scan(text).problems:
        return written(text)
    stripped = text.strip()
    if node is None:
        return Json(stripped)
    indent = line_indent(definition.text, node.start)
    source = definition.text[node.start : node.end]
    lines = canonical(source).split("\n")
    outdented = not indent or all(line.startswith(indent) for line in lines[1:])
    return Json(stripped, "typed" if outdented else "placed")


def _from_checks(sent: list[str], definition: Definition, node: Node | None) -> Json | None:
    chosen = {_key(value): value for value in map(_choice_value, sent)}
    there = node.value if node is not None and node.items is not None else []
    kept = [one for one in there if _key(one) in chosen]
    for one in kept:
        chosen.pop(_key(one), None)
    return _list([*kept, *chosen.values()], definition, node)


def _choice_value(text: str) -> Any:
    result = scan(text)
    return text if result.root is None or result.problems else result.root.value


def _list(values: list[Any], definition: Definition, node: Node | None) -> Json | None:
    """Return a list as source; entries that are there already keep their own, wherever they go."""
    if not values:
        return None
    if node is None or node.items is None:
        return written(values)
    places: dict[str, list[int]] = {}
    for index in range(len(node.items) - 1, -1, -1):
        places.setdefault(_key(node.items[index].value), []).append(index)
    entries: list[int | Json] = []
    for value in values:
        at = places.get(_key(value))
        entries.append(at.pop() if at else written(value))
    return list_source(definition, node, entries)


def _key(value: Any) -> str:
    """Return what tells values apart that Python holds for equal, such as 1, 1.0 and true."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _clean(text: str) -> str:
    return _UNWANTED.sub("\ufffd", text)
