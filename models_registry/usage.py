"""Counts views, downloads by name and launches of models, without anything about who made them.

A request only adds to a buffer in its process. A thread writes the buffer to the database every
minute, so no page waits for a lock; if that fails, the counts stay for the next minute. A process
that is killed loses what it counted since.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Sum
from django.utils import timezone

from hub.later import Later
from hub.request_summary import RequestSummary
from models_registry.models import ModelUse, RegisteredModel

FLUSH_SECONDS: Final = 60.0
# A process that can't write for long must not grow without end.
MAX_BUFFERED: Final = 20_000
KEPT: Final = timedelta(days=400)
RECENT: Final = timedelta(days=30)
_ROBOTS: Final = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|monitor|headless|lighthouse|scan|fetch(er|bot)",
    re.IGNORECASE,
)

logger = logging.getLogger(__name__)


class Use(StrEnum):
    """What is counted: the columns of ModelUse."""

    VIEW = "views"
    DOWNLOAD = "downloads"
    LAUNCH = "launches"


Key = tuple[int, date, Use]


class _Buffer:
    """The counts of this process that the database does not have yet; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()
        self._writing = Later(FLUSH_SECONDS, lambda: flush())

    def add(self, counts: Mapping[Key, int]) -> None:
        """Keep counts, and make sure that they are written soon."""
        with self._lock:
            for key, count in counts.items():
                if key in self._counts or len(self._counts) < MAX_BUFFERED:
                    self._counts[key] += count
            is_empty = not self._counts
        if not is_empty:
            self._writing.ask()

    def take(self) -> Counter[Key]:
        """All counts; the buffer is empty then."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts


_buffer = _Buffer()


def _begin_after_fork() -> None:
    """Begin with an empty buffer: the parent process writes its own counts."""
    global _buffer
    _buffer = _Buffer()


os.register_at_fork(after_in_child=_begin_after_fork)


def count_view(asked: RequestSummary, key: int) -> None:
    """Count a person's view of a published model's page; its further tabs are the same view."""
    agent = asked.header("User-Agent", "")
    is_prefetch = "prefetch" in asked.header("Sec-Purpose", "") + asked.header("Purpose", "")
    # Only browsers look at pages. The referrer is read and not stored.
    try:
        came_from = urlsplit(asked.header("Referer", "")).path
    except ValueError:
        came_from = ""
    if "Mozilla/" in agent and not is_prefetch and came_from != asked.path:
        _count(asked, key, Use.VIEW)


def count_download(asked: RequestSummary, key: int) -> None:
    """Count a download of one model's records."""
    _count(asked, key, Use.DOWNLOAD)


def count_launch(model: RegisteredModel) -> None:
    """Count a launch on a server."""
    if model.published_revision_id is not None:
        _add(model.pk, Use.LAUNCH)


def flush() -> bool:
    """Write what this process has counted; False if the database does not take it now."""
    counts = _buffer.take()
    try:
        _write(counts)
    except DatabaseError as error:
        logger.warning("Counts of uses can't be written now, and are kept: %s", error)
        _buffer.add(counts)
        return False
    return True


def recent_uses() -> dict[int, dict[str, int]]:
    """The uses of each model in the last 30 days, by primary key and column."""
    since = timezone.now().date() - RECENT
    rows = ModelUse.objects.filter(day__gt=since).order_by()
    sums = rows.values_list("model_id").annotate(*(Sum(use.value) for use in Use))
    columns = [use.value for use in Use]
    return {pk: dict(zip(columns, counts, strict=True)) for pk, *counts in sums}


def prune() -> None:
    """Delete old counts; all of them with HUB_USE_COUNTS=0."""
    old = ModelUse.objects.all()
    if settings.ENV.use_counts:
        old = old.filter(day__lt=timezone.now().date() - KEPT)
    old.delete()


def _count(asked: RequestSummary, key: int, use: Use) -> None:
    agent = asked.header("User-Agent", "")
    if asked.method == "GET" and not _ROBOTS.search(agent):
        _add(key, use)


def _add(key: int, use: Use) -> None:
    if settings.ENV.use_counts:
        _buffer.add({(key, timezone.now().date(), use): 1})


def _write(counts: Mapping[Key, int]) -> None:
    """Add the counts to their rows, in one order for all processes, or two deadlock."""
    if not counts:
        return
    with transaction.atomic():
        wanted = {pk for pk, _day, _use in counts}
        there = set(RegisteredModel.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        days = sorted({(pk, day) for pk, day, _use in counts if pk in there})
        ModelUse.objects.bulk_create(
            [ModelUse(model_id=pk, day=day) for pk, day in days], ignore_conflicts=True
        )
        for pk, day in days:
            more = {use.value: counts.get((pk, day, use), 0) for use in Use}
            ModelUse.objects.filter(model_id=pk, day=day).update(
                **{name: F(name) + count for name, count in more.items() if count}
            )


# What can't be written when a process ends is lost.
atexit.register(flush)
