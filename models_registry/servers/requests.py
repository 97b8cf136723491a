"""Sends one request to an Xinference server; returns its JSON, or raises errors for people.

`session` adds the credentials.

SECURITY: of a visitor's input only quoted names and uids and JSON become part of a request.
Redirects are not followed, and proxies of the environment are not used. The server's own rule
decides where a request may go (see access and addresses); it is applied at each connection, which
goes to the address that it allowed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import requests
from django.views.decorators.debug import sensitive_variables
from urllib3.exceptions import HTTPError

from accounts.errors import DomainError
from models_registry.errors import SourceUnavailable
from models_registry.http.transport import Deadline, Transport
from models_registry.servers.access import Server, Whose
from models_registry.servers.refusals import access_refused, on_one_line
from models_registry.stored_reasons import StoredReason, formatted

READ_SECONDS: Final = 4.0
WRITE_SECONDS: Final = 30.0
MAX_BYTES: Final = 16 * 1024 * 1024
# SECURITY: small values take twenty times the memory of their text. Xinference's whole list of
# language models, of 1.2 MB, has 40,000.
MAX_PARTS: Final = 1_000_000
_CHUNK: Final = 65_536
MAX_MESSAGE: Final = 300
UNKNOWN: Final = 401
NOT_ALLOWED: Final = 403
TOO_OFTEN: Final = 429
# SECURITY: a person's server may answer as slowly as it likes. All of them together may use this
# many of a process's threads (there are eight), and this many may wait for one, so that the hub's
# own pages stay responsive.
PLACES: Final = threading.BoundedSemaphore(3)
WAITERS: Final = threading.BoundedSemaphore(2)
PLACE_SECONDS: Final = 3.0


class ServerUnavailable(DomainError):
    """The Xinference server can't be reached, or does not answer like one."""

    error_code = "SERVER_UNAVAILABLE"
    status = 502


class ServerRefused(DomainError):
    """The Xinference server refused the request; the message quotes it.

    `answered` is the status, `said` the server's message, shortened, `text` a stored reason. If
    `must_stop`, do not retry automatically: the answer stays the same, and after ten wrong keys or
    tokens a server blocks the hub for an hour.
    """

    error_code = "SERVER_REFUSED"
    status = 409

    def __init__(
        self, key: str, /, *, answered: int = 0, said: str = "", text: str = "", **params: Any
    ) -> None:
        if text:
            params["text"] = StoredReason(text)
        super().__init__(key, answered=answered, said=said, **params)
        self.answered = answered
        self.said = said

    @property
    def message(self) -> str:
        """The sentence, in the language that is active now."""
        return formatted(self.key, dict(self.params))

    @property
    def must_stop(self) -> bool:
        """Whether a retry is useless and does harm."""
        return self.answered in {UNKNOWN, NOT_ALLOWED, TOO_OFTEN}


class ServerSilent(ServerUnavailable):
    """The server did not answer in time."""


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

    `token` is a key, or the token of a session. Raises ServerUnavailable, ServerRefused, and
    ServerAddressRefused if the hub may not connect to the address.
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
            raise ServerUnavailable(error.key, **error.params) from error
        if deadline.passed:
            raise _failure(server, deadline, TimeoutError())
    return _answer(server, response.status_code, content)


@contextmanager
def _place(server: Server) -> Iterator[None]:
    """Wait briefly for a place among the concurrent requests to people's own servers."""
    if server.whose != Whose.OWN:
        yield
        return
    if not (PLACES.acquire(blocking=False) or _waited()):
        raise ServerUnavailable("too_many_server_requests")
    try:
        yield
    finally:
        PLACES.release()


def _waited() -> bool:
    """Wait for a place unless too many are waiting already; True if there is one."""
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
    return ServerUnavailable("server_answer_too_large", address=server.address)


def _answer(server: Server, status: int, content: bytes) -> Any:
    if 300 <= status < 400:
        raise ServerUnavailable("server_redirects", address=server.address)
    try:
        answer = json.loads(content) if content.strip() else None
    except (ValueError, RecursionError) as error:
        raise no_server(server) from error
    if status >= 300:
        detail = answer.get("detail") if isinstance(answer, dict) else None
        message = on_one_line(str(detail or ""))[:MAX_MESSAGE]
        if explanation := access_refused(server, status, message):
            raise ServerRefused("reason_as_given", answered=status, said=message, text=explanation)
        if not message:
            raise ServerRefused("server_answers_only_status", answered=status, status=status)
        raise ServerRefused("server_answers_status", answered=status, said=message, status=status)
    return answer


def _failure(server: Server, deadline: Deadline, error: Exception) -> ServerUnavailable:
    if deadline.passed or isinstance(error, TimeoutError | requests.Timeout):
        return ServerSilent("server_timed_out", address=server.address)
    if isinstance(error, requests.exceptions.SSLError):
        return ServerUnavailable("server_certificate_not_trusted", address=server.address)
    return ServerUnavailable("server_cannot_be_reached", address=server.address)


def no_server(server: Server) -> ServerUnavailable:
    """The error for an address where something other than an Xinference server answers."""
    return ServerUnavailable("not_an_xinference_server", address=server.address)
