"""Restoring a backup into an empty hub, and comparing everything with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from hub.backup import rows
from hub.backup.archive import BackupReader
from hub.backup.rows import Migration, Table

# Rows of these tables show that somebody uses the hub.
_IN_USE = ("accounts_user", "models_registry_registeredmodel")


class RestoreRefused(Exception):
    """The backup can't be restored into this hub. The text says why, and what to do."""


class RestoreUnfinished(Exception):
    """All rows are restored, and a later step has failed. The text says which, and what to do."""


def restore(backup: BackupReader, *, replace: bool) -> int:
    """Restore tables and media, compare all rows with the backup, and return how many there are.

    Until all rows are there and compared, a failure leaves rows and media as they were; only
    tables that were missing may have been made. Raises RestoreRefused, DamagedBackup, OSError, and
    RestoreUnfinished for what fails later.
    """
    migrations = [(str(app), str(name)) for app, name in backup.manifest["migrations"]]
    try:
        targets = rows.targets(migrations)
    except KeyError as error:
        raise RestoreRefused(
            f"The backup was made by version {backup.manifest['version']} of the hub, which is "
            f"newer than this one (it has the migration {'.'.join(error.args[0])}). "
            "Install that version first."
        ) from error
    if not replace and (count := _rows_in_use()):
        raise RestoreRefused(
            f"This hub is not empty: it has {count} accounts and models. Restore into a new "
            "database, or delete everything here with --replace."
        )
    _migrate_to(migrations, targets)
    media = Path(settings.MEDIA_ROOT)
    ready = media.with_name(f"{media.name}.restoring")
    shutil.rmtree(ready, ignore_errors=True)
    try:
        backup.extract_media(ready)
        total = _load(backup, rows.tables(migrations))
    except BaseException:
        shutil.rmtree(ready, ignore_errors=True)
        raise
    _finish(ready, media)
    return total


def _load(backup: BackupReader, tables: list[Table]) -> int:
    """Replace all rows in one transaction, and return how many there are."""
    with transaction.atomic():
        _empty(tables)
        total = 0
        for table in tables:
            total += rows.load(table, *_stored(backup, table))
        for table in tables:
            rows.compare(table, *_stored(backup, table))
        connection.check_constraints()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), tables):
                cursor.execute(statement)
    return total


def _finish(ready: Path, media: Path) -> None:
    """Put the media in their place, and bring the tables to this version."""
    try:
        for path in ready.rglob("*"):
            if path.is_file() and settings.ENV.s3_bucket:
                with path.open("rb") as file:
                    default_storage.save(path.relative_to(ready).as_posix(), File(file))
            elif path.is_file():
                place = media / path.relative_to(ready)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(path, place)
        shutil.rmtree(ready, ignore_errors=True)
    except OSError as error:
        raise RestoreUnfinished(
            f"All rows are restored, but not all pictures are in their place ({error}). Move what "
            f"is in {ready} to {settings.ENV.s3_bucket or media}, and run `manage.py prepare`."
        ) from error
    try:
        call_command("migrate", interactive=False, verbosity=0)
    # Migrations may raise anything.
    except Exception as error:
        raise RestoreUnfinished(
            "All rows and pictures are restored, but the tables are still those of the backup's "
            f"version ({error}). Run `manage.py prepare`."
        ) from error


def _rows_in_use() -> int:
    existing = set(connection.introspection.table_names())
    count = 0
    with connection.cursor() as cursor:
        for name in existing & set(_IN_USE):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608
            count += int(cursor.fetchone()[0])
    return count


def _migrate_to(migrations: list[Migration], targets: list[Migration]) -> None:
    """Make the tables as they were at the backup."""
    applied = set(rows.applied_migrations())
    if extra := applied - set(migrations):
        raise RestoreRefused(
            f"The database has tables of a later version than the backup "
            f"({'.'.join(sorted(extra)[0])}). Restore into a new, empty database."
        )
    # Not the command: its signals would add rows.
    MigrationExecutor(connection).migrate(targets)


def _empty(tables: list[Table]) -> None:
    """Delete all rows, also those that migrations have made."""
    for table in tables:
        table._base_manager.all()._raw_delete("default")


def _stored(backup: BackupReader, table: Table) -> tuple[list[str], Iterator[bytes]]:
    """The columns and the lines of a table."""
    name = table._meta.db_table
    columns = backup.manifest["tables"].get(name, {}).get("columns", [])
    return columns, backup.lines(f"tables/{name}.jsonl")
