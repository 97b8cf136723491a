"""Says where the hub is, once it answers there."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

_TIMEOUT_SECONDS = 0.5


class Announcement:
    """Calls `announce` once, as soon as the hub's own web server answers."""

    def __init__(self, host: str, port: int, announce: Callable[[], None]) -> None:
        # A server that listens on all addresses answers on the machine's own.
        self._host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound
        self._port = port
        self._announce: Callable[[], None] | None = announce

    def look(self) -> bool:
        """Ask the web server, unless it has been announced; True once it was."""
        if self._announce is not None and self._answers():
            announce, self._announce = self._announce, None
            announce()
        return self._announce is None

    def _answers(self) -> bool:
        connection = HTTPConnection(self._host, self._port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            return answer.status == 200 and json.loads(answer.read(1000))["status"] == "ok"
        except (OSError, HTTPException, ValueError, KeyError, TypeError):
            return False
        finally:
            connection.close()
