"""Celery tasks of `hub`."""

from __future__ import annotations

from celery import shared_task

import hub.celery  # noqa: F401 - `delay` of these tasks sends with its settings
from hub import heartbeat, mail_outbox, retention, task_queue
from hub.doctor import examination


@shared_task(name="hub.note_sign_of_life")
def note_sign_of_life(queue: str = task_queue.PEOPLE) -> None:
    """Store the heartbeat of the workers of a queue."""
    heartbeat.note(queue)


@shared_task(name=mail_outbox.TASK, soft_time_limit=120)
def send_mail() -> None:
    """Deliver the mail that is due."""
    mail_outbox.send_due()


@shared_task(name="hub.examine")
def examine() -> None:
    """Look for what is wrong with the installation, for the administration and the log."""
    examination.examine_and_store()


@shared_task(name="hub.tidy")
def tidy() -> None:
    """Delete what has been kept for long enough."""
    retention.tidy()
