"""The keys that a record may have, and their kinds, from upstream's JSON Schemas.

The schemas are those of `checks.schema`. Only the parts of JSON Schema that they use are read:
references, `allOf`, types, enumerations, patterns of names. Conditions (`if`, `oneOf`) are left to
the check.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal
from urllib.parse import urldefrag

from models_registry.definitions.checks.schema import SCHEMA_DIR

InputKind = Literal[
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
    "object",
    "list",
    "map",
]

# Upstream's tools generate these values, or they have no fixed structure: no form for them.
_AS_JSON: Final = frozenset({"model_metadata", "model_metadata_by_quantization"})
_LONG: Final = frozenset({"chat_template", "model_description", "system_prompt"})


@dataclass(frozen=True, slots=True)
class FieldShape:
    """The shape of a value.

    `kind` says how it is edited. `choices` are the values of an enumeration; `members` and
    `required` are those of an object, in the schema's order; `item` is the shape of the entries of
    a list or map, and `keys` are the keys that a map may have. `expected` is the type that the JSON
    must have if the form shows it as JSON ("object", "array" or "").
    """

    kind: InputKind
    choices: tuple[Any, ...] = ()
    members: "Mapping[str, FieldShape]" = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    item: "FieldShape | None" = None
    keys: tuple[str, ...] = ()
    expected: str = ""


@cache
def record_shape(model_type: str) -> FieldShape:
    """Return the shape of a record of a type. Raises KeyError for an unknown type."""
    name = f"{model_type}.schema.json"
    items = _schemas()[name]["items"]
    return _shape("", _flat(items, name), name)


@cache
def _schemas() -> dict[str, Any]:
    return {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in SCHEMA_DIR.glob("*.schema.json")
    }


def _flat(schema: Mapping[str, Any], file: str) -> dict[str, Any]:
    """Return a schema merged with its references and all its `allOf` parts.

    Each property has the base file of its own references under `x-file`.
    """
    merged: dict[str, Any] = {"properties": {}, "required": []}
    parts: list[tuple[Mapping[str, Any], str]] = []
    if "$ref" in schema:
        parts.append(_target(schema["$ref"], file))
    parts += [(part, file) for part in schema.get("allOf", ())]
    for part, home in parts:
        inner = _flat(part, home)
        merged["properties"] |= inner.pop("properties")
        merged["required"] += inner.pop("required")
        merged |= inner
    direct = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
    for key, value in direct.pop("properties", {}).items():
        merged["properties"][key] = {"x-file": file, **value}
    merged["required"] += direct.pop("required", [])
    if isinstance(direct.get("items"), dict):
        direct["items"] = {"x-file": file, **direct["items"]}
    if isinstance(direct.get("additionalProperties"), dict):
        direct["additionalProperties"] = {"x-file": file, **direct["additionalProperties"]}
    direct.pop("x-file", None)
    return merged | direct


def _target(reference: str, file: str) -> tuple[Mapping[str, Any], str]:
    other, fragment = urldefrag(reference)
    home = other or file
    target: Any = _schemas()[home]
    for step in fragment.strip("/").split("/"):
        target = target[step]
    return target, home


def _types(flat: Mapping[str, Any]) -> tuple[str, ...]:
    given = flat.get("type", ())
    return (given,) if isinstance(given, str) else tuple(given)


def _shape(key: str, flat: Mapping[str, Any], file: str) -> FieldShape:
    types = _types(flat)
    if key in _AS_JSON:
        return FieldShape("json", expected="object")
    if "const" in flat:
        return FieldShape("choice", choices=(flat["const"],))
    if "enum" in flat:
        return FieldShape("choice", choices=tuple(flat["enum"]))
    if "anyOf" in flat:
        return FieldShape("size" if _offers(flat["anyOf"], "integer") else "strings")
    if "object" in types:
        return _object(flat, file)
    if "array" in types:
        return _array(flat, file)
    if "boolean" in types:
        return FieldShape("boolean")
    if "integer" in types or "number" in types:
        return FieldShape("integer")
    return FieldShape("long" if key in _LONG else "text")


def _offers(branches: Any, type_name: str) -> bool:
    return any(type_name in _types(branch) for branch in branches)


def _object(flat: Mapping[str, Any], file: str) -> FieldShape:
    names = flat.get("propertyNames", {}).get("enum", ())
    if names:
        item = flat["additionalProperties"]
        home = item.get("x-file", file)
        return FieldShape("map", keys=tuple(names), item=_shape("", _flat(item, home), home))
    if not flat["properties"]:
        return FieldShape("json", expected="object")
    members = {
        key: _shape(key, _flat(value, value["x-file"]), value["x-file"])
        for key, value in flat["properties"].items()
    }
    return FieldShape("object", members=members, required=frozenset(flat["required"]))


def _array(flat: Mapping[str, Any], file: str) -> FieldShape:
    given = flat.get("items", {})
    home = given.get("x-file", file)
    item = _flat(given, home)
    if "enum" in item:
        return FieldShape("checks", choices=tuple(item["enum"]))
    if "integer" in _types(item):
        return FieldShape("integers")
    if item["properties"]:
        return FieldShape("list", item=_shape("", item, home))
    return FieldShape("strings")
