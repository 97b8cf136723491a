"""The validator of upstream's JSON Schemas: jsonschema's, with keywords of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend


def validator_class(
    reference: Callable[..., Iterator[ValidationError]], known: str, *, is_quick: bool
) -> Any:
    """A class of validators that follows `$ref` by a function.

    `known` is the keyword with the names of all properties that an object may have. A quick one
    finds the same errors, without their places.
    """
    extended: Callable[..., Any] = extend
    made = extended(
        Draft202012Validator,
        {
            "$ref": reference,
            known: _known_properties,
            "pattern": _pattern,
            "uniqueItems": _unique_items,
        },
    )
    if is_quick:
        made.descend = _bare_errors
    return made


def fault_of(schema: Any) -> str:
    """Why something is not a JSON Schema; empty if it is one."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return error.message[:300]
    return ""


def _bare_errors(
    validator: Any, instance: Any, schema: Any, path: Any = None, schema_path: Any = None
) -> Iterator[ValidationError]:
    """The errors of a value without their places. jsonschema makes a validator and a resolver of
    references for each value; `_reference` needs neither."""
    if isinstance(schema, bool):
        if not schema:
            yield ValidationError("no value is allowed")
        return
    for keyword, wanted in schema.items():
        if (check := validator.VALIDATORS.get(keyword)) is not None:
            yield from check(validator, wanted, instance, schema) or ()


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
    # SECURITY: jsonschema compares each item with every other; a long list takes quadratic time.
    if wanted and isinstance(instance, list):
        seen: set[str] = set()
        for index, item in enumerate(instance):
            key = json.dumps(item, sort_keys=True)
            if key in seen:
                yield ValidationError("an item appears twice", path=[index])
            seen.add(key)
