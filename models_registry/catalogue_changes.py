"""Notes which models have changed, so that each process can follow the catalogue in memory.

Triggers of the database write the note in the transaction of the change. So nothing is missed,
whoever makes it: a task, the administration, an older version of the hub or a person with `psql`.
The table is not a model of Django: backups and flushes do not touch it.

A reader holds a mark. On PostgreSQL it is a snapshot, and new are the notes of transactions that
were not visible in it, in whatever order they commit. On SQLite it is the last note, with its
stamp, since a file may be replaced by another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE: Final = "models_registry_catalogue_change"
# Which column names the model.
WATCHED: Final = {
    "models_registry_registeredmodel": "id",
    "models_registry_facet": "model_id",
    "models_registry_listingfigures": "model_id",
    "models_registry_smallestneed": "model_id",
    "models_registry_sourcesummary": "model_id",
}
# A reader that has not looked for half of this time reads everything again.
KEPT_HOURS: Final = 24
_EVENTS: Final = {"insert": ("new",), "update": ("old", "new"), "delete": ("old",)}


@dataclass(frozen=True, slots=True)
class Changes:
    """The mark to go on from, and the models that have changed; None if that is not known."""

    mark: tuple[Any, ...]
    models: frozenset[int] | None


def read(connection: BaseDatabaseWrapper, mark: tuple[Any, ...] | None, at_most: int) -> Changes:
    """What has been committed since the mark. `models` is None if everything may have changed, or
    more than `at_most` models."""
    if connection.vendor == "postgresql":
        return _read_postgres(connection, mark, at_most)
    return _read_sqlite(connection, mark, at_most)


def is_installed(connection: BaseDatabaseWrapper) -> bool:
    """Whether all triggers are there."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT[connection.vendor])
        return bool(cursor.fetchone()[0] == len(list(_triggers(connection.vendor))))


def install(*, using: str, **_kwargs: object) -> None:
    """Make the table and its triggers, where they are missing.

    It runs after every `migrate`: SQLite drops the triggers of a table that it makes again.
    """
    connection = connections[using]
    if not set(WATCHED) <= set(connection.introspection.table_names()) or is_installed(connection):
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in _TABLES[connection.vendor]:
            cursor.execute(statement)
        # What changed while a trigger was missing, nobody has noted.
        cursor.execute(_FORGET[connection.vendor])
    # A table at a time: two locks at once would deadlock with a publication that goes on.
    for watched in WATCHED:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            for name, table, statement in _triggers(connection.vendor):
                if table == watched:
                    on = f" ON {table}" if connection.vendor == "postgresql" else ""
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
                    cursor.execute(statement)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(_FORGET[connection.vendor])


def prune(using: str = "default") -> int:
    """Delete notes that no reader needs; returns how many. The last one stays."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(_PRUNE[connection.vendor])
        count: int = cursor.rowcount
    return count


_COUNT: Final = {
    "postgresql": "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE tgname LIKE 'catalogue_change_%' AND tgenabled <> 'D' AND pg_table_is_visible(c.oid)",
    "sqlite": "SELECT count(*) FROM sqlite_master "
    "WHERE type = 'trigger' AND name LIKE 'catalogue_change_%'",
}
_TABLES: Final = {
    "postgresql": (
        f"CREATE TABLE IF NOT EXISTS {TABLE} (model_id bigint, "
        "xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint, "
        "at timestamptz NOT NULL DEFAULT now())",
        f"CREATE INDEX IF NOT EXISTS catalogue_change_xid ON {TABLE} (xid)",
        # Everything was deleted: NULL stands for all models.
        "CREATE OR REPLACE FUNCTION catalogue_change_truncate() RETURNS trigger "
        "LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN "
        f"INSERT INTO {TABLE} (model_id) VALUES (NULL); RETURN NULL; END $$",
        *(
            f"CREATE OR REPLACE FUNCTION catalogue_change_{column}_{event}() RETURNS trigger "
            "LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN "
            f"INSERT INTO {TABLE} (model_id) "
            + " UNION ".join(f"SELECT {column} FROM {rows}_rows" for rows in events)
            + "; RETURN NULL; END $$"
            for column in ("id", "model_id")
            for event, events in _EVENTS.items()
        ),
    ),
    "sqlite": (
        f"CREATE TABLE IF NOT EXISTS {TABLE} (id integer PRIMARY KEY AUTOINCREMENT, "
        "model_id integer, stamp text NOT NULL DEFAULT (hex(randomblob(8))), "
        "at text NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    ),
}
# NULL stands for all models; on SQLite a mark that is gone does.
_FORGET: Final = {
    "postgresql": f"INSERT INTO {TABLE} (model_id) VALUES (NULL)",
    "sqlite": f"DELETE FROM {TABLE}",
}
_PRUNE: Final = {
    "postgresql": f"DELETE FROM {TABLE} WHERE at < now() - interval '{KEPT_HOURS} hours'",
    "sqlite": f"DELETE FROM {TABLE} WHERE at < datetime('now', '-{KEPT_HOURS} hours') "
    f"AND id < (SELECT max(id) FROM {TABLE})",
}


def _triggers(vendor: str) -> Iterator[tuple[str, str, str]]:
    """The name, table and statement of each trigger."""
    for table, column in WATCHED.items():
        short = table.removeprefix("models_registry_")
        for event, rows in _EVENTS.items():
            name = f"catalogue_change_{short}_{event}"
            if vendor == "postgresql":
                seen = " ".join(f"{which.upper()} TABLE AS {which}_rows" for which in rows)
                action = (
                    f"REFERENCING {seen} FOR EACH STATEMENT "
                    f"EXECUTE FUNCTION catalogue_change_{column}_{event}()"
                )
            else:
                keys = " UNION ".join(f"SELECT {which.upper()}.{column}" for which in rows)
                action = f"BEGIN INSERT INTO {TABLE} (model_id) {keys}; END"
            yield name, table, f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table} {action}"
        if vendor == "postgresql":
            name = f"catalogue_change_{short}_truncate"
            action = "FOR EACH STATEMENT EXECUTE FUNCTION catalogue_change_truncate()"
            yield name, table, f"CREATE TRIGGER {name} AFTER TRUNCATE ON {table} {action}"


def _read_postgres(
    connection: BaseDatabaseWrapper, mark: tuple[Any, ...] | None, at_most: int
) -> Changes:
    table, snapshot = mark or (0, "1:1:")
    with connection.cursor() as cursor:
        # One statement, so one snapshot. Notes from the future come out of another server's dump.
        cursor.execute(
            f"""
            SELECT '{TABLE}'::regclass::oid::bigint, pg_current_snapshot()::text, ARRAY(
                SELECT DISTINCT model_id FROM {TABLE}
                WHERE xid >= %s AND xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                AND NOT pg_visible_in_snapshot(xid::text::xid8, %s::pg_snapshot)
                LIMIT %s)
            """,
            [_edges(snapshot)[0], snapshot, at_most + 1 if mark else 0],
        )
        oid, now, models = cursor.fetchone()
    # Transactions that are older than those seen: another server, or one set back in time.
    is_back = _edges(now)[1] < _edges(snapshot)[1]
    if mark is None or oid != table or is_back or len(models) > at_most or None in models:
        return Changes((oid, now), None)
    return Changes((oid, now), frozenset(models))


def _edges(snapshot: str) -> tuple[int, int]:
    first, end, _running = snapshot.split(":")
    return int(first), int(end)


def _read_sqlite(
    connection: BaseDatabaseWrapper, mark: tuple[Any, ...] | None, at_most: int
) -> Changes:
    last, _stamp = mark or (0, "")
    with connection.cursor() as cursor:
        # Its own note comes first, if it is still there.
        cursor.execute(
            f"SELECT id, stamp, model_id FROM {TABLE} WHERE id >= %s ORDER BY id LIMIT %s",
            [last, 4 * at_most],
        )
        rows = cursor.fetchall()
    if mark is not None and not rows and last == 0:
        return Changes(mark, frozenset())
    known = mark is not None and (last == 0 or (bool(rows) and tuple(rows[0][:2]) == mark))
    models = frozenset(row[2] for row in rows if row[0] > last)
    if known and len(rows) < 4 * at_most and len(models) <= at_most:
        return Changes(tuple(rows[-1][:2]), models)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, stamp FROM {TABLE} ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    return Changes(tuple(row or (0, "")), None)
