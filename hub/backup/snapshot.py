"""One consistent view of the database while the hub goes on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """A context manager: all reads inside see the database as it was at the first one.

    Nobody waits for it: PostgreSQL and SQLite in WAL mode keep old rows for readers.
    """
    if connection.vendor == "sqlite":
        # Not `atomic`, which takes the lock for writing.
        connection.ensure_connection()
        connection.connection.execute("BEGIN")
        try:
            yield
        finally:
            connection.connection.execute("ROLLBACK")
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
