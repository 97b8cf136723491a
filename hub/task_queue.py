"""Asks a worker to do something now, and how much work waits.

The work is already recorded in the database, so a message that the broker does not accept delays
the work and never loses it.
"""

from __future__ import annotations

import logging
import time
from importlib import import_module
from typing import Any, Final

from hub import request_id

# Seconds until a broker that failed is asked again: each try may cost a timeout.
PAUSE_SECONDS: Final = 5.0
# The second try is for a pooled connection that a broker's restart has closed.
_ONE_RETRY: Final = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}

# The queue of work that a person waits for, and that of everything that the schedule starts.
PEOPLE: Final = "celery"
BACKGROUND: Final = "background"

logger = logging.getLogger(__name__)
_paused_until = 0.0


def load() -> Any:
    """The Celery application of this process. It loads slowly: only what sends messages has it."""
    # Without it, Celery has an application that knows no settings.
    import_module("hub.celery")
    from celery import current_app

    return current_app


def load_sending() -> None:
    """Load what sends messages, for a server: else the first change of a process waits for it."""
    application = load()
    # Celery loads these when they are first used, and kombu its transport. Nothing is connected.
    for part in ("amqp", "AsyncResult", "backend", "events"):
        getattr(application, part)
    application.connection_for_write().transport  # noqa: B018


def ask_worker(task: str, *arguments: Any, queue: str = PEOPLE) -> bool:
    """Send a task's message; False if the broker did not accept it: the schedule finds the work.

    `queue` is BACKGROUND for what nobody waits for, so that it never delays what people wait for.

    Never raises, because the caller's change is already committed. Call it after the commit.
    """
    global _paused_until
    if time.monotonic() < _paused_until:
        return False
    try:
        load().send_task(
            task, args=list(arguments), queue=queue, retry=True, retry_policy=_ONE_RETRY,
            headers={"asked_by": request_id.current()},
        )  # fmt: skip
    # Each transport raises its own errors, besides kombu's and the system's.
    except Exception:
        logger.exception("The broker did not accept %s. The schedule will find the work.", task)
        _paused_until = time.monotonic() + PAUSE_SECONDS
        return False
    return True


def waiting_tasks() -> dict[str, int] | None:
    """How many tasks wait in each queue; None if the broker does not answer."""
    try:
        with load().connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
            channel: Any = connection.default_channel
            size = channel._size
            return {queue: size(queue) for queue in (PEOPLE, BACKGROUND)}
    # Each transport raises its own errors, besides kombu's and the system's.
    except Exception:  # noqa: BLE001 - the caller says what it means
        return None
