"""Databases for tests, made and emptied in less time than Django takes for it."""

from __future__ import annotations

import fcntl
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction

# What migrations bring, and no test takes away.
_KEPT = [
    model._meta.db_table for model in (ContentType, Permission, Group, Group.permissions.through)
]
_rows: dict[str, list[tuple[Any, ...]]] = {}


def migrate_once(folder: Path, name: str, *args: Any, **options: Any) -> None:
    """Run a command as `call_command`, but `migrate` once for all processes that share a folder.

    The others copy its result. Databases of PostgreSQL are migrated each.
    """
    if name != "migrate" or connection.vendor != "sqlite":
        call_command(name, *args, **options)
        return
    migrated = folder / "migrated.sqlite3"
    connection.ensure_connection()
    with (folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        is_first = not migrated.exists()
        if is_first:
            call_command(name, *args, **options)
        with closing(sqlite3.connect(migrated)) as copy:
            own = connection.connection
            (own if is_first else copy).backup(copy if is_first else own)


def remember() -> None:
    """Read what migrations have brought, before any test."""
    _rows.update((table, _read(table)) for table in _KEPT)


def empty(_case: object) -> None:
    """Delete everything but what migrations have brought, after a test with real transactions.

    Django's own way truncates all tables, and makes content types, rights and groups again.
    """
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [connection.ops.quote_name(name) for name in names if name not in _KEPT]
    # Foreign keys are checked at the end of the transaction, so any order will do.
    with transaction.atomic(), connection.cursor() as cursor:
        filled = (
            f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {table})"
            for number, table in enumerate(tables)
        )
        cursor.execute(" UNION ALL ".join(filled))
        for (number,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {tables[number]}")
        for table, rows in _rows.items():
            if _read(table) != rows:
                cursor.execute(f"DELETE FROM {table}")
                values = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {table} VALUES ({values})", rows)


def _read(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        return cursor.fetchall()
