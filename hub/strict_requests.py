"""Refuses names that an operation of the API does not know, in a body or a query.

A misspelt name would be ignored otherwise, and the request would do something else than it says.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja.operation import Operation

from accounts.errors import DomainError
from hub.sentences import together

# What servers, the web UI and mirrors of all releases call: a newer one may send more than this hub
# knows, and must be answered. See docs/decisions/0044.
TOLERANT: Final = frozenset(
    {
        "GET /models",
        "GET /models/download",
        "GET /models/{name_or_id}",
        "GET /models/lists",
        "GET /models/lists/key.pem",
        "GET /models/lists/{model_type}",
        "GET /models/lists/{model_type}/repositories",
        "POST /login",
        "POST /refresh",
        "POST /github/webhook",
    }
)
MAX_NAMED: Final = 20
MAX_SHOWN: Final = 80
Run = Callable[..., HttpResponseBase]


class UnknownNames(DomainError):
    """The request has fields or parameters that the operation does not know; `errors` in the
    details has each, with the known name that is most like it."""

    error_code = "UNKNOWN_PARAMETER"
    status = 400
    detail_names = frozenset({"errors"})

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        text = together(*(error["message"] for error in errors))
        super().__init__("unknown_names", text=text, errors=errors)


def strict(run: Run) -> Run:
    """The same operation, which refuses unknown names unless it is one of TOLERANT.

    A decorator of django-ninja's mode "view": `run` is the method of the operation.
    """
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    if is_tolerant(operation):
        return run
    query = sorted(_members(operation, "query"))
    body = sorted(_members(operation, "body")) if _model(operation, "body") else None

    def unknown(request: HttpRequest) -> Iterator[dict[str, Any]]:
        yield from _unknown("query", request.GET, query)
        if body is not None:
            yield from _unknown("body", _sent(request), body)

    def checked(request: HttpRequest, **values: Any) -> HttpResponseBase:
        # SECURITY: nobody is known yet, and each hint costs time: no more than are shown.
        if errors := list(islice(unknown(request), MAX_NAMED)):
            return operation.api.on_exception(request, UnknownNames(errors))
        return run(request, **values)

    return checked


def is_tolerant(operation: Operation) -> bool:
    """True if the operation ignores what it does not know."""
    methods = {"GET" if method == "HEAD" else method for method in operation.methods}
    return all(f"{method} {operation.path}" in TOLERANT for method in methods)


def _model(operation: Operation, source: str) -> Any:
    models = (model for model in operation.models if model.__ninja_param_source__ == source)
    return next(models, None)


def _members(operation: Operation, source: str) -> set[str]:
    """The names that callers may send: of parameters, or of the members of the body."""
    model = _model(operation, source)
    if model is None:
        return set()
    if source == "query":
        return set(model.__ninja_flatten_map__)
    (body,) = model.model_fields.values()
    return {field.alias or name for name, field in body.annotation.model_fields.items()}


def _sent(request: HttpRequest) -> Iterable[str]:
    """The names in the body; none unless it is a JSON object, which others check."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return ()
    return body if isinstance(body, dict) else ()


def _unknown(place: str, sent: Iterable[str], known: list[str]) -> Iterator[dict[str, Any]]:
    return (_error(place, name, known) for name in sent if name not in known)


def _error(place: str, name: str, known: list[str]) -> dict[str, Any]:
    near = _nearest(name, known)
    thing = "query parameter" if place == "query" else "field"
    shown = json.dumps(name[:MAX_SHOWN])
    if near:
        hint = f'Did you mean "{near}"?'
    elif known:
        hint = f"Known: {', '.join(known)}."
    else:
        hint = "This operation has none."
    return {
        "field": name[:MAX_SHOWN],
        "in": place,
        "code": "unknown",
        "suggestion": near,
        "message": f"There is no {thing} {shown}. {hint}",
    }


def _nearest(name: str, known: list[str]) -> str | None:
    """The known name that somebody meant: in another spelling, or with a typing error."""
    folded = {_folded(each): each for each in known}
    near = difflib.get_close_matches(_folded(name[:MAX_SHOWN]), folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else None


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
