"""HTTP that resolves each host once, checks the addresses, and connects to one of them.

SECURITY: resolving and connecting in one step leaves no time for a name to change its address
(DNS rebinding). TLS still verifies the certificate against the name.

This is the adapter of requests without its Session, which would read the whole body of a redirect
whatever its size, keep cookies, and take passwords from .netrc and proxies from the environment. A
proxy would resolve the names itself, past the check of the addresses: a closed network configures
the address of its mirror instead. A private certificate authority is read from
REQUESTS_CA_BUNDLE or SSL_CERT_FILE, as other programs on the machine read it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from hub import request_id
from models_registry.errors import SourceUnavailable
from models_registry.http.allowed_hosts import Origin

USER_AGENT: Final = "Xinference-Models-Hub (+https://github.com/xorbitsai/inference)"

Dial = Callable[[Origin], socket.socket]


class Hosts(Protocol):
    """Decides where requests may go; both methods raise a domain error for a refusal."""

    def check(self, origin: Origin) -> None:
        """Refuse a forbidden origin."""

    def check_address(self, origin: Origin, address: str) -> None:
        """Refuse a forbidden IP address of the origin's host."""


class Deadline:
    """A deadline for all work together: a socket's own timeout restarts with each byte.

    A context manager. At the deadline, all watched sockets are shut down, which ends their reads.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for watched in self._watched:
                watched.close()
            self._watched.clear()

    @property
    def passed(self) -> bool:
        """True after the deadline."""
        return time.monotonic() >= self._end

    def left(self) -> float:
        """Return the seconds left; raises TimeoutError after the deadline."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def watch(self, connected: socket.socket) -> None:
        """Shut a socket down at the deadline, also while TLS uses it.

        Raises TimeoutError after the deadline.
        """
        # TLS detaches the descriptor from the socket object; a duplicate stays valid.
        with self._lock:
            self._watched.append(connected.dup())
        self.left()

    def _expire(self) -> None:
        with self._lock:
            for watched in self._watched:
                with contextlib.suppress(OSError):
                    watched.shutdown(socket.SHUT_RDWR)


class Transport:
    """Sends requests only to `hosts`, until the deadline. A context manager."""

    def __init__(self, hosts: Hosts, deadline: Deadline) -> None:
        self._hosts = hosts
        self._deadline = deadline
        self._adapter = _adapter(self._dial)

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._adapter.close()

    def get(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Send one GET request; as `send`."""
        return self.send("GET", url, headers)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        content: bytes | None = None,
    ) -> requests.Response:
        """Send one request, its body as JSON or its content as it is, and return its answer.

        The answer's body is unread, and redirects are not followed. Raises SourceUnavailable for a
        name that can't be resolved, the errors of `hosts`, of requests, and TimeoutError.
        """
        sent = {"User-Agent": USER_AGENT, **request_id.headers(), **headers}
        request = requests.Request(method, url, headers=sent, json=body, data=content)
        authorities = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
        return self._adapter.send(
            request.prepare(),
            stream=True,
            timeout=self._deadline.left(),
            verify=authorities or True,
        )

    def _dial(self, origin: Origin) -> socket.socket:
        self._hosts.check(origin)
        addresses = resolve(origin, self._deadline)
        for address in addresses:
            self._hosts.check_address(origin, address)
        return _connect(addresses, origin.port, self._deadline)


def post(
    url: str, content: bytes, headers: Mapping[str, str], *, hosts: Hosts, seconds: float
) -> int:
    """Send one POST request, and return the status of its answer, whose body is not read.

    Raises SourceUnavailable if it does not arrive, and the errors of `hosts`.
    """
    with Deadline(seconds) as deadline:
        try:
            with Transport(hosts, deadline) as transport:
                response = transport.send("POST", url, headers, content=content)
                response.close()
                return int(response.status_code)
        except (requests.RequestException, HTTPError, OSError) as error:
            if deadline.passed or isinstance(error, TimeoutError | requests.Timeout):
                raise SourceUnavailable("receiver_timed_out", seconds=int(seconds)) from error
            raise SourceUnavailable("receiver_unreachable") from error


def _adapter(dial: Dial) -> HTTPAdapter:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return dial(Origin("http", self.host.strip("[]").rstrip(".").lower(), self.port))

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return dial(Origin("https", self.host.strip("[]").rstrip(".").lower(), self.port))

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    return Adapter()


def resolve(origin: Origin, deadline: Deadline) -> list[str]:
    """Return the addresses of a host, resolved in a thread: the resolver has no deadline.

    Raises SourceUnavailable for a name without an address, and TimeoutError.
    """
    answers: queue.Queue[list[str] | OSError] = queue.Queue()

    def look_up() -> None:
        try:
            addresses = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in addresses])
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=look_up, daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise SourceUnavailable("source_host_not_found", host=origin.host) from answer
    return list(dict.fromkeys(answer))


def _connect(addresses: list[str], port: int, deadline: Deadline) -> socket.socket:
    failure: OSError = OSError("the name has no address")
    for done, address in enumerate(addresses):
        try:
            share = deadline.left() / (len(addresses) - done)
            connected = socket.create_connection((address, port), timeout=share)
        except OSError as error:
            failure = error
            continue
        try:
            deadline.watch(connected)
            connected.settimeout(deadline.left())
        except TimeoutError:
            connected.close()
            raise
        return connected
    raise failure
