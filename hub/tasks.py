"""Work of the roof's own for the workers."""

from __future__ import annotations

from celery import shared_task

from hub import sign_of_life


@shared_task(name="hub.note_sign_of_life")
def note_sign_of_life() -> None:
    """Show that a worker is at work."""
    sign_of_life.note()
