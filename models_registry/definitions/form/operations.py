"""Changes of a definition's structure: entries of lists added, copied, removed and moved.

An operation is `verb:pointer`, as a button of the form sends it: `add` (a list, or a map with the
key of the new entry), `copy`, `remove`, `up` and `down` (an entry). Records are the entries of the
root.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from ..edits import Json, Removal, Within, rebuilt, rewrite, written
from ..nodes import Node
from ..problems import DefinitionTextError, Problem, make_pointer, quoted, split_pointer
from ..text import Definition, parse
from .nodes import Group, Listing, all_items
from .schema import Shape, record_shape
from .skeletons import empty_entry, empty_source
from .tree import form_of

Entries = list[int | Json]
Part = TypeVar("Part", Group, Listing)


def operate(text: str, model_type: str, operation: str) -> tuple[str, list[Problem]]:
    """Return the text after an operation, and no problems; or the text as it was, and why.

    Raises DefinitionTextError where the text is no definition.
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
    message = f"The form has no place for {quoted(operation)} any more. Load the page again."
    return [Problem("", 1, 1, message, "operation")]


def _add(definition: Definition, model_type: str, path: list[str]) -> str:
    if not path:
        shape = record_shape(model_type)
        first = definition.records[0]
        names = {
            key: first[key] for key in ("version", "model_name", "model_family") if key in first
        }
        return rebuilt(
            definition,
            definition.root,
            [*range(len(definition.records)), written(empty_entry(shape) | names)],
        )
    listing = _item_at(definition, model_type, path, Listing)
    if listing is None:
        return _add_source(definition, model_type, path)
    if listing.kind != "list":
        raise LookupError(listing.pointer)
    entry = written(empty_entry(_shape_at(model_type, path).item or Shape("object")))
    if listing.present:
        node = definition.find(listing.pointer)[0]
        return rebuilt(definition, node, [*range(len(node.items or ())), entry])
    return _inserted(definition, model_type, path, Json(f"[\n  {_deeper(entry)}\n]", "ours"))


def _add_source(definition: Definition, model_type: str, path: list[str]) -> str:
    *outer, hub = path
    listing = _item_at(definition, model_type, outer, Listing)
    if listing is None or listing.kind != "map" or hub not in {o.value for o in listing.addable}:
        raise LookupError(hub)
    shape = _shape_at(model_type, outer)
    node, _, present = definition.find(listing.pointer)
    others = node.value if present and isinstance(node.value, dict) else {}
    source = written(empty_source(shape.item or Shape("object"), hub, others))
    if present:
        inner = Within({hub: source}, order=shape.keys)
        return rewrite(definition, _nested(outer, inner))
    body = written({hub: empty_source(shape.item or Shape("object"), hub, {})})
    return _inserted(definition, model_type, outer, body)


def _copy(definition: Definition, model_type: str, path: list[str]) -> str:
    node, index = _entry(definition, model_type, path)
    item = (node.items or [])[index]
    copy = Json(definition.text[item.start : item.end], "placed")
    count = len(node.items or ())
    entries: Entries = [*range(index + 1), copy, *range(index + 1, count)]
    return rebuilt(definition, node, entries)


def _remove(definition: Definition, model_type: str, path: list[str]) -> str:
    group = _item_at(definition, model_type, path, Group)
    if group is None or group.role == "object":
        raise LookupError(make_pointer(path))
    if group.role == "source" or (group.count == 1 and group.role == "entry"):
        return _removed_last(definition, model_type, path, group)
    if group.count == 1:
        raise LookupError("A definition has at least one record.")
    node, index = _entry(definition, model_type, path)
    return rebuilt(definition, node, [one for one in range(group.count) if one != index])


def _removed_last(definition: Definition, model_type: str, path: list[str], group: Group) -> str:
    """Remove an entry; a list or map that nobody needs goes with its last one."""
    outer = path[:-1]
    listing = _item_at(definition, model_type, outer, Listing)
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
    return rebuilt(definition, node, order)


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
    """Return the list that an entry stands in, and its index. Raises LookupError."""
    group = _item_at(definition, model_type, path, Group)
    if group is None or group.role not in ("record", "entry"):
        raise LookupError(make_pointer(path))
    return definition.find(make_pointer(path[:-1]))[0], group.index


def _shape_at(model_type: str, path: list[str]) -> Shape:
    """Return the shape of a value by its path, whose first step is the record's index."""
    shape = record_shape(model_type)
    for step in path[1:]:
        if shape.kind in ("list", "map") and shape.item is not None:
            shape = shape.item
        else:
            shape = shape.members[step]
    return shape


def _inserted(definition: Definition, model_type: str, path: list[str], value: Json) -> str:
    """Return the text with a member put in at its place in the schema's order."""
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
