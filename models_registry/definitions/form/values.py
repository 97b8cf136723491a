"""Converts values to the texts of a form's inputs, and submitted texts back to JSON.

No input is lost: a text of the wrong kind goes into the definition as a text, and the check reports
it. Changes that browsers make themselves, such as line ends, do not count as edits.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from models_registry.definitions.form.schema import FieldShape, InputKind
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.json_text.edit import Json, line_indent, list_source, written
from models_registry.definitions.json_text.nodes import Node
from models_registry.definitions.json_text.scanner import scan

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
    """A value in an input: the kind of the input, and the texts that it sends if untouched."""

    kind: InputKind
    texts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The only text of an input; groups of checkboxes have several."""
        return self.texts[0] if self.texts else ""


def shown(shape: FieldShape, definition: Definition, node: Node | None) -> Shown:
    """Return how a value (None: a missing one) is shown.

    A value that does not fit the kind of its shape is shown as JSON.
    """
    if node is None:
        return Shown(shape.kind, () if shape.kind == "checks" else ("",))
    texts = _texts(shape, node, definition)
    if texts is None:
        return Shown("json", (_json_text(definition, node, expected=""),))
    kind = "long" if shape.kind == "text" and "\n" in texts[0] else shape.kind
    return Shown(kind, texts)


def _texts(shape: FieldShape, node: Node, definition: Definition) -> tuple[str, ...] | None:
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
        lines = [_number_line(number) for number in value]
        return None if None in lines else (" ".join(filter(None, lines)),)
    if not all(isinstance(item, str) for item in value):
        return None
    if shape.kind == "checks":
        return tuple(json.dumps(item, ensure_ascii=False) for item in value)
    return ("\n".join(map(_line, value)),)


def _number_texts(shape: FieldShape, value: Any, source: str) -> tuple[str, ...] | None:
    if isinstance(value, bool) or value is None or isinstance(value, (list, dict)):
        return None
    if not isinstance(value, str):
        return (source,)
    if not value:
        return ("",)
    # A text is shown without quotes only if it can be converted back.
    same = json.loads(_from_number(shape.kind, value).source) == value if value.strip() else False
    return (value,) if same and "\n" not in value and "\r" not in value else None


def _number_line(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    plain = isinstance(value, str) and re.fullmatch(r"[^\s,]+", value) and not value.isdigit()
    return value if plain and _NUMBER.fullmatch(value) is None else None


def _line(value: str) -> str:
    """Return the line of a list's entry: the text itself if that is unambiguous, else JSON."""
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
    """Return a text with line feeds as line ends: browsers change them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def taken_over(before: str, typed: str) -> str:
    """Return the text of an editor: `before` itself if only line ends differ, else the typed text
    with the line ends of `before`."""
    if canonical(before) == canonical(typed):
        return before
    typed = canonical(typed)
    return typed.replace("\n", "\r\n") if "\r\n" in before else typed


def same(before: Shown, kind: str, sent: Sequence[str]) -> bool:
    """True if an input was sent back as it was shown."""
    if kind == "checks":
        return kind == before.kind and {text for text in sent if text} == set(before.texts)
    text = canonical(sent[-1] if sent else "")
    return canonical(before.text) == text and kind in (before.kind, "text", "long", "json")


def digest_of(kind: str, texts: Sequence[str]) -> str:
    """Return a short digest of what an input sends: the same for the same value."""
    sent = sorted({text for text in texts if text}) if kind == "checks" else list(texts[-1:])
    text = canonical("\n".join(sent))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def from_input(
    kind: str, sent: Sequence[str], definition: Definition, node: Node | None
) -> Json | None:
    """Return the submitted value of an input as JSON; None if it is empty.

    In a changed list, the entries of the present value (`node`) keep their source.
    """
    if kind == "checks":
        return _from_checks([text for text in sent if text], definition, node)
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
        numbers = [
            _from_number("integer", number) for number in re.split(r"[\s,;]+", text) if number
        ]
        return _list([json.loads(number.source) for number in numbers], definition, node)
    return _from_json(text, definition, node)


def empty_value(kind: str) -> Json | None:
    """Return the value of a required key with an empty input; None removes the key."""
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
    kept = [value for value in there if _key(value) in chosen]
    for value in kept:
        chosen.pop(_key(value), None)
    return _list([*kept, *chosen.values()], definition, node)


def _choice_value(text: str) -> Any:
    result = scan(text)
    return text if result.root is None or result.problems else result.root.value


def _list(values: list[Any], definition: Definition, node: Node | None) -> Json | None:
    """Return a list as source; existing entries keep their source, in any order."""
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
    """Return a key that tells values apart that are equal in Python, such as 1, 1.0 and true."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _clean(text: str) -> str:
    return _UNWANTED.sub("\ufffd", text)
