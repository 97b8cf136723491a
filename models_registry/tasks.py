"""Work for the workers: each task is one call."""

from __future__ import annotations

from contextlib import suppress

from celery import shared_task

from models_registry import expiry, following
from models_registry.catalogue import build, fleet
from models_registry.errors import SourceUnavailable
from models_registry.launch import update
from models_registry.outbox_tables import PullRequest
from models_registry.upstream import outbox, pulls
from models_registry.upstream.errors import GatewayError


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


@shared_task(name="models_registry.send_changes")
def send_changes() -> None:
    """Send what is due to upstream, with what has expired by now."""
    following.note_expired()
    outbox.send_due()


@shared_task(name="models_registry.poll_pull_requests")
def poll_pull_requests() -> None:
    """Ask GitHub what became of the open pull requests."""
    pulls.poll()


@shared_task(name="models_registry.look_at_pull_request")
def look_at_pull_request(pk: int) -> None:
    """Ask GitHub what became of one pull request; where it can't be asked, the next poll does."""
    with suppress(GatewayError, PullRequest.DoesNotExist):
        pulls.look_at(PullRequest.objects.get(pk=pk))


@shared_task(name="models_registry.follow_upstream")
def follow_upstream() -> None:
    """Bring upstream's own changes into the hub; where it can't be asked, the next time does."""
    with suppress(GatewayError, SourceUnavailable):
        following.follow_upstream()


@shared_task(name="models_registry.note_leftovers")
def note_leftovers() -> None:
    """Gather what the hub and upstream still differ in."""
    following.note_leftovers()


@shared_task(name="models_registry.prune_sightings")
def prune_sightings() -> None:
    """Forget who held which list long ago, or everybody where the fleet is off."""
    fleet.prune()
