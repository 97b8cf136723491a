"""A definition as a form.

The text is the source of truth: the form is built from it and the schema, each input is named by
the pointer of its value, and an input that is submitted unchanged changes nothing (`changes`). So
unknown fields, the order of keys and the spelling of numbers survive, and submitting an untouched
form gives the same text byte for byte.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from models_registry.definitions.form.field_help import essential_keys, help_for
from models_registry.definitions.form.field_texts import Help
from models_registry.definitions.form.nodes import (
    MAX_FIELDS,
    Field,
    FieldGroup,
    Form,
    FormTooLarge,
    GroupList,
    Item,
    Option,
)
from models_registry.definitions.form.schema import FieldShape, record_shape
from models_registry.definitions.form.values import LEAF_KINDS, Shown, shown
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.nodes import Node
from models_registry.definitions.json_text.problems import make_pointer

# The hub sets these when a definition is published; authors do not edit them.
MANAGED_KEYS: Final = frozenset({"updated_at", "featured"})

_ = gettext_noop
_UNKNOWN: Final = FieldShape("json")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


def form_of(definition: Definition, model_type: str) -> Form:
    """Return the form of a definition.

    Raises KeyError for an unknown type, and FormTooLarge as soon as there are too many fields.
    """
    shape = record_shape(model_type)
    nodes = definition.root.items or []
    builder = _Builder(definition, model_type)
    records = []
    for index, node in enumerate(nodes):
        group = builder.group("record", (str(index),), "record", node, shape)
        group.index, group.count = index, len(nodes)
        records.append(group)
    return Form(model_type, definition, records)


def refill(form: Form, submitted: Mapping[str, Sequence[str]]) -> None:
    """Show the submitted values in the form if they could not be saved."""
    for item in form.fields():
        if item.name in submitted:
            texts = tuple(text for text in submitted[item.name] if text or item.kind != "checks")
            item.shown = Shown(item.kind, texts)
            item.options = [
                Option(option.value, option.label, option.value in (texts or ("",)))
                for option in item.options
            ]


class _Builder:
    def __init__(self, definition: Definition, model_type: str) -> None:
        self._definition = definition
        self._model_type = model_type
        self._field_count = 0

    def group(
        self,
        role: Literal["record", "object", "entry", "source"],
        path: tuple[str, ...],
        place: str,
        node: Node | None,
        shape: FieldShape,
    ) -> FieldGroup:
        pointer = make_pointer(path)
        group = FieldGroup("group", role, pointer, element_id(pointer), path[-1], Help(""))
        group.present = node is not None
        group.value = node.value if node is not None else {}
        group.order = list(shape.members)
        members = (node.members if node is not None else None) or {}
        first = essential_keys(self._model_type, place)
        ranks = {key: rank for rank, key in enumerate(first)}
        for key in sorted(shape.members, key=lambda name: ranks.get(name, len(ranks))):
            if key in MANAGED_KEYS and role == "record":
                continue
            member = members.get(key)
            item = self._item(
                (*path, key),
                place,
                member.node if member else None,
                shape.members[key],
                required=key in shape.required,
            )
            (group.essential if key in ranks else group.advanced).append(item)
        for key, member in members.items():
            if key not in shape.members and self._leads_to((*path, key), member.node):
                item = self._field((*path, key), place, member.node, _UNKNOWN, required=False)
                item.known = False
                group.unknown.append(item)
        return group

    def _leads_to(self, path: tuple[str, ...], node: Node) -> bool:
        """True if the pointer leads to this value; with some unprintable keys it does not."""
        target, _, exists = self._definition.find(make_pointer(path))
        return exists and target is node

    def _item(
        self,
        path: tuple[str, ...],
        place: str,
        node: Node | None,
        shape: FieldShape,
        *,
        required: bool,
    ) -> Item:
        if shape.kind == "object" and (node is None or node.members is not None):
            group = self.group("object", path, path[-1], node, shape)
            group.help = help_for(self._model_type, place, path[-1])
            group.required = required
            return group
        if shape.kind == "list" and _holds_objects(node):
            return self._listing(path, place, node, shape, required=required)
        if shape.kind == "map" and _maps_objects(node):
            return self._listing(path, place, node, shape, required=required)
        return self._field(path, place, node, shape, required=required)

    def _listing(
        self,
        path: tuple[str, ...],
        place: str,
        node: Node | None,
        shape: FieldShape,
        *,
        required: bool,
    ) -> GroupList:
        pointer = make_pointer(path)
        listing = GroupList(
            node="listing",
            kind="map" if shape.kind == "map" else "list",
            pointer=pointer,
            element_id=element_id(pointer),
            key=path[-1],
            help=help_for(self._model_type, place, path[-1]),
            present=node is not None,
            required=required,
        )
        item = shape.item or FieldShape("object")
        if shape.kind == "map":
            members = (node.members if node is not None else None) or {}
            for key, member in members.items():
                if self._leads_to((*path, key), member.node):
                    group = self.group("source", (*path, key), path[-1], member.node, item)
                    listing.groups.append(group)
            free = (key for key in shape.keys if key not in members)
            listing.addable = [Option(key, key, False) for key in free]
        else:
            items = (node.items if node is not None else None) or []
            for index, entry in enumerate(items):
                group = self.group("entry", (*path, str(index)), path[-1], entry, item)
                listing.groups.append(group)
        for index, group in enumerate(listing.groups):
            group.index, group.count = index, len(listing.groups)
        return listing

    def _field(
        self,
        path: tuple[str, ...],
        place: str,
        node: Node | None,
        shape: FieldShape,
        *,
        required: bool,
    ) -> Field:
        self._field_count += 1
        if self._field_count > MAX_FIELDS:
            raise FormTooLarge
        pointer = make_pointer(path)
        look = shape if shape.kind in LEAF_KINDS else FieldShape("json", expected="object")
        value = shown(look, self._definition, node)
        return Field(
            node="field",
            name=f"{value.kind}:{pointer}",
            element_id=element_id(pointer),
            pointer=pointer,
            key=path[-1],
            kind=value.kind,
            shown=value,
            help=help_for(self._model_type, place, path[-1]),
            required=required,
            present=node is not None,
            options=_options(shape, value, required=required),
        )


def _holds_objects(node: Node | None) -> bool:
    items = node.items if node is not None else []
    return items is not None and all(item.members is not None for item in items)


def _maps_objects(node: Node | None) -> bool:
    members = node.members if node is not None else {}
    return members is not None and all(
        member.node.members is not None for member in members.values()
    )


def _options(shape: FieldShape, value: Shown, *, required: bool) -> list[Option]:
    if value.kind == "boolean":
        options = [
            Option("true", _("Yes"), value.text == "true"),
            Option("false", _("No"), value.text == "false"),
        ]
    elif value.kind in ("choice", "checks"):
        known = [json.dumps(choice, ensure_ascii=False) for choice in shape.choices]
        others = [text for text in dict.fromkeys(value.texts) if text and text not in known]
        options = [Option(text, _label(text), text in value.texts) for text in [*known, *others]]
    else:
        return []
    if value.kind != "checks" and not (required and value.text):
        options.insert(0, Option("", _("Not set"), not value.text))
    return options


def _label(source: str) -> str:
    value: Any = json.loads(source)
    return value if isinstance(value, str) else source


def element_id(pointer: str) -> str:
    """Return the id that the element of a value has in the page."""
    return "at" + _UNSAFE.sub("-", pointer)
