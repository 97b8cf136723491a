"""Figures that only grow, for /metrics: tasks and searches, counted over all processes.

A process adds up in memory and writes later, so no request waits for a lock. What a process that is
killed has not written is lost; that is good enough for a rate.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import Counter, defaultdict
from typing import Final

from django.db import DatabaseError, transaction
from django.db.models import F

from hub.later import Later
from hub.models import Figure

FLUSH_SECONDS: Final = 20.0
# Names come from the code, so there are few; a process that can't write for long must not grow.
_MOST: Final = 1_000

SEARCHES: Final = "searches"
SEARCHES_WITHOUT_RESULT: Final = "searches_without_result"
TASK_RUNS: Final = "task_runs"
TASK_FAILURES: Final = "task_failures"
TASK_SECONDS: Final = "task_seconds"

logger = logging.getLogger(__name__)
_lock = threading.Lock()
_waiting: Counter[tuple[str, str]] = Counter()


def add(name: str, label: str = "", amount: float = 1) -> None:
    """Add to a figure; it is written within half a minute."""
    with _lock:
        if len(_waiting) < _MOST:
            _waiting[name, label] += amount  # type: ignore[assignment] # seconds are no integers
    _flushing.ask()


def count_search(found: int) -> None:
    """Count a search of models, and whether it found any."""
    add(SEARCHES)
    if not found:
        add(SEARCHES_WITHOUT_RESULT)


def flush() -> bool:
    """Write what this process has added up; False if the database does not take it now."""
    with _lock:
        amounts = dict(_waiting)
        _waiting.clear()
    if not amounts:
        return True
    try:
        with transaction.atomic():
            # In one order for all processes, or two deadlock.
            keys = sorted(amounts)
            rows = [Figure(name=name, label=label) for name, label in keys]
            Figure.objects.bulk_create(rows, ignore_conflicts=True)
            for name, label in keys:
                row = Figure.objects.filter(name=name, label=label)
                row.update(value=F("value") + amounts[name, label])
    except DatabaseError as error:
        logger.warning("Figures can't be written now, and are kept: %s", error)
        with _lock:
            for key, amount in amounts.items():
                _waiting[key] += amount  # type: ignore[assignment]
        return False
    return True


def written() -> dict[str, dict[str, float]]:
    """All figures by name and label, as far as the processes have written them."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for name, label, value in Figure.objects.order_by("pk").values_list("name", "label", "value"):
        found[name][label] = value
    return found


_flushing = Later(FLUSH_SECONDS, flush)
# What can't be written when a process ends is lost.
atexit.register(flush)
