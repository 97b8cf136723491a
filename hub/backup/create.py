"""Making a backup while the hub runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from hub.backup import archive, keys, rows
from hub.backup.snapshot import snapshot
from hub.version import VERSION


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """What a backup holds."""

    tables: int
    rows: int
    media: int
    has_keys: bool


def back_up(path: Path, *, passphrase: str = "") -> BackupSummary:
    """Write the backup into a new file; with a passphrase, with the keys that it seals.

    Raises FileExistsError and OSError.
    """
    with archive.writing(path) as writer, snapshot():
        migrations = rows.applied_migrations()
        # Before and after the tables: so no file is missing that a row names, although people go
        # on replacing their pictures.
        _add_media(writer)
        counted: dict[str, dict[str, Any]] = {}
        for table in rows.tables(migrations):
            name = table._meta.db_table
            count = writer.add_lines(f"tables/{name}.jsonl", rows.lines(table))
            counted[name] = {"rows": count, "columns": rows.columns(table)}
        _add_media(writer)
        if passphrase:
            writer.add_bytes(archive.KEYS, keys.sealed_keys(passphrase))
        writer.finish(
            {
                "version": VERSION,
                "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "database": connection.vendor,
                "migrations": migrations,
                "tables": counted,
            }
        )
    return BackupSummary(
        tables=len(counted),
        rows=sum(table["rows"] for table in counted.values()),
        media=sum(name.startswith(archive.MEDIA) for name in writer.digests),
        has_keys=bool(passphrase),
    )


def _add_media(writer: archive.BackupWriter) -> None:
    if settings.ENV.s3_bucket:
        # Only what the hub has put there: a bucket may hold more.
        writer.add_objects(archive.MEDIA, default_storage, "avatars/")
    else:
        writer.add_folder(archive.MEDIA, Path(settings.MEDIA_ROOT))
