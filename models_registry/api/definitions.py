"""Definitions in request bodies: as JSON or as exact text, their errors placed in what was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from models_registry.definitions import text as definition_text
from models_registry.definitions.nodes import Scan
from models_registry.definitions.problems import DefinitionTextError, Problem
from models_registry.definitions.text import Definition
from models_registry.errors import InvalidDefinition

MEMBER = "/definition"
# The body holds a README too, escaped as JSON.
MAX_BODY_BYTES = 16 * definition_text.MAX_BYTES


def text_of(request: HttpRequest, definition: list[Any] | str) -> str:
    """The definition's text: as it was sent, or written the way upstream writes records.

    Raises InvalidDefinition for JSON that a lenient reader has let pass: duplicate keys, NaN, lone
    surrogates, too many levels.
    """
    if isinstance(definition, str):
        return definition
    problems = [
        replace(problem, pointer=problem.pointer.removeprefix(MEMBER))
        for problem in _scan(request).problems
        if problem.pointer == MEMBER or problem.pointer.startswith(f"{MEMBER}/")
    ]
    if problems:
        raise InvalidDefinition(problems)
    return definition_text.write(definition)


@contextmanager
def placed_as_sent(request: HttpRequest, definition: list[Any] | str | None) -> Iterator[None]:
    """Let errors of a definition that was sent as JSON carry their places in the body."""
    try:
        yield
    except InvalidDefinition as error:
        if not isinstance(definition, list):
            raise
        scan = _scan(request)
        if scan.root is None:
            raise
        body = Definition("", [], scan.root, scan.lines)
        raise InvalidDefinition([_moved(problem, body) for problem in error.problems]) from error


def _scan(request: HttpRequest) -> Scan:
    text = request.body.decode(json.detect_encoding(request.body), "surrogatepass")
    try:
        return definition_text.scan_text(text, max_bytes=MAX_BODY_BYTES)
    except DefinitionTextError as error:
        raise InvalidDefinition(error.problems) from error


def _moved(problem: Problem, body: Definition) -> Problem:
    line, column = body.locate(MEMBER + problem.pointer)
    return replace(problem, line=line, column=column)
