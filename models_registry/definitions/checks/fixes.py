"""Edits of a definition's text that fix one thing and keep every other character."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from models_registry.definitions.facts.identity import canonical
from models_registry.definitions.json_text.document import Definition, parse
from models_registry.definitions.json_text.edit import Entry, Sheet, rebuilt
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.json_text.nodes import Node
from models_registry.definitions.json_text.problems import quoted

_CHARACTER = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)
# Keys that describe the files of one hub, which a copy for another hub must not have.
_OF_ONE_HUB: Final = frozenset({"model_metadata", "model_metadata_by_quantization"})
_REVISION: Final = "model_revision"
# The branch that every repository on ModelScope has.
_MODELSCOPE_REVISION: Final = '"master"'


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that fixes a finding: the label of its button, and the edit itself."""

    label: Message
    edit: Callable[[Definition], str]

    def apply(self, text: str) -> str:
        """Return the text with this fixed and nothing else changed.

        Raises DefinitionTextError if the text is not a definition, and LookupError with a message
        if the value has changed.
        """
        return self.edit(parse(text))


def replacing(label: Message, pointer: str, old: Any, source: Callable[[str], str]) -> Fix:
    """Return a fix that replaces the source of a value with `source(its present source)`."""

    def edit(definition: Definition) -> str:
        text, node = definition.text, _find(definition, pointer, old)
        return text[: node.start] + source(text[node.start : node.end]) + text[node.end :]

    return Fix(label, edit)


def writing(label: Message, pointer: str, old: Any, new: str) -> Fix:
    """Return a fix that replaces the source of a value with the JSON source `new`."""
    return replacing(label, pointer, old, lambda _: new)


def removing(label: Message, pointer: str, old: Any) -> Fix:
    """Return a fix that removes an entry from a list."""
    outer, _, place = pointer.rpartition("/")

    def edit(definition: Definition) -> str:
        _find(definition, pointer, old)
        container = definition.find(outer)[0]
        sheet = Sheet.of(definition.text, definition.root)
        entries = [entry for entry in sheet.entries(container) if entry[0] != int(place)]
        return sheet.with_value(container, rebuilt(sheet, container, entries))

    return Fix(label, edit)


def adding_twin(label: Message, pointer: str, old: Any, *, with_revision: bool) -> Fix:
    """Return a fix that adds a copy of the Hugging Face source after it, for ModelScope.

    `pointer` points to `model_src`, `old` is its value. The copy has the same id and layout; its
    revision, a commit of the other hub, is removed or becomes ModelScope's main branch.
    """

    def edit(definition: Definition) -> str:
        container = _find(definition, pointer, old)
        sheet = Sheet.of(definition.text, definition.root)
        member = (container.members or {})["huggingface"]
        entries = sheet.entries(container)
        place = list(container.members or {}).index("huggingface")
        colon = definition.text[member.key_end : member.node.start]
        twin = f'"modelscope"{colon}{_twin(sheet, member.node, with_revision)}'
        entries.insert(place + 1, (None, twin))
        return sheet.with_value(container, rebuilt(sheet, container, entries))

    return Fix(label, edit)


def _twin(sheet: Sheet, source: Node, with_revision: bool) -> str:
    entries: list[Entry] = []
    for (place, text), (key, member) in zip(
        sheet.entries(source), (source.members or {}).items(), strict=True
    ):
        if key == _REVISION and with_revision:
            lead = sheet.text[member.key_start : member.node.start]
            entries.append((place, lead + _MODELSCOPE_REVISION))
        elif key != _REVISION and key not in _OF_ONE_HUB:
            entries.append((place, text))
    return rebuilt(sheet, source, entries)


def _find(definition: Definition, pointer: str, old: Any) -> Node:
    node, _, exists = definition.find(pointer)
    if not exists or canonical(node.value) != canonical(old):
        message = gettext_noop(
            "%(pointer)s has changed since the definition was checked. Check it again.",
            pointer=quoted(pointer),
        )
        raise LookupError(message)
    return node


def stripped(source: str) -> str:
    """Return the source of a JSON string, stripped of white space, escaped or not."""
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
