"""An OpenAPI document as groups of operations, each with what its part of the page shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hub.api_reference import samples
from hub.api_reference.members import SchemaMember, Schemas
from hub.api_reference.prose import inline, paragraphs
from models_registry.readme.code import highlight

JSON: Final = "application/json"
NEEDS_TOKEN: Final = ("read", "write")


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """What comes back with one status. An error's shape is described in a place of its own."""

    status: str
    text: str
    shape: str
    description: SafeString
    members: list[SchemaMember]
    example: str
    code: str

    @property
    def is_error(self) -> bool:
        """Whether the request failed."""
        return self.status >= "400"


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be done at one address with one method."""

    anchor: str
    method: str
    path: str
    summary: str
    description: SafeString
    access: str
    parameters: list[tuple[str, str, list[SchemaMember]]]
    has_body: bool
    body: list[SchemaMember]
    body_example: str
    curl: str
    python: str
    answers: list[StatusAnswer]
    values: dict[str, str]

    @property
    def errors(self) -> list[StatusAnswer]:
        """The answers to requests that fail."""
        return [answer for answer in self.answers if answer.is_error]

    @property
    def successes(self) -> list[StatusAnswer]:
        """The other answers."""
        return [answer for answer in self.answers if not answer.is_error]

    @property
    def fields(self) -> Iterator[tuple[str, SchemaMember, str, str]]:
        """What a form asks for: place, parameter, id of the field, and its first value."""
        for place, _title, members in self.parameters:
            for member in members:
                value = self.values.get(member.name, "")
                yield place, member, f"{self.anchor}--{member.name.lower()}", value


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one tag."""

    anchor: str
    name: str
    description: SafeString
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """A schema of errors, with one answer for each status."""

    name: str
    answers: list[StatusAnswer]

    @property
    def description(self) -> SafeString:
        """What it is."""
        return self.answers[0].description

    @property
    def members(self) -> list[SchemaMember]:
        """Its members."""
        return self.answers[0].members


def groups(document: dict[str, Any], base_url: str) -> list[Group]:
    """All operations, in the order of the document's tags; examples are for the hub's address."""
    schemas = Schemas(document["components"]["schemas"])
    by_tag: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, part in methods.items():
            by_tag[part["tags"][0]].append(_operation(method, path, part, schemas, base_url))
    return [
        Group(
            anchor=f"group-{number}",
            name=tag["name"],
            description=inline(tag["description"]),
            operations=by_tag[tag["name"]],
        )
        for number, tag in enumerate(document["tags"], start=1)
    ]


def error_shapes(found: list[Group]) -> list[ErrorShape]:
    """What errors look like, and the statuses with which each comes."""
    by_shape: dict[str, dict[str, StatusAnswer]] = {}
    for group in found:
        for operation in group.operations:
            for answer in operation.errors:
                by_shape.setdefault(answer.shape, {}).setdefault(answer.status, answer)
    return [
        ErrorShape(name, [answers[status] for status in sorted(answers)])
        for name, answers in by_shape.items()
    ]


def _operation(
    method: str, path: str, part: dict[str, Any], schemas: Schemas, base_url: str
) -> Operation:
    parameters = part.get("parameters", [])
    content = part.get("requestBody", {}).get("content", {}).get(JSON, {})
    body = _indented(content["example"]) if content else ""
    path_values, query = (
        {each["name"]: each["example"] for each in parameters
         if each["in"] == place and "example" in each}
        for place in ("path", "query")
    )  # fmt: skip
    access = _access(part)
    url = base_url + re.sub("{(.+?)}", lambda name: quote(path_values[name[1]]), path)
    url += f"?{urlencode(query)}" * bool(query)
    return Operation(
        # As long as the path stays, whatever the function is called.
        anchor="-".join([method, *re.findall(r"\w+", path.removeprefix("/api"))]),
        method=method.upper(),
        path=path,
        summary=part["summary"],
        description=paragraphs(part.get("description", "")),
        access=access,
        parameters=[
            (place, title, members)
            for place, title in _places().items()
            if (members := [_parameter(p, schemas) for p in parameters if p["in"] == place])
        ],
        has_body=bool(content),
        body=schemas.members(content["schema"]) if content else [],
        body_example=body,
        curl=highlight(samples.curl(method, url, body, token=access in NEEDS_TOKEN), "sh"),
        python=highlight(
            samples.python(method, url, content, token=access in NEEDS_TOKEN), "python"
        ),
        answers=[
            _answer(status, answer, schemas) for status, answer in sorted(part["responses"].items())
        ],
        values=path_values | query,
    )


def _indented(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _places() -> dict[str, str]:
    return {"path": _("In the path"), "query": _("In the query"), "header": _("Headers")}


def _access(part: dict[str, Any]) -> str:
    """One of `open`, `optional`, `read`, `write`: which token is needed."""
    accepted = part.get("security", [])
    if not accepted:
        return "open"
    if {} in accepted:
        return "optional"
    [scope] = {scope for each in accepted for scopes in each.values() for scope in scopes}
    return str(scope)


def _parameter(parameter: dict[str, Any], schemas: Schemas) -> SchemaMember:
    return schemas.member(
        parameter["name"],
        parameter["schema"],
        required=parameter["required"],
        text=parameter.get("description", ""),
    )


def _answer(status: str, answer: dict[str, Any], schemas: Schemas) -> StatusAnswer:
    content = answer.get("content", {}).get(JSON, {})
    schema = content.get("schema", {})
    example = content.get("example")
    return StatusAnswer(
        status=status,
        text=answer["description"],
        shape=schemas.name_of(schema),
        description=inline(schemas.resolved(schema).get("description", "")),
        members=schemas.members(schema),
        example=highlight(_indented(example), "json") if content else "",
        code=example.get("error_code", "") if isinstance(example, dict) else "",
    )
