"""The workers' heartbeat: scheduled tasks store the time, and others ask how long ago that was.

The times are in the cache, which all processes share; losing them does no harm. A fresh time proves
that schedule, broker and a worker of the queue all work.
"""

from __future__ import annotations

import time

from django.core.cache import cache

from hub.task_queue import BACKGROUND, PEOPLE

_KEYS = {PEOPLE: "hub:sign-of-life", BACKGROUND: "hub:sign-of-life:background"}
_WORK_KEY = "hub:work"
_WORK_NOTED_SECONDS = 10.0
_work_noted = float("-inf")
_KEPT_SECONDS = 30 * 86_400
# Between the machines of workers and of whoever asks.
_CLOCKS_DIFFER_SECONDS = 60


def note(queue: str = "") -> None:
    """Store the time: a worker of the queue is working. Without a queue, one of each is."""
    for key in [_KEYS[queue]] if queue else _KEYS.values():
        cache.set(key, time.time(), _KEPT_SECONDS)


def note_work() -> None:
    """Store the time: a worker has carried out a task, whoever asked for it. At most every ten
    seconds in each process."""
    global _work_noted
    if time.monotonic() - _work_noted > _WORK_NOTED_SECONDS:
        _work_noted = time.monotonic()
        cache.set(_WORK_KEY, time.time(), _KEPT_SECONDS)


def seconds_since_work() -> float | None:
    """The time since a worker has carried out any task; None if it is unknown."""
    moment = cache.get(_WORK_KEY)
    return max(0.0, time.time() - moment) if isinstance(moment, float) else None


def seconds_since_anybody() -> float | None:
    """The time since a worker of any queue last worked; None if it is unknown.

    A time in the future counts as now: the clock of some worker may be fast.
    """
    times = [moment for key in _KEYS.values() if isinstance(moment := cache.get(key), float)]
    return max(0.0, time.time() - max(times)) if times else None


def age_seconds(queue: str = "") -> float | None:
    """The time since a worker of the queue last worked; None if it is unknown.

    Without a queue, the age for the queue whose workers have worked longest ago. A time in the
    future was noted before a clock was set back, and says nothing of now.
    """
    noted = [cache.get(key) for key in ([_KEYS[queue]] if queue else _KEYS.values())]
    latest = time.time() + _CLOCKS_DIFFER_SECONDS
    times = [moment for moment in noted if isinstance(moment, float) and moment < latest]
    return max(0.0, time.time() - min(times)) if len(times) == len(noted) else None
