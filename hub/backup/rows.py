"""Tables as JSON lines: every column of every row, exactly.

The tables are those of the migrations that are applied, and not of today's models: so a backup of
an earlier version can be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

# Caches and bookkeeping, which are made again.
NOT_KEPT = frozenset({"django_migrations", "hub_cache", "sqlite_sequence"})
_BATCH = 200

Migration = tuple[str, str]
Table = type[models.Model]


class DamagedBackup(Exception):
    """A table of the backup can't be read, or is not what was stored. The text names it."""


def applied_migrations() -> list[Migration]:
    """The migrations of this database, in order of their names."""
    return sorted(MigrationRecorder(connection).applied_migrations())


def targets(migrations: Iterable[Migration]) -> list[Migration]:
    """The last ones of these migrations: those that none of the others needs.

    Raises KeyError if this version of the hub does not have one of them.
    """
    graph = MigrationLoader(None).graph
    known = set(migrations)
    if missing := known - set(graph.nodes):
        raise KeyError(sorted(missing)[0])
    return sorted(
        key
        for key in known
        if not any(child.key in known and child.key[0] == key[0]
                   for child in graph.node_map[key].children)
    )  # fmt: skip


def tables(migrations: Iterable[Migration]) -> list[Table]:
    """All tables that these migrations make, many-to-many tables included, by their names."""
    loader = MigrationLoader(None)
    state = loader.project_state(targets(migrations))
    found = state.apps.get_models(include_auto_created=True)
    own = [model for model in found if model._meta.managed and not model._meta.proxy]
    return sorted(own, key=lambda model: model._meta.db_table)


def lines(table: Table) -> Iterator[bytes]:
    """The rows, in the order of their keys."""
    fields = table._meta.concrete_fields
    for row in table._base_manager.order_by("pk").iterator(chunk_size=_BATCH):
        values = [_stored(field, row) for field in fields]
        yield json.dumps(values, separators=(",", ":")).encode() + b"\n"


def columns(table: Table) -> list[str]:
    """The names of the columns, in the order of the values in a line."""
    return [str(field.column) for field in table._meta.concrete_fields]


def load(table: Table, names: Sequence[str], stored: Iterable[bytes]) -> int:
    """Insert the rows, and return how many. Raises DamagedBackup."""
    count = 0
    fields = table._meta.concrete_fields
    rows: Any = table._base_manager
    for batch in _batches(_read(table, names, stored)):
        # As Django's own loaddata: `raw` keeps fields such as auto_now from changing a value.
        size = connection.ops.bulk_batch_size(fields, batch) or len(batch)
        for start in range(0, len(batch), size):
            rows._insert(batch[start : start + size], fields=fields, using="default", raw=True)
        count += len(batch)
    return count


def compare(table: Table, names: Sequence[str], stored: Iterable[bytes]) -> None:
    """Compare every row of the table with the stored ones. Raises DamagedBackup."""
    count = 0
    for batch in _batches(_read(table, names, stored)):
        found = table._base_manager.in_bulk([row.pk for row in batch])
        for row in batch:
            there = found.get(row.pk)
            if there is None or _values(there) != _values(row):
                raise DamagedBackup(
                    f"{table._meta.db_table} {row.pk} differs after its restoration."
                )
        count += len(batch)
    if count != table._base_manager.count():
        raise DamagedBackup(f"{table._meta.db_table} has more rows than the backup.")


def _values(row: models.Model) -> list[Any]:
    return [_stored(field, row) for field in row._meta.concrete_fields]


def _stored(field: models.Field[Any, Any], row: models.Model) -> Any:
    """A value for JSON: numbers, texts and JSON as they are, others as Django writes them."""
    value = getattr(row, field.attname)
    if isinstance(field, models.JSONField) or value is None:
        return value
    if isinstance(value, str | int | float) and not isinstance(field, models.UUIDField):
        return value
    return field.value_to_string(row)


def _read(table: Table, names: Sequence[str], stored: Iterable[bytes]) -> Iterator[models.Model]:
    fields = table._meta.concrete_fields
    by_column = {field.column: field for field in fields}
    if set(names) != set(by_column):
        raise DamagedBackup(f"{table._meta.db_table} has other columns than the backup.")
    ordered = [by_column[name] for name in names]
    for line in stored:
        try:
            values = json.loads(line)
            read = {
                field.attname: value
                if isinstance(field, models.JSONField) or value is None
                else _python(field, value)
                for field, value in zip(ordered, values, strict=True)
            }
        except (ValueError, TypeError) as error:
            raise DamagedBackup(f"A line of {table._meta.db_table} can't be read.") from error
        yield table(**read)


def _python(field: models.Field[Any, Any], value: Any) -> Any:
    # A foreign key has the type of what it points to.
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    return target.to_python(value)


def _batches(rows: Iterator[models.Model]) -> Iterator[list[models.Model]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch
