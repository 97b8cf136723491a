"""One request to an Xinference server: its answer as JSON, and what can go wrong in words.

Who asks, and with what, is in signing_in.

SECURITY: nothing that a visitor sends becomes a part of a request but quoted names and uids and
JSON, redirects are not followed, and the environment's proxies are not used. Where a request may
go, the server's own rule says (see servers and addresses); it is asked at each connection, and the
address that it allowed is the one connected to.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import requests
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from urllib3.exceptions import HTTPError

from accounts.errors import DomainError
from models_registry.errors import SourceUnavailable
from models_registry.launch.servers import Server, Whose
from models_registry.launch.words import access_refused, plainly
from models_registry.sources.transport import Deadline, Transport

READ_SECONDS: Final = 4.0
WRITE_SECONDS: Final = 30.0
MAX_BYTES: Final = 16 * 1024 * 1024
# SECURITY: small values take twenty times the room of their text. Xinference's whole list of
# language models, of 1.2 MB, has 40,000.
MAX_PARTS: Final = 1_000_000
_CHUNK: Final = 65_536
SAID: Final = 300
UNKNOWN: Final = 401
NOT_ALLOWED: Final = 403
TOO_OFTEN: Final = 429
# SECURITY: a person's server may answer as slowly as he likes. All of them together get so many of
# a process's threads (there are eight), and so many may wait for one, so that the hub's own pages
# go on.
PLACES: Final = threading.BoundedSemaphore(3)
WAITERS: Final = threading.BoundedSemaphore(2)
PLACE_SECONDS: Final = 3.0


class ServerUnavailable(DomainError):
    """The Xinference server can't be reached, or does not answer as one."""

    error_code = "SERVER_UNAVAILABLE"
    status = 502


class ServerRefused(DomainError):
    """The Xinference server says no; the message has its words.

    `answered` is its status, `said` its own words, cut. Who `must_stop` asks no more by himself:
    the answer stays, and after ten wrong keys or tokens a server locks the hub out for an hour.
    """

    error_code = "SERVER_REFUSED"
    status = 409

    def __init__(self, message: str, *, answered: int = 0, said: str = "") -> None:
        super().__init__(message)
        self.answered = answered
        self.said = said

    @property
    def must_stop(self) -> bool:
        """Whether to ask again is useless, and does harm."""
        return self.answered in {UNKNOWN, NOT_ALLOWED, TOO_OFTEN}


class ServerSilent(ServerUnavailable):
    """The server took longer than it was given."""


@sensitive_variables("body", "token", "headers")
def send(
    server: Server,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    token: str = "",
    seconds: float | None = None,
) -> Any:
    """Send a request to the server and return the JSON of its answer.

    In: `token` is the key or the token of a session to show. Raises ServerUnavailable,
    ServerRefused, and ServerAddressRefused where the hub does not go.
    """
    limit = seconds or (READ_SECONDS if method == "GET" else WRITE_SECONDS)
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    with _place(server), Deadline(limit) as deadline:
        try:
            with Transport(server.hosts(), deadline) as transport:
                response = transport.send(method, server.address + path, headers, body)
                content = _read(server, response)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _failure(server, deadline, error) from error
        except SourceUnavailable as error:
            raise ServerUnavailable(error.message) from error
        if deadline.passed:
            raise _failure(server, deadline, TimeoutError())
    return _answer(server, response.status_code, content)


@contextmanager
def _place(server: Server) -> Iterator[None]:
    """Wait a moment for one of the places where servers of people's own are asked."""
    if server.whose != Whose.OWN:
        yield
        return
    if not (PLACES.acquire(blocking=False) or _waited()):
        raise ServerUnavailable(
            _("The hub waits for many servers at the moment. Try again in a minute.")
        )
    try:
        yield
    finally:
        PLACES.release()


def _waited() -> bool:
    """Wait for a place, where not too many do already; whether there is one."""
    if not WAITERS.acquire(blocking=False):
        return False
    try:
        return PLACES.acquire(timeout=PLACE_SECONDS)
    finally:
        WAITERS.release()


def _read(server: Server, response: requests.Response) -> bytes:
    content = bytearray()
    with response:
        for chunk in response.iter_content(_CHUNK):
            content += chunk
            if len(content) > MAX_BYTES:
                raise _too_much(server)
    if sum(map(content.count, (b",", b"[", b"{"))) > MAX_PARTS:
        raise _too_much(server)
    return bytes(content)


def _too_much(server: Server) -> ServerUnavailable:
    text = _("%(address)s answers with more than the hub takes.")
    return ServerUnavailable(text % {"address": server.address})


def _answer(server: Server, status: int, content: bytes) -> Any:
    if 300 <= status < 400:
        raise ServerUnavailable(
            _(
                "%(address)s redirects, which the hub does not follow. Give the address that it "
                "leads to."
            )
            % {"address": server.address}
        )
    try:
        answer = json.loads(content) if content.strip() else None
    except (ValueError, RecursionError) as error:
        raise ServerUnavailable(no_server(server)) from error
    if status >= 300:
        detail = answer.get("detail") if isinstance(answer, dict) else None
        said = plainly(str(detail or _("no reason given")))[:SAID]
        text = access_refused(server, status, said) or _(
            "The Xinference server answers %(status)d: %(said)s"
        ) % {"status": status, "said": said}
        raise ServerRefused(text, answered=status, said=said)
    return answer


def _failure(server: Server, deadline: Deadline, error: Exception) -> ServerUnavailable:
    if deadline.passed or isinstance(error, TimeoutError | requests.Timeout):
        return ServerSilent(
            _("The Xinference server at %(address)s is silent. Try again in a minute.")
            % {"address": server.address}
        )
    if isinstance(error, requests.exceptions.SSLError):
        text = _("%(address)s can't be reached safely: its certificate is not trusted.")
        return ServerUnavailable(text % {"address": server.address})
    text = _(
        "The Xinference server at %(address)s can't be reached. Does it run, and does it let the "
        "hub in?"
    )
    return ServerUnavailable(text % {"address": server.address})


def no_server(server: Server) -> str:
    text = _("%(address)s does not answer as an Xinference server does.")
    return text % {"address": server.address}
