"""Edits of a definition's text that mend one thing and leave every other character as it is."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from .identity import canonical
from .nodes import Node
from .problems import quoted
from .styles import Entry, Sheet, rebuilt, spans
from .text import Definition, parse

_CHARACTER = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)
# What a source says about the files of its own hub, which a copy for another must not repeat.
_OF_ONE_HUB: Final = frozenset({"model_metadata", "model_metadata_by_quantization"})
_REVISION: Final = "model_revision"
# The branch that every repository on ModelScope has.
_MODELSCOPE_REVISION: Final = '"master"'


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that mends a finding: what a button says, and the edit itself."""

    label: str
    edit: Callable[[Definition], str]

    def apply(self, text: str) -> str:
        """Return the text with this mended and nothing else changed.

        Raises DefinitionTextError where the text is no definition, and LookupError where what was
        to be mended is no longer there.
        """
        return self.edit(parse(text))


def replacing(label: str, pointer: str, old: Any, source: Callable[[str], str]) -> Fix:
    """Return a fix that puts `source(its present source)` in the place of a value."""

    def edit(definition: Definition) -> str:
        text, node = definition.text, _find(definition, pointer, old)
        return text[: node.start] + source(text[node.start : node.end]) + text[node.end :]

    return Fix(label, edit)


def writing(label: str, pointer: str, old: Any, new: str) -> Fix:
    """Return a fix that puts the JSON source `new` in the place of a value."""
    return replacing(label, pointer, old, lambda _: new)


def removing(label: str, pointer: str, old: Any) -> Fix:
    """Return a fix that takes an entry out of a list."""
    outer, _, place = pointer.rpartition("/")

    def edit(definition: Definition) -> str:
        _find(definition, pointer, old)
        container = definition.find(outer)[0]
        sheet = Sheet.of(definition.text, definition.root)
        entries = [one for one in _entries(sheet, container) if one[0] != int(place)]
        return _with(definition, container, rebuilt(sheet, container, entries))

    return Fix(label, edit)


def adding_twin(label: str, pointer: str, old: Any, *, with_revision: bool) -> Fix:
    """Return a fix that puts a copy of the Hugging Face source after it, for ModelScope.

    `pointer` is that of `model_src`, `old` its value. The copy has the same id and layout; its
    revision, which is a commit of the other hub, goes or becomes ModelScope's main branch.
    """

    def edit(definition: Definition) -> str:
        container = _find(definition, pointer, old)
        sheet = Sheet.of(definition.text, definition.root)
        member = (container.members or {})["huggingface"]
        entries = _entries(sheet, container)
        place = list(container.members or {}).index("huggingface")
        colon = definition.text[member.key_end : member.node.start]
        twin = f'"modelscope"{colon}{_twin(sheet, member.node, with_revision)}'
        entries.insert(place + 1, (None, twin))
        return _with(definition, container, rebuilt(sheet, container, entries))

    return Fix(label, edit)


def _twin(sheet: Sheet, source: Node, with_revision: bool) -> str:
    entries: list[Entry] = []
    for (place, text), (key, member) in zip(
        _entries(sheet, source), (source.members or {}).items(), strict=True
    ):
        if key == _REVISION and with_revision:
            lead = sheet.text[member.key_start : member.node.start]
            entries.append((place, lead + _MODELSCOPE_REVISION))
        elif key != _REVISION and key not in _OF_ONE_HUB:
            entries.append((place, text))
    return rebuilt(sheet, source, entries)


def _entries(sheet: Sheet, container: Node) -> list[Entry]:
    return [(place, sheet.text[start:end]) for place, (start, end) in enumerate(spans(container))]


def _find(definition: Definition, pointer: str, old: Any) -> Node:
    node, _, exists = definition.find(pointer)
    if not exists or canonical(node.value) != canonical(old):
        raise LookupError(
            f"The definition has changed: {quoted(pointer)} is not what it was. Look again."
        )
    return node


def _with(definition: Definition, node: Node, source: str) -> str:
    return definition.text[: node.start] + source + definition.text[node.end :]


def stripped(source: str) -> str:
    """Return the source of a JSON string without white space at its ends, escaped or not."""
    characters = _CHARACTER.findall(source[1:-1])
    start, end = 0, len(characters)
    while start < end and _is_space(characters[start]):
        start += 1
    while start < end and _is_space(characters[end - 1]):
        end -= 1
    return f'"{"".join(characters[start:end])}"'


def _is_space(character: str) -> bool:
    plain: str = json.loads(f'"{character}"')
    return plain.isspace()
