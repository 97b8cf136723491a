"""The id of the request that everything below belongs to: log lines, tasks, audit entries.

A proxy in front may give it (X-Request-ID); otherwise the hub makes one. It travels with the tasks
that the request asks for; a task that nobody asked for has its own.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Request-ID"
LENGTH: Final = 64
_SHAPE: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id; empty outside of requests and tasks."""
    return _current.get()


def headers() -> dict[str, str]:
    """The header for a request to another server, whose log can then be compared with the hub's."""
    return {HEADER: name} if (name := current()) else {}


def checked(given: str) -> str:
    """The given id, or a new one if it is not usable. SECURITY: it becomes part of log lines."""
    return given if _SHAPE.fullmatch(given) else uuid.uuid4().hex


@contextmanager
def using(request_id: str) -> Iterator[None]:
    """A context manager: the id inside."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)


def begin(request_id: str) -> None:
    """Set the id for what follows in this thread, until the next call."""
    _current.set(request_id)
