"""Validation of a definition against upstream's JSON Schemas, with every error at once.

The schemas are those of Xinference 4.1.0, vendored in `schemas/`. Nothing is fetched: a reference
that they do not answer themselves is an error. What the schemas cannot say is checked here too:
that all records of a definition share one valid name.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import urldefrag

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from .kinds import MODEL_TYPES, is_valid_name, record_name
from .problems import Problem, make_pointer, quoted
from .schema_messages import Finding, explain
from .text import Definition

SCHEMA_DIR: Final = Path(__file__).parent / "schemas"
# A hostile text can hold a hundred thousand errors; nobody reads more than the first few hundred.
MAX_ERRORS: Final = 300

# Only a base for the references among the schemas; nothing is ever looked up under it.
_BASE: Final = "https://schemas.invalid/"

# Ours: the names of all properties that an object may have, in place of `additionalProperties` and
# `unevaluatedProperties`. Those of jsonschema blame known keys as soon as a neighbour is wrong.
_KNOWN: Final = "x-knownProperties"


def validate(model_type: str, definition: Definition) -> list[Problem]:
    """Return all that upstream's schema and naming rule find wrong with a definition, in its order.

    Empty for a valid one. Each problem has the pointer of the value (for a missing key: of the
    object that lacks it) with its line and column in the definition's text, and severity "error".
    """
    if model_type not in MODEL_TYPES:
        known = ", ".join(MODEL_TYPES)
        message = f"{quoted(model_type)} is no model type. Use one of {known}."
        return [_problem(definition, Finding((), "model-type", message))]
    findings = list(_name_findings(model_type, definition.records))
    named = {finding.path for finding in findings}
    errors = islice(_validator(model_type).iter_errors(definition.records), MAX_ERRORS)
    for error in errors:
        # The naming rule here speaks more plainly than the schema's pattern about the same value.
        findings.extend(one for one in explain(error, _KNOWN) if one.path not in named)
    problems = dict.fromkeys(_problem(definition, finding) for finding in findings)
    return sorted(problems, key=lambda one: (one.line, one.column, one.pointer))


def _problem(definition: Definition, finding: Finding) -> Problem:
    pointer = make_pointer(finding.path)
    line, column = definition.locate(pointer, key=finding.at_key)
    return Problem(pointer, line, column, finding.message, finding.code)


def _name_findings(model_type: str, records: list[dict[str, Any]]) -> Iterator[Finding]:
    first = next(filter(None, map(record_name, records)), None)
    for index, record in enumerate(records):
        key = "model_name"
        if model_type == "world" and not record.get("model_name"):
            key = "model_family"
        name = record_name(record)
        if name is None or name != record.get(key):
            continue
        if not is_valid_name(name):
            yield Finding(
                (index, key),
                "name",
                f"{quoted(name)} is no valid name. Use letters, digits, dots, underscores and "
                "hyphens, begin with a letter or digit, and stay within 250 characters.",
            )
        elif name != first:
            yield Finding(
                (index, key),
                "name",
                f"This record is named {quoted(name)}, but the first one {quoted(first)}. "
                "All records of a definition share one name.",
            )


@cache
def _validator(model_type: str) -> Validator:
    registry: Registry[Any] = Registry()
    schemas = {path.name: _read(path) for path in sorted(SCHEMA_DIR.glob("*.schema.json"))}
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        prepared = _with_known_properties(schema, name, schemas)
        # Naming their dialect would make jsonschema go back to its own keywords at each reference.
        del prepared["$schema"]
        resource = DRAFT202012.create_resource(prepared)
        registry = registry.with_resource(_BASE + name, resource)
    extended: Callable[..., type[Validator]] = extend
    strict = extended(
        Draft202012Validator,
        {_KNOWN: _known_properties, "pattern": _pattern, "uniqueItems": _unique_items},
    )
    validator: Validator = strict({"$ref": f"{_BASE}{model_type}.schema.json"}, registry=registry)
    return validator


def _read(path: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def _with_known_properties(schema: Any, file: str, schemas: Mapping[str, Any]) -> Any:
    """Return a copy of a schema that names the known properties wherever it forbids all others."""
    if isinstance(schema, list):
        return [_with_known_properties(one, file, schemas) for one in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: _with_known_properties(one, file, schemas) for key, one in schema.items()}
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if copy.get(keyword) is False:
            del copy[keyword]
            copy[_KNOWN] = sorted(_property_names(schema, file, schemas))
    return copy


def _property_names(schema: Mapping[str, Any], file: str, schemas: Mapping[str, Any]) -> set[str]:
    """Return all property names that a schema or those that apply in its place speak of."""
    names = set(schema.get("properties", ()))
    if "$ref" in schema:
        other, fragment = urldefrag(schema["$ref"])
        target = schemas[other or file]
        for step in fragment.strip("/").split("/"):
            target = target[step]
        names |= _property_names(target, other or file, schemas)
    parts = [one for keyword in ("allOf", "anyOf", "oneOf") for one in schema.get(keyword, ())]
    parts += [schema[keyword] for keyword in ("if", "then", "else") if keyword in schema]
    for part in parts:
        names |= _property_names(part, file, schemas)
    return names


def _known_properties(
    validator: Validator, known: list[str], instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for key in instance:
            if key not in known:
                yield ValidationError(f"unknown key {key!r}", path=[key])


def _pattern(
    validator: Validator, pattern: str, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    # In JSON Schema `$` is the end; in Python it is also the place before a last line feed.
    strict = pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and re.search(strict, instance) is None:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _unique_items(
    validator: Validator, wanted: bool, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    # The one of jsonschema compares each item with each other, which a long list makes endless.
    if wanted and isinstance(instance, list):
        seen: set[str] = set()
        for index, item in enumerate(instance):
            key = json.dumps(item, sort_keys=True)
            if key in seen:
                yield ValidationError("an item stands twice", path=[index])
            seen.add(key)
