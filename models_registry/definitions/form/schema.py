"""What upstream's JSON Schemas mean for a form: which keys a record may have, and of which kind.

The schemas are those of `definitions.schema`. Only the parts of JSON Schema that they use are read:
references, `allOf`, types, enumerations, patterns of names. Conditions (`if`, `oneOf`) are left to
the check.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal
from urllib.parse import urldefrag

from ..schema import SCHEMA_DIR

Kind = Literal[
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

# Their inside is worked out by upstream's tools or open by nature; a form of it helps nobody.
_AS_JSON: Final = frozenset({"model_metadata", "model_metadata_by_quantization"})
_LONG: Final = frozenset({"chat_template", "model_description", "system_prompt"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value may be.

    `kind` tells how it is edited. `choices` are the values of an enumeration; `members` and
    `required` are those of an object, in the schema's order; `item` is the shape of the entries of
    a list or map, and `keys` are the keys that a map may have. `expected` is the type that the JSON
    must have where a form shows it as it is ("object", "array" or "").
    """

    kind: Kind
    choices: tuple[Any, ...] = ()
    members: "Mapping[str, Shape]" = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    item: "Shape | None" = None
    keys: tuple[str, ...] = ()
    expected: str = ""


@cache
def record_shape(model_type: str) -> Shape:
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
    """Return a schema with what it refers to and all its `allOf` parts put into one.

    Each property is kept with the file that its own references start from, under `x-file`.
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
    own = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
    for key, value in own.pop("properties", {}).items():
        merged["properties"][key] = {"x-file": file, **value}
    merged["required"] += own.pop("required", [])
    if isinstance(own.get("items"), dict):
        own["items"] = {"x-file": file, **own["items"]}
    if isinstance(own.get("additionalProperties"), dict):
        own["additionalProperties"] = {"x-file": file, **own["additionalProperties"]}
    own.pop("x-file", None)
    return merged | own


def _target(reference: str, file: str) -> tuple[Mapping[str, Any], str]:
    other, fragment = urldefrag(reference)
    home = other or file
    found: Any = _schemas()[home]
    for step in fragment.strip("/").split("/"):
        found = found[step]
    return found, home


def _types(flat: Mapping[str, Any]) -> tuple[str, ...]:
    given = flat.get("type", ())
    return (given,) if isinstance(given, str) else tuple(given)


def _shape(key: str, flat: Mapping[str, Any], file: str) -> Shape:
    types = _types(flat)
    if key in _AS_JSON:
        return Shape("json", expected="object")
    if "const" in flat:
        return Shape("choice", choices=(flat["const"],))
    if "enum" in flat:
        return Shape("choice", choices=tuple(flat["enum"]))
    if "anyOf" in flat:
        return Shape("size" if _offers(flat["anyOf"], "integer") else "strings")
    if "object" in types:
        return _object(flat, file)
    if "array" in types:
        return _array(flat, file)
    if "boolean" in types:
        return Shape("boolean")
    if "integer" in types or "number" in types:
        return Shape("integer")
    return Shape("long" if key in _LONG else "text")


def _offers(branches: Any, type_name: str) -> bool:
    return any(type_name in _types(branch) for branch in branches)


def _object(flat: Mapping[str, Any], file: str) -> Shape:
    names = flat.get("propertyNames", {}).get("enum", ())
    if names:
        item = flat["additionalProperties"]
        home = item.get("x-file", file)
        return Shape("map", keys=tuple(names), item=_shape("", _flat(item, home), home))
    if not flat["properties"]:
        return Shape("json", expected="object")
    members = {
        key: _shape(key, _flat(value, value["x-file"]), value["x-file"])
        for key, value in flat["properties"].items()
    }
    return Shape("object", members=members, required=frozenset(flat["required"]))


def _array(flat: Mapping[str, Any], file: str) -> Shape:
    given = flat.get("items", {})
    home = given.get("x-file", file)
    item = _flat(given, home)
    if "enum" in item:
        return Shape("checks", choices=tuple(item["enum"]))
    if "integer" in _types(item):
        return Shape("integers")
    if item["properties"]:
        return Shape("list", item=_shape("", item, home))
    return Shape("strings")
