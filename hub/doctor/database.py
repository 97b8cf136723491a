"""The database: it answers, has all tables, and is a version that the hub supports."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from hub.cache_backends import outage
from hub.doctor.findings import Finding, ok, warning, wrong

# Django 5.2 supports PostgreSQL 14 and newer.
_OLDEST_POSTGRESQL = 14
_MOST_CONNECTIONS_USED = 0.8


def is_answering() -> bool:
    """Whether the database answers now."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except (DatabaseError, InterfaceError):
        return False
    return True


def database() -> Iterator[Finding]:
    """Whether the database answers, and its version."""
    if not is_answering():
        yield wrong(
            "database",
            "The database does not answer. What needs it is not checked.",
            "Start it, and compare its address with DATABASE_URL.",
        )
        return
    if connection.vendor == "postgresql":
        yield from _postgresql()
    else:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            (state,) = cursor.fetchone()
            cursor.execute("SELECT sqlite_version()")
            (version,) = cursor.fetchone()
        if state == "ok":
            yield ok("database", f"SQLite {version} answers.")
        else:
            yield wrong(
                "database",
                "The SQLite file is damaged.",
                "Restore the last backup into a new file.",
            )


def _postgresql() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        major = int(cursor.fetchone()[0]) // 10_000
        cursor.execute("SHOW max_connections")
        most = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        used = int(cursor.fetchone()[0])
    if major < _OLDEST_POSTGRESQL:
        yield wrong(
            "database",
            f"PostgreSQL {major} is too old.",
            f"Upgrade the server to PostgreSQL {_OLDEST_POSTGRESQL} or newer.",
        )
    else:
        yield ok("database", f"PostgreSQL {major} answers.")
    if used > most * _MOST_CONNECTIONS_USED:
        yield warning(
            "connections",
            f"{used} of {most} connections of PostgreSQL are in use.",
            "Raise max_connections, or run fewer web and worker processes.",
        )
    else:
        yield ok("connections", f"{used} of {most} connections of PostgreSQL are in use.")


def server_time() -> float | None:
    """The clock of the database server; None for SQLite, and if the server does not answer."""
    if connection.vendor != "postgresql":
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            return float(cursor.fetchone()[0])
    except (DatabaseError, InterfaceError):
        return None


def missing_migrations() -> list[str]:
    """The migrations of this version that are not applied, in the order in which they will be."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def migrations() -> Iterator[Finding]:
    """Whether all migrations of this version are applied. Newer ones do no harm."""
    if missing := missing_migrations():
        yield wrong(
            "migrations",
            f"{len(missing)} migrations are not applied.",
            "Run `manage.py prepare`.",
        )
    else:
        yield ok("migrations", "All migrations are applied.")


def shared_cache() -> Iterator[Finding]:
    """Whether the cache answers that all processes share."""
    cache.get("hub:readyz")
    if outage.is_known:
        yield warning(
            "cache",
            "The cache does not answer: each process counts rate limits for itself.",
            "Start Redis, and compare its address with REDIS_URL.",
        )
    else:
        yield ok("cache", "The cache answers.")
