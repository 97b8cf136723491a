"""Validation of a definition against upstream's JSON Schemas, with every error at once.

The schemas are those of Xinference 4.1.0, vendored in `schemas/`, or newer ones that `use`
provides. Nothing is fetched: a reference to anything outside them is an error. A rule that schemas
can't express is checked here too: all records of a definition have the same valid name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urldefrag

from models_registry.definitions.checks.schema_messages import SchemaFault, explain
from models_registry.definitions.facts.kinds import (
    MAX_NAME_LENGTH,
    MODEL_TYPES,
    is_valid_name,
    record_name,
)
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.json_text.messages import Message, gettext_noop, verbatim
from models_registry.definitions.json_text.problems import Problem, make_pointer, quoted

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

SCHEMA_DIR: Final = Path(__file__).parent / "schemas"
VENDORED_VERSION: Final = "4.1.0"
# Raise it whenever `validate` finds more, or less, by the same schemas.
_CODE_VERSION: Final = "1"
# A hostile text can hold a hundred thousand errors; nobody reads more than the first few hundred.
MAX_ERRORS: Final = 300

# Ours: the names of all properties that an object may have, in place of `additionalProperties` and
# `unevaluatedProperties`. Those of jsonschema blame known keys as soon as a neighbour is wrong.
_KNOWN: Final = "x-knownProperties"


def validate(model_type: str, definition: Definition) -> list[Problem]:
    """Return the problems that upstream's schema and naming rule find, in the order of the text.

    Empty for a valid one. Each problem has the pointer of the value (for a missing key: of the
    object that lacks it) with its line and column in the definition's text, and severity "error".
    """
    if model_type not in MODEL_TYPES:
        known = ", ".join(MODEL_TYPES)
        message = gettext_noop(
            "%(value)s is not a model type. Use one of %(known)s.",
            value=quoted(model_type),
            known=known,
        )
        return [_problem(definition, SchemaFault((), "model-type", message))]
    findings = list(_name_findings(model_type, definition.records))
    named = {finding.path for finding in findings}
    schemas = current()
    errors = (
        ()
        if schemas.accepts(model_type, definition.records)
        else islice(schemas.validator(model_type).iter_errors(definition.records), MAX_ERRORS)
    )
    for error in errors:
        # Of a bad name, the naming rule here says more than the schema's pattern.
        findings.extend(fault for fault in explain(error, _KNOWN) if fault.path not in named)
    problems = dict.fromkeys(_problem(definition, finding) for finding in findings)
    return sorted(problems, key=lambda problem: (problem.line, problem.column, problem.pointer))


def _problem(definition: Definition, finding: SchemaFault) -> Problem:
    pointer = make_pointer(finding.path)
    line, column = definition.locate(pointer, key=finding.at_key)
    return Problem(pointer, line, column, finding.message, finding.code)


def _name_findings(model_type: str, records: list[dict[str, Any]]) -> Iterator[SchemaFault]:
    first = next(filter(None, map(record_name, records)), None)
    for index, record in enumerate(records):
        key = "model_name"
        if model_type == "world" and not record.get("model_name"):
            key = "model_family"
        name = record_name(record)
        if name is None or name != record.get(key):
            continue
        if not is_valid_name(name):
            yield SchemaFault(
                (index, key),
                "name",
                gettext_noop(
                    "%(name)s is not a valid name. Use letters, digits, dots, underscores and "
                    "hyphens, begin with a letter or digit, and use at most %(limit)s characters.",
                    name=quoted(name),
                    limit=MAX_NAME_LENGTH,
                ),
            )
        elif name != first:
            yield SchemaFault(
                (index, key),
                "name",
                gettext_noop(
                    "This record is named %(name)s, but the first one %(first)s. "
                    "All records of a definition have the same name.",
                    name=quoted(name),
                    first=quoted(first),
                ),
            )


class UnusableSchema(ValueError):
    """A schema that can't be used: the name of its file, and why."""

    def __init__(self, name: str, why: Message) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class SchemaSet:
    """A complete set of schemas, file name → schema, and what to call it."""

    def __init__(self, label: str, files: Mapping[str, Any], *, are_schemas: bool = False) -> None:
        """`are_schemas`: the files are known to be JSON Schemas, which takes 0.1 s to find out.

        Raises UnusableSchema.
        """
        self.label = label
        self.files = files
        self._validators: dict[str, Validator] = {}
        self._quick: dict[str, Validator] = {}
        if missing := sorted({f"{kind}.schema.json" for kind in MODEL_TYPES} - files.keys()):
            raise UnusableSchema(missing[0], gettext_noop("This schema is missing."))
        self._prepared = {name: _prepared(name, files, is_schema=are_schemas) for name in files}
        self._targets: dict[str, Any] = {}
        content = json.dumps(files, sort_keys=True, ensure_ascii=False)
        # What a definition is valid by: this code's rules, and these schemas.
        self.digest = hashlib.sha256(f"{_CODE_VERSION}\n{content}".encode()).hexdigest()[:32]

    def validator(self, model_type: str) -> Validator:
        """The validator of a type's definitions."""
        if model_type not in self._validators:
            self._validators[model_type] = self._class()({"$ref": f"{model_type}.schema.json"})
        return self._validators[model_type]

    def accepts(self, model_type: str, records: list[dict[str, Any]]) -> bool:
        """Whether the validator of a type finds no error; several times as quick."""
        if model_type not in self._quick:
            quick = self._class(is_quick=True)
            self._quick[model_type] = quick({"$ref": f"{model_type}.schema.json"})
        return next(iter(self._quick[model_type].iter_errors(records)), None) is None

    def _class(self, *, is_quick: bool = False) -> Any:
        # Every process loads this module, and few check a definition: jsonschema loads slowly.
        from models_registry.definitions.checks import schema_keywords

        return schema_keywords.validator_class(self._reference, _KNOWN, is_quick=is_quick)

    def _reference(
        self, validator: Any, reference: str, instance: Any, schema: Mapping[str, Any]
    ) -> Iterator[ValidationError]:
        """Follow a reference among the files. jsonschema looks each up by its URL, every time."""
        if reference not in self._targets:
            self._targets[reference], _file = _resolved(reference, "", self._prepared)
        yield from validator.descend(instance, self._targets[reference])

    def keys(self) -> set[tuple[str, str]]:
        """The file and name of every property in the schemas."""
        return {(file, key) for file, schema in self.files.items() for key in _keys(schema)}

    def is_older_than(self, other: SchemaSet) -> bool:
        """True if the other set has all keys of this one, and more: schemas have no version."""
        return self.keys() < other.keys()


# Returns newer schemas than the vendored ones, or None.
Provider = Callable[[], SchemaSet | None]
_providers: list[Provider] = []


def use(provider: Provider | None) -> None:
    """Set the provider of the current schemas; None stands for the vendored ones."""
    _providers[:] = [] if provider is None else [provider]


def current() -> SchemaSet:
    """The schemas that definitions are checked against at this moment."""
    for provider in _providers:
        if (given := provider()) is not None:
            return given
    return vendored()


@cache
def vendored() -> SchemaSet:
    """The schemas that come with the hub."""
    files = {path.name: _read(path) for path in sorted(SCHEMA_DIR.glob("*.schema.json"))}
    return SchemaSet(f"Xinference {VENDORED_VERSION}", files, are_schemas=True)


def _prepared(name: str, files: Mapping[str, Any], *, is_schema: bool) -> dict[str, Any]:
    schema = files[name]
    try:
        if not is_schema:
            from models_registry.definitions.checks.schema_keywords import fault_of

            if why := fault_of(schema):
                raise UnusableSchema(name, verbatim(why))
        for reference in _references(schema):
            _resolved(reference, name, files)
        prepared = _with_known_properties(schema, name, files)
    except (LookupError, TypeError):
        raise UnusableSchema(
            name, gettext_noop("It refers to something that does not exist.")
        ) from None
    except RecursionError:
        raise UnusableSchema(name, gettext_noop("Its references form a cycle.")) from None
    # Naming their dialect would make jsonschema go back to its own keywords.
    if isinstance(prepared, dict):
        prepared.pop("$schema", None)
    else:
        raise UnusableSchema(name, gettext_noop("It is not a JSON object."))
    return prepared


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _references(item)
    elif isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for item in schema.values():
            yield from _references(item)


def _resolved(reference: str, file: str, files: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the target of a reference, and its file. Raises LookupError, TypeError."""
    other, fragment = urldefrag(reference)
    target = files[other or file]
    for step in filter(None, fragment.strip("/").split("/")):
        target = target[step]
    return target, other or file


def _keys(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _keys(item)
    elif isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for item in schema.values():
            yield from _keys(item)


def _read(path: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def _with_known_properties(schema: Any, file: str, schemas: Mapping[str, Any]) -> Any:
    """Return a copy of a schema that lists the known properties where it forbids all others, and
    whose references name their files."""
    if isinstance(schema, list):
        return [_with_known_properties(item, file, schemas) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: _with_known_properties(part, file, schemas) for key, part in schema.items()}
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if copy.get(keyword) is False:
            del copy[keyword]
            copy[_KNOWN] = sorted(_property_names(schema, file, schemas))
    if isinstance(copy.get("$ref"), str):
        other, fragment = urldefrag(copy["$ref"])
        copy["$ref"] = f"{other or file}#{fragment}"
    return copy


def _property_names(schema: Mapping[str, Any], file: str, schemas: Mapping[str, Any]) -> set[str]:
    """Return all property names in a schema and in its subschemas for the same object."""
    names = set(schema.get("properties", ()))
    if "$ref" in schema:
        target, home = _resolved(schema["$ref"], file, schemas)
        names |= _property_names(target, home, schemas)
    parts = [part for keyword in ("allOf", "anyOf", "oneOf") for part in schema.get(keyword, ())]
    parts += [schema[keyword] for keyword in ("if", "then", "else") if keyword in schema]
    for part in parts:
        names |= _property_names(part, file, schemas)
    return names
