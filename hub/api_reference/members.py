"""The members of a schema as rows that people read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hub.api_reference.prose import inline

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SchemaMember:
    """A parameter, or a member of an object, with the members of its own objects."""

    name: str
    type: str
    required: bool
    description: SafeString
    values: list[str]
    default: str
    limits: list[str]
    members: list[SchemaMember]

    @property
    def choices(self) -> list[str]:
        """What a form offers; nothing if any text may be sent."""
        return ["true", "false"] if self.type.startswith("boolean") else self.values

    @property
    def is_number(self) -> bool:
        """True if only a whole number may be sent."""
        return self.type.startswith("integer")


class Schemas:
    """The schemas of a document, which refer to each other. None contains itself."""

    def __init__(self, components: dict[str, Schema]) -> None:
        self._components = components

    def name_of(self, schema: Schema) -> str:
        """The name of the schema that is referred to; "" for one that stands in its place."""
        return str(schema.get("$ref", "")).rpartition("/")[2]

    def resolved(self, schema: Schema) -> Schema:
        """The schema itself. What stands beside a reference is more exact than what it says."""
        name = self.name_of(schema)
        return {**self._components[name], **schema} if name else schema

    def members(self, schema: Schema) -> list[SchemaMember]:
        """The members of an object, of the objects of an array, and of each alternative."""
        shape = self.resolved(schema)
        required = set(shape.get("required", ()))
        found = [
            self.member(name, part, required=name in required)
            for name, part in shape.get("properties", {}).items()
        ]
        for part in (*shape.get("anyOf", ()), *([shape["items"]] if "items" in shape else ())):
            found += self.members(part)
        return found

    def member(self, name: str, schema: Schema, *, required: bool, text: str = "") -> SchemaMember:
        """One of them, or a parameter, whose description stands beside its schema."""
        shape = self.resolved(schema)
        alternatives = [self.resolved(part) for part in shape.get("anyOf", (shape,))]
        limits = [limit for part in alternatives for limit in _limits(part)]
        values = [value for part in alternatives for value in self._values(part)]
        # The default of what may be left out says nothing if it is empty.
        default = shape.get("default")
        return SchemaMember(
            name=name,
            type=self.type_of(shape),
            required=required,
            description=inline(text or shape.get("description", "")),
            values=values,
            default="" if default in (None, "", []) else json.dumps(default, ensure_ascii=False),
            limits=limits,
            members=self.members(shape),
        )

    def type_of(self, schema: Schema) -> str:
        """The type in words of JSON: `string`, `object[]`, `integer | null`."""
        shape = self.resolved(schema)
        if "anyOf" in shape:
            types = [self.type_of(part) for part in shape["anyOf"]]
            return " | ".join(dict.fromkeys(types))
        if shape.get("type") == "array":
            return f"{self.type_of(shape['items'])}[]"
        return str(shape.get("type", "any"))

    def _values(self, shape: Schema) -> list[str]:
        choices = self.resolved(shape["items"]) if "items" in shape else shape
        return [str(value) for value in choices.get("enum", ())]


def _limits(shape: Schema) -> Iterator[str]:
    least, most = shape.get("minimum"), shape.get("maximum")
    if least is not None and most is not None:
        yield _("%(least)s to %(most)s") % {"least": least, "most": most}
    if (length := shape.get("maxLength")) is not None:
        yield _("at most %(length)s characters") % {"length": length}
    if shape.get("minLength"):
        yield _("not empty")
    if shape.get("format") == "date-time":
        yield _("ISO 8601 date and time")
