"""A definition as a form.

The text is the only truth: the form is made from it and from the schema, each input is named by the
pointer of its value, and an input that comes back as it was shown changes nothing (`changes`).
So unknown fields, the order of keys and the spelling of numbers survive, and a form that nobody
touched gives the text back byte for byte.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from ..nodes import Node
from ..problems import make_pointer
from ..text import Definition
from .field_help import essential_keys, help_for
from .field_texts import Help, gettext_noop
from .nodes import Field, Form, Group, Item, Listing, Option
from .schema import Shape, record_shape
from .values import LEAF_KINDS, Shown, shown

# Set by the hub whenever a definition is published; an author has nothing to say about them.
MANAGED_KEYS: Final = frozenset({"updated_at", "featured"})

_ = gettext_noop
_UNKNOWN: Final = Shape("json")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


def form_of(definition: Definition, model_type: str) -> Form:
    """Return the form of a definition. Raises KeyError for an unknown type."""
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
    """Let the form show what was sent, where that could not be taken over."""
    for item in form.fields():
        if item.name in submitted:
            texts = tuple(one for one in submitted[item.name] if one or item.kind != "checks")
            item.shown = Shown(item.kind, texts)
            item.options = [
                Option(one.value, one.label, one.value in (texts or ("",))) for one in item.options
            ]


class _Builder:
    def __init__(self, definition: Definition, model_type: str) -> None:
        self._definition = definition
        self._model_type = model_type

    def group(
        self,
        role: Literal["record", "object", "entry", "source"],
        path: tuple[str, ...],
        place: str,
        node: Node | None,
        shape: Shape,
    ) -> Group:
        pointer = make_pointer(path)
        group = Group("group", role, pointer, element_id(pointer), path[-1], Help(""))
        group.present = node is not None
        group.value = node.value if node is not None else {}
        group.order = list(shape.members)
        members = (node.members if node is not None else None) or {}
        first = essential_keys(self._model_type, place)
        ranks = {key: rank for rank, key in enumerate(first)}
        for key in sorted(shape.members, key=lambda one: ranks.get(one, len(ranks))):
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
        """Say whether the value can be found again by its pointer; odd keys are not written out."""
        found, _, exists = self._definition.find(make_pointer(path))
        return exists and found is node

    def _item(
        self,
        path: tuple[str, ...],
        place: str,
        node: Node | None,
        shape: Shape,
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
        shape: Shape,
        *,
        required: bool,
    ) -> Listing:
        pointer = make_pointer(path)
        listing = Listing(
            node="listing",
            kind="map" if shape.kind == "map" else "list",
            pointer=pointer,
            element_id=element_id(pointer),
            key=path[-1],
            help=help_for(self._model_type, place, path[-1]),
            present=node is not None,
            required=required,
        )
        item = shape.item or Shape("object")
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
            for index, one in enumerate(items):
                group = self.group("entry", (*path, str(index)), path[-1], one, item)
                listing.groups.append(group)
        for index, group in enumerate(listing.groups):
            group.index, group.count = index, len(listing.groups)
        return listing

    def _field(
        self,
        path: tuple[str, ...],
        place: str,
        node: Node | None,
        shape: Shape,
        *,
        required: bool,
    ) -> Field:
        pointer = make_pointer(path)
        look = shape if shape.kind in LEAF_KINDS else Shape("json", expected="object")
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
    return members is not None and all(one.node.members is not None for one in members.values())


def _options(shape: Shape, value: Shown, *, required: bool) -> list[Option]:
    if value.kind == "boolean":
        options = [
            Option("true", _("Yes"), value.text == "true"),
            Option("false", _("No"), value.text == "false"),
        ]
    elif value.kind in ("choice", "checks"):
        known = [json.dumps(one, ensure_ascii=False) for one in shape.choices]
        others = [one for one in dict.fromkeys(value.texts) if one and one not in known]
        options = [Option(one, _label(one), one in value.texts) for one in [*known, *others]]
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
