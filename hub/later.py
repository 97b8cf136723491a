"""Work that a request leaves to a thread, so that it waits for no lock."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from django.db import connections


class Later:
    """Runs a function once, some seconds after it was asked for; thread-safe.

    Asked again before it runs, it still runs once. What it was not asked for in time is lost when
    the process is killed.
    """

    def __init__(self, seconds: float, function: Callable[[], object]) -> None:
        self._seconds, self._function = seconds, function
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._process = 0

    def ask(self) -> None:
        """Make sure that the function runs soon."""
        if self._is_asked():
            return
        with self._lock:
            if not self._is_asked():
                self._process = os.getpid()
                self._timer = threading.Timer(self._seconds, self._run)
                self._timer.daemon = True
                self._timer.start()

    def _is_asked(self) -> bool:
        """Whether a thread of this process waits: a fork leaves it behind."""
        return self._timer is not None and self._process == os.getpid()

    def _run(self) -> None:
        with self._lock:
            self._timer = None
        try:
            self._function()
        finally:
            connections.close_all()
