"""Completions for the JSON editor: keys and values at each place, with help."""

from typing import Any

from models_registry.definitions.form.field_help import SUGGESTIONS, help_for
from models_registry.definitions.form.schema import FieldShape, record_shape


def completions(model_type: str) -> dict[str, Any]:
    """Return the completions of a type as a tree of plain data. Raises KeyError.

    A tree has `kind` (object, list, map or a leaf's kind) and, as it applies, `keys` (key → tree
    with `help` and `required`), `item` (tree), and `values` (JSON values that may stand there).
    The root is the list of records.
    """
    record = _tree(model_type, "record", record_shape(model_type))
    return {"kind": "list", "item": record}


def _tree(model_type: str, place: str, shape: FieldShape) -> dict[str, Any]:
    tree: dict[str, Any] = {"kind": shape.kind}
    if shape.members:
        tree["keys"] = {
            key: _member(model_type, place, key, member, required=key in shape.required)
            for key, member in shape.members.items()
        }
    if shape.item is not None:
        tree["item"] = _tree(model_type, place, shape.item)
    if shape.kind == "map":
        label = help_for(model_type, place, "model_src").help
        tree["keys"] = {key: {**tree["item"], "help": label} for key in shape.keys}
    if shape.choices:
        tree["values"] = list(shape.choices)
    if shape.kind == "boolean":
        tree["values"] = [True, False]
    return tree


def _member(
    model_type: str, place: str, key: str, shape: FieldShape, *, required: bool
) -> dict[str, Any]:
    about = help_for(model_type, place, key)
    tree = _tree(model_type, key, shape)
    tree["help"] = f"{about.label}. {about.help}".strip()
    if required:
        tree["required"] = True
    if about.suggestions:
        tree["values"] = list(SUGGESTIONS[about.suggestions])
    return tree
