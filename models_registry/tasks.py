"""Work for the workers: each task is one call."""

from __future__ import annotations

from celery import shared_task

from models_registry.catalogue import build
from models_registry.upstream import outbox, pulls


@shared_task(name="models_registry.rebuild_stale_lists")
def rebuild_stale_lists() -> None:
    """Build anew the lists that no longer fit what is published."""
    build.rebuild_stale()


@shared_task(name="models_registry.send_changes")
def send_changes() -> None:
    """Send what is due to upstream."""
    outbox.send_due()


@shared_task(name="models_registry.poll_pull_requests")
def poll_pull_requests() -> None:
    """Ask GitHub what became of the open pull requests."""
    pulls.poll()
