"""Deletes what the hub saw of repositories that no published model names any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from models_registry.models import ModelSource, RepositoryRecord, RepositoryRecordQuerySet

KEPT: Final = timedelta(days=30)
BATCH: Final = 500
_MOST_BATCHES: Final = 200


def forget() -> int:
    """Delete the rows that no model has named for so long; returns their number.

    Raises OperationalError if models are being published all the time: the next day tries again.
    """
    deleted = 0
    for _ in range(_MOST_BATCHES):
        keys = list(_old().order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not keys:
            break
        deleted += _deleted(keys)
    return deleted


def _old() -> RepositoryRecordQuerySet:
    """The rows that no model names and that nothing has touched since: a row that was never visited
    has been due since it was written."""
    since = timezone.now() - KEPT
    links = ModelSource.objects.filter(repository=OuterRef("pk"))
    unseen = Q(visited_at__isnull=True, next_visit_at__lt=since)
    return RepositoryRecord.objects.filter(unseen | Q(visited_at__lt=since), ~Exists(links))


def _deleted(keys: list[int]) -> int:
    """Delete those of these rows that still are old and named by no model.

    A publication that names such a row again at this moment is safe. `source_links.link` first
    inserts the rows that it needs, even those that exist, then reads their keys and links them, in
    one transaction. The lock of the table waits until each transaction that has begun to insert is
    over, so that the statement below sees its links; one that begins later waits for the lock, and
    then writes the row again. SQLite has one writer at a time, with the same effect. The age spares
    the rows of models that were withdrawn or edited only recently.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # Whoever writes waits behind a lock that waits, so not for long.
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                table = connection.ops.quote_name(RepositoryRecord._meta.db_table)
                cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        # One statement: delete() would first read the keys, and delete links to them as well.
        old = _old().filter(pk__in=keys)
        return old._raw_delete(old.db)
