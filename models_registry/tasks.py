"""Work for the workers: each task is one call."""

from __future__ import annotations

from celery import shared_task

from models_registry import expiry
from models_registry.catalogue import build
from models_registry.launch import update


@shared_task(name="models_registry.rebuild_stale_lists")
def rebuild_stale_lists() -> None:
    """Build anew the lists that no longer fit what is published, as after an expiry; note those."""
    expiry.note_what_expired()
    build.rebuild_stale()


@shared_task(name=update.TASK)
def update_type(run_id: int) -> None:
    """Do an update that was asked for on the Launch Model page."""
    update.run(run_id)


@shared_task(name="models_registry.update_due_types")
def update_due_types() -> None:
    """Ask for the updates that the schedule wants."""
    update.ask_for_due()
