"""Adds, copies, removes and moves entries of a definition's lists.

An operation is `verb:pointer`, as a button of the form sends it: `add` (a list, or a map with the
key of the new entry), `copy`, `remove`, `up` and `down` (an entry). Records are the entries of the
root.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from models_registry.definitions.form.nodes import FieldGroup, GroupList, all_items
from models_registry.definitions.form.schema import FieldShape, record_shape
from models_registry.definitions.form.skeletons import empty_entry, empty_source
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.json_text.document import Definition, parse
from models_registry.definitions.json_text.edit import (
    Json,
    Removal,
    Within,
    rewrite,
    with_items,
    written,
)
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.nodes import Node
from models_registry.definitions.json_text.problems import (
    DefinitionTextError,
    Problem,
    make_pointer,
    quoted,
    split_pointer,
)

Entries = list[int | Json]
Part = TypeVar("Part", FieldGroup, GroupList)


def operate(text: str, model_type: str, operation: str) -> tuple[str, list[Problem]]:
    """Return the text after an operation, and no problems; or the text as it was, and why.

    Raises DefinitionTextError if the text is not a definition.
    """
    definition = parse(text)
    verb, _, pointer = operation.partition(":")
    try:
        change = _VERBS[verb]
        path = split_pointer(pointer)
        changed = change(definition, model_type, path)
        parse(changed)
    except (LookupError, ValueError) as error:
        return text, _refusal(error, operation)
    return changed, []


def _refusal(error: Exception, operation: str) -> list[Problem]:
    if isinstance(error, DefinitionTextError):
        return list(error.problems)
    message = gettext_noop(
        "The form has no place for %(operation)s any more. Load the page again.",
        operation=quoted(operation),
    )
    return [Problem("", 1, 1, message, "operation")]


def _add(definition: Definition, model_type: str, path: list[str]) -> str:
    if not path:
        shape = record_shape(model_type)
        first = definition.records[0]
        names = {
            key: first[key] for key in ("version", "model_name", "model_family") if key in first
        }
        return with_items(
            definition,
            definition.root,
            [*range(len(definition.records)), written(empty_entry(shape) | names)],
        )
    listing = _item_at(definition, model_type, path, GroupList)
    if listing is None:
        return _add_source(definition, model_type, path)
    if listing.kind != "list":
        raise LookupError(listing.pointer)
    entry = written(empty_entry(_shape_at(model_type, path).item or FieldShape("object")))
    if listing.present:
        node = definition.find(listing.pointer)[0]
        return with_items(definition, node, [*range(len(node.items or ())), entry])
    return _inserted(definition, model_type, path, Json(f"[\n  {_deeper(entry)}\n]", "ours"))


def _add_source(definition: Definition, model_type: str, path: list[str]) -> str:
    *outer, hub = path
    listing = _item_at(definition, model_type, outer, GroupList)
    if (
        listing is None
        or listing.kind != "map"
        or hub not in {option.value for option in listing.addable}
    ):
        raise LookupError(hub)
    shape = _shape_at(model_type, outer)
    node, _, present = definition.find(listing.pointer)
    others = node.value if present and isinstance(node.value, dict) else {}
    source = written(empty_source(shape.item or FieldShape("object"), hub, others))
    if present:
        inner = Within({hub: source}, order=shape.keys)
        return rewrite(definition, _nested(outer, inner))
    body = written({hub: empty_source(shape.item or FieldShape("object"), hub, {})})
    return _inserted(definition, model_type, outer, body)


def _copy(definition: Definition, model_type: str, path: list[str]) -> str:
    node, index = _entry(definition, model_type, path)
    item = (node.items or [])[index]
    copy = Json(definition.text[item.start : item.end], "placed")
    count = len(node.items or ())
    entries: Entries = [*range(index + 1), copy, *range(index + 1, count)]
    return with_items(definition, node, entries)


def _remove(definition: Definition, model_type: str, path: list[str]) -> str:
    group = _item_at(definition, model_type, path, FieldGroup)
    if group is None or group.role == "object":
        raise LookupError(make_pointer(path))
    if group.role == "source" or (group.count == 1 and group.role == "entry"):
        return _removed_last(definition, model_type, path, group)
    if group.count == 1:
        raise LookupError(make_pointer(path))
    node, index = _entry(definition, model_type, path)
    return with_items(definition, node, [place for place in range(group.count) if place != index])


def _removed_last(
    definition: Definition, model_type: str, path: list[str], group: FieldGroup
) -> str:
    """Remove an entry; an optional list or map is removed with its last entry."""
    outer = path[:-1]
    listing = _item_at(definition, model_type, outer, GroupList)
    if listing is None:
        raise LookupError(make_pointer(outer))
    if group.count == 1 and not listing.required:
        inner = Within({outer[-1]: Removal()})
        return rewrite(definition, _nested(outer[:-1], inner))
    inner = Within({path[-1]: Removal()})
    return rewrite(definition, _nested(outer, inner))


def _up(definition: Definition, model_type: str, path: list[str]) -> str:
    return _moved(definition, model_type, path, -1)


def _down(definition: Definition, model_type: str, path: list[str]) -> str:
    return _moved(definition, model_type, path, 1)


def _moved(definition: Definition, model_type: str, path: list[str], by: int) -> str:
    node, index = _entry(definition, model_type, path)
    order = list(range(len(node.items or ())))
    other = index + by
    if not 0 <= other < len(order):
        return definition.text
    order[index], order[other] = order[other], order[index]
    return with_items(definition, node, order)


_VERBS: Final[dict[str, Callable[[Definition, str, list[str]], str]]] = {
    "add": _add,
    "copy": _copy,
    "remove": _remove,
    "up": _up,
    "down": _down,
}


def _item_at(
    definition: Definition, model_type: str, path: list[str], kind: type[Part]
) -> Part | None:
    pointer = make_pointer(path)
    for record in form_of(definition, model_type).records:
        for item in all_items(record):
            if item.pointer == pointer and isinstance(item, kind):
                return item
    return None


def _entry(definition: Definition, model_type: str, path: list[str]) -> tuple[Node, int]:
    """Return the list of an entry, and the entry's index. Raises LookupError."""
    group = _item_at(definition, model_type, path, FieldGroup)
    if group is None or group.role not in ("record", "entry"):
        raise LookupError(make_pointer(path))
    return definition.find(make_pointer(path[:-1]))[0], group.index


def _shape_at(model_type: str, path: list[str]) -> FieldShape:
    """Return the shape of a value by its path, whose first step is the record's index."""
    shape = record_shape(model_type)
    for step in path[1:]:
        if shape.kind in ("list", "map") and shape.item is not None:
            shape = shape.item
        else:
            shape = shape.members[step]
    return shape


def _inserted(definition: Definition, model_type: str, path: list[str], value: Json) -> str:
    """Return the text with a member inserted at its place in the schema's order."""
    outer = path[:-1]
    order = tuple(_shape_at(model_type, outer).members)
    inner = Within({path[-1]: value}, order=order)
    return rewrite(definition, _nested(outer, inner))


def _nested(path: list[str], inner: Within) -> Within:
    for step in reversed(path):
        inner = Within({step: inner})
    return inner


def _deeper(value: Json) -> str:
    return value.source.replace("\n", "\n  ")
