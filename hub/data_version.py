"""The version of the data: the same as long as nobody has committed a change.

A check costs microseconds. SQLite counts commits (`PRAGMA data_version`). PostgreSQL has no such
count, but a snapshot decides which rows are visible: as long as `pg_current_snapshot()` is the
same, so is everything read. Both change with every commit of any kind, so nothing is ever missed
and nothing needs to be counted by hand. What must stay valid for longer depends on a part of the
data, whose own version is read again only if anything has changed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.db import connection

# A database that does not answer within this time counts as away.
PATIENCE_SECONDS: Final = 1.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DataPart:
    """The version of a part of the data, the Unix time at which it changes by itself, and the ETags
    (without W/) of all forms of its content, if it has them."""

    version: object
    ends_at: float | None = None
    etags: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class DataVersion:
    """The version of all data, and of some parts of it.

    While the database is away, it is the last one that was read.
    """

    data: object = None
    parts: Mapping[str, DataPart] = field(default_factory=dict)
    is_away: bool = False


# Reads the parts with a function that runs an SQL statement and returns the rows.
Query = Callable[[str], list[tuple[Any, ...]]]
ReadParts = Callable[[Query], Mapping[str, DataPart]]


class SqliteDataVersion:
    """The version of an SQLite database, read on the event loop: a read waits for no writer."""

    def __init__(self, path: str, read_parts: ReadParts) -> None:
        self._read_parts = read_parts
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        # Counts of two connections can't be compared, so the connection is part of the version.
        self._number = 0
        self._look_again_at = 0.0
        self._last = DataVersion()

    async def current(self) -> DataVersion:
        """The version now; a change that was committed before the call is in it."""
        try:
            now = time.monotonic()
            if now >= self._look_again_at:
                self._open(now)
            if self._connection is None:
                return self._last
            (count,) = self._connection.execute("PRAGMA data_version").fetchone()
            data = (self._number, count)
            if data != self._last.data or self._last.is_away:
                parts = self._read_parts(lambda sql: self._execute(sql))
                self._last = DataVersion(data, parts)
        except (OSError, sqlite3.Error) as error:
            self._lose(error)
        return self._last

    def _execute(self, sql: str) -> list[tuple[Any, ...]]:
        if self._connection is None:
            return []
        return self._connection.execute(sql).fetchall()

    def _open(self, now: float) -> None:
        """Open the database, and again if its file was replaced; looks once a second."""
        self._look_again_at = now + PATIENCE_SECONDS
        status = os.stat(self._path)
        file = (status.st_dev, status.st_ino)
        if self._connection is not None and file == self._file:
            return
        self._close()
        self._connection = sqlite3.connect(
            f"file:{quote(self._path)}?mode=ro", uri=True, isolation_level=None, timeout=0,
            check_same_thread=False,
        )  # fmt: skip
        self._file = file
        self._number += 1

    def _lose(self, error: Exception) -> None:
        if not self._last.is_away:
            logger.warning("The database does not tell its version: %s", error)
        self._close()
        # It may only be busy for a moment, so the next request opens it again.
        self._look_again_at = 0.0
        self._last = replace(self._last, data=None, is_away=True)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class PostgresDataVersion:
    """The version of a PostgreSQL database, read in a thread.

    A request needs a read that began after it arrived. All that arrive during a read share the
    next one, so there is one read at a time, however many requests there are.
    """

    def __init__(self, read_parts: ReadParts) -> None:
        self._read_parts = read_parts
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="data-version")
        self._last = DataVersion()
        self._next: asyncio.Future[DataVersion] | None = None
        self._began_at: float | None = None

    async def current(self) -> DataVersion:
        """The version now; a change that was committed before the call is in it."""
        loop = asyncio.get_running_loop()
        if self._began_at is not None and loop.time() - self._began_at > PATIENCE_SECONDS:
            return replace(self._last, is_away=True)
        if self._next is None:
            self._next = loop.create_future()
            loop.call_later(PATIENCE_SECONDS, self._give_up, self._next)
            if self._began_at is None:
                return await self._begin(loop, self._next)
        return await self._next

    def _begin(
        self, loop: asyncio.AbstractEventLoop, waiting: asyncio.Future[DataVersion]
    ) -> asyncio.Future[DataVersion]:
        self._next = None
        self._began_at = loop.time()
        done = loop.run_in_executor(self._thread, self._read)
        done.add_done_callback(lambda task: self._end(loop, waiting, task.result()))
        return waiting

    def _end(
        self,
        loop: asyncio.AbstractEventLoop,
        waiting: asyncio.Future[DataVersion],
        version: DataVersion,
    ) -> None:
        self._began_at = None
        self._last = version
        if not waiting.done():
            waiting.set_result(version)
        if self._next is not None:
            self._begin(loop, self._next)

    def _give_up(self, waiting: asyncio.Future[DataVersion]) -> None:
        if not waiting.done():
            waiting.set_result(replace(self._last, is_away=True))

    def _read(self) -> DataVersion:
        last = self._last
        try:
            [(data,)] = self._execute("SELECT pg_current_snapshot()::text")
            if data == last.data and not last.is_away:
                return last
            return DataVersion(data, self._read_parts(self._execute))
        # A connection that is broken is reported in many ways.
        except Exception as error:  # noqa: BLE001
            if not last.is_away:
                logger.warning("The database does not tell its version: %s", error)
            connection.close()
            return replace(last, data=None, is_away=True)

    def close(self) -> None:
        """Close the connection, and end the thread."""
        self._thread.submit(lambda: connection.close())
        self._thread.shutdown()

    def _execute(self, sql: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows


def data_version(read_parts: ReadParts) -> SqliteDataVersion | PostgresDataVersion:
    """What reads the version of the database of the settings."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        return SqliteDataVersion(str(database["NAME"]), read_parts)
    return PostgresDataVersion(read_parts)
