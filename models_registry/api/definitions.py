"""Definitions in request bodies, as JSON or as exact text; errors have positions in the body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.nodes import Scan
from models_registry.definitions.json_text.problems import DefinitionTextError, Problem
from models_registry.definitions.prefill.shapes import shape_of
from models_registry.errors import InvalidDefinition

MEMBER = "/definition"
# The body also contains a README, escaped as JSON.
MAX_BODY_BYTES = 16 * definition_text.MAX_BYTES


def text_of(request: HttpRequest, definition: list[Any] | dict[str, Any] | str) -> str:
    """The definition's text: as it was sent, or written in upstream's style.

    Raises InvalidDefinition for an object instead of an array, and for JSON that Python's parser
    accepts: duplicate keys, NaN, lone surrogates, too many levels.
    """
    if isinstance(definition, str):
        return definition
    if isinstance(definition, dict):
        raise InvalidDefinition([_moved(_object_problem(definition), _body(request))])
    problems = [
        replace(problem, pointer=problem.pointer.removeprefix(MEMBER))
        for problem in _scan(request).problems
        if problem.pointer == MEMBER or problem.pointer.startswith(f"{MEMBER}/")
    ]
    if problems:
        raise InvalidDefinition(problems)
    return definition_text.write(definition)


@contextmanager
def placed_as_sent(
    request: HttpRequest, definition: list[Any] | dict[str, Any] | str | None
) -> Iterator[None]:
    """A context manager: errors of a definition sent as JSON get positions in the body."""
    try:
        yield
    except InvalidDefinition as error:
        if not isinstance(definition, list):
            raise
        body = _body(request)
        raise InvalidDefinition([_moved(problem, body) for problem in error.problems]) from error


def _object_problem(definition: dict[str, Any]) -> Problem:
    shape = shape_of(definition)
    if shape is not None:
        return Problem("", 1, 1, shape.message, shape.code)
    message = gettext_noop(
        "A definition is an array of records, but this is one object. Put it in [ and ]."
    )
    return Problem("", 1, 1, message, "not-an-array")


def _body(request: HttpRequest) -> Definition:
    """The body as a definition with positions. Raises InvalidDefinition for broken JSON."""
    scan = _scan(request)
    if scan.root is None:
        raise InvalidDefinition(scan.problems)
    return Definition("", [], scan.root, scan.lines)


def _scan(request: HttpRequest) -> Scan:
    text = request.body.decode(json.detect_encoding(request.body), "surrogatepass")
    try:
        return definition_text.scan_text(text, max_bytes=MAX_BODY_BYTES)
    except DefinitionTextError as error:
        raise InvalidDefinition(error.problems) from error


def _moved(problem: Problem, body: Definition) -> Problem:
    line, column = body.locate(MEMBER + problem.pointer)
    return replace(problem, line=line, column=column)
