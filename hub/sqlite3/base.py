"""The connection to SQLite: WAL mode, and a fair queue of writers.

SQLite has no queue: a writer that finds the database locked sleeps up to 100 ms and tries again, so
with many writers some starve. Here the threads of a process take turns in the order in which they
asked, the thread whose turn it is tries every few milliseconds, and a process that has just written
leaves the database free for longer than that, so that other processes get it.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

TRY_EVERY_SECONDS: Final = 0.01
LEAVE_FREE_SECONDS: Final = 0.015

logger = logging.getLogger(__name__)


class _Turns:
    """A fair lock: threads get it in the order in which they asked for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for the turn; False if it did not come in time."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(seconds):
            return True
        with self._lock:
            if called.is_set():
                return True
            self._waiting.remove(called)
        return False

    def give_back(self) -> None:
        """Pass the turn to the next thread."""
        if self._waiting:
            time.sleep(LEAVE_FREE_SECONDS)
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


_turns = _Turns()


def _begin_anew() -> None:
    """Reset after a fork: the new process has no waiting threads and does not hold the turn."""
    global _turns
    _turns = _Turns()


os.register_at_fork(after_in_child=_begin_anew)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that can read on a full disk, and writes when it has the turn."""

    _turns: _Turns | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open the database; on a full or read-only disk only for reading."""
        try:
            return self._open(conn_params)
        except sqlite3.OperationalError:
            path = Path(str(conn_params["database"]))
            journal = Path(f"{path}-wal")
            if not path.is_file() or (journal.exists() and journal.stat().st_size):
                raise
            logger.exception("The database can't be opened for writing, so the hub is read-only.")
            # Reading in WAL mode creates a file beside the database, unless it is opened as
            # immutable.
            address = f"file:{quote(str(path))}?immutable=1"
            # It does not see what others write once they can: only for this request.
            self.close_at = time.monotonic()
            return super().get_new_connection({**conn_params, "database": address})

    def _open(self, conn_params: dict[str, Any]) -> Any:
        """Open the database in WAL mode, in which pages can be read while a worker writes.

        The file stores the mode, and setting it writes to the disk, so it is set only once.
        """
        connection = super().get_new_connection(conn_params)
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode not in {"wal", "memory"}:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        """Begin a transaction as the only writer. Raises OperationalError after the timeout."""
        if self.is_in_memory_db() or self.transaction_mode != "IMMEDIATE":  # type: ignore[attr-defined]
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        # Not read from the settings: a caller that does not want to wait has changed it.
        milliseconds = self.cursor().execute("PRAGMA busy_timeout").fetchone()[0]
        end = time.monotonic() + milliseconds / 1000
        turns = _turns
        if not turns.take(milliseconds / 1000):
            raise OperationalError("database is locked: too many writers are waiting")
        self._turns = turns
        try:
            self._begin(end, milliseconds)
        except BaseException:
            self._give_back()
            raise

    def _begin(self, end: float, milliseconds: int) -> None:
        cursor = self.cursor()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    cursor.execute("BEGIN IMMEDIATE")
                    return
                except OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() > end:
                        raise
                time.sleep(TRY_EVERY_SECONDS)
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")

    def _set_autocommit(self, autocommit: bool) -> None:
        """Django ends each transaction here. The turn ends before the on_commit hooks run, because
        they write, too."""
        super()._set_autocommit(autocommit)  # type: ignore[misc] # missing in its types
        if autocommit:
            self._give_back()

    def close(self) -> None:
        """Close the connection, also within a failed transaction."""
        super().close()
        self._give_back()

    def _give_back(self) -> None:
        turns, self._turns = self._turns, None
        if turns is not None:
            turns.give_back()
