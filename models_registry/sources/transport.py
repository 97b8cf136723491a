"""HTTP that resolves each host once, checks the addresses, and connects to one of them.

Resolving and connecting in one step leaves no moment in which a name could change its address
(DNS rebinding). TLS still verifies the certificate against the name.

This is the adapter of requests without its Session, which would read the whole body of a redirect
whatever its size, keep cookies, and take passwords from .netrc and proxies from the environment. A
proxy would resolve the names itself, and the check of the addresses would mean nothing: a closed
network configures the address of its mirror. A private certificate authority is read from
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

from models_registry.errors import SourceUnavailable
from models_registry.sources.addresses import Origin

USER_AGENT: Final = "Xinference-Models-Hub (+https://github.com/xorbitsai/inference)"

Dial = Callable[[Origin], socket.socket]


class Hosts(Protocol):
    """Says where requests may go; both methods raise a domain error for what they refuse."""

    def check(self, origin: Origin) -> None:
        """Refuse an origin that must not be asked at all."""

    def check_address(self, origin: Origin, address: str) -> None:
        """Refuse an IP address that the origin's host turned out to have."""


class Deadline:
    """Ends everything after so many seconds: a socket's own timeout starts anew with each byte.

    A context manager. On time, all watched sockets are shut down, which ends any read on them.
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
            for one in self._watched:
                one.close()
            self._watched.clear()

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end

    def left(self) -> float:
        """Return the seconds left; raises TimeoutError where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def watch(self, connected: socket.socket) -> None:
        """Have a socket shut down on time, also while TLS is being spoken on it.

        Raises TimeoutError where it is too late for that.
        """
        # TLS takes the descriptor away from the socket object; a duplicate stays ours.
        with self._lock:
            self._watched.append(connected.dup())
        self.left()

    def _expire(self) -> None:
        with self._lock:
            for one in self._watched:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


class Transport:
    """Sends requests to `hosts` alone, until the deadline. A context manager."""

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
    ) -> requests.Response:
        """Send one request, its body as JSON, and return its answer.

        The answer's body is unread, and redirects are not followed. Raises SourceUnavailable for a
        name that can't be looked up, what `hosts` raises for what it refuses, TimeoutError, and
        what requests raises.
        """
        sent = {"User-Agent": USER_AGENT, **headers}
        request = requests.Request(method, url, headers=sent, json=body)
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
    """Look a host up, in a thread of its own: the resolver knows no deadline.

    Raises SourceUnavailable where the name has no address, and TimeoutError.
    """
    answers: queue.Queue[list[str] | OSError] = queue.Queue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=look_up, daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise SourceUnavailable(
            f"The name {origin.host} can't be looked up. Check the network of the hub."
        ) from answer
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
