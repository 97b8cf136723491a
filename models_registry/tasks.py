"""The Celery tasks of the registry: each is one call."""

from __future__ import annotations

import logging
from contextlib import suppress

from celery import shared_task
from django.db import OperationalError

import hub.celery  # noqa: F401 - `delay` of these tasks sends with its settings
from models_registry import usage
from models_registry.actions import expiry
from models_registry.actions.derive_again import derive_all_again
from models_registry.actions.recommend import recommend, recommend_new
from models_registry.catalogue import fleet, refresh
from models_registry.changes import RANK_TASK
from models_registry.errors import SourceUnavailable
from models_registry.models import PullRequest
from models_registry.sync import follow_upstream as following
from models_registry.sync import update
from models_registry.upstream import polling, worker
from models_registry.upstream.errors import GatewayError
from models_registry.visits import forgotten, rounds

logger = logging.getLogger(__name__)


@shared_task(name="models_registry.rebuild_stale_lists")
def rebuild_stale_lists() -> None:
    """Record what expired, and rebuild the lists that are out of date since."""
    expiry.note_what_expired()
    refresh.rebuild_stale()


@shared_task(name=update.TASK)
def update_type(run_id: int) -> None:
    """Run an update that was requested on the Launch Model page, and rank what it brought."""
    update.run(run_id)
    recommend()


@shared_task(name="models_registry.ask_again_for_updates")
def ask_again_for_updates() -> None:
    """Start queued updates again whose messages the broker lost."""
    update.ask_again_for_waiting()


@shared_task(name="models_registry.update_due_types")
def update_due_types() -> None:
    """Request the updates that are due by the schedule."""
    update.ask_for_due()


@shared_task(name="models_registry.send_changes")
def send_changes() -> None:
    """Record what has expired, then send what is due to upstream."""
    following.record_expired()
    worker.send_due()


@shared_task(name="models_registry.poll_pull_requests")
def poll_pull_requests() -> None:
    """Poll the state of the open pull requests at GitHub."""
    polling.poll()


@shared_task(name="models_registry.look_at_pull_request")
def look_at_pull_request(pk: int) -> None:
    """Poll the state of one pull request; if GitHub can't be reached, the next poll retries."""
    with suppress(GatewayError, PullRequest.DoesNotExist):
        polling.poll_one(PullRequest.objects.get(pk=pk))


@shared_task(name="models_registry.follow_upstream")
def follow_upstream() -> None:
    """Merge upstream's own changes into the hub; if it can't be reached, the next run retries."""
    with suppress(GatewayError, SourceUnavailable):
        following.follow_upstream()


@shared_task(name="models_registry.note_leftovers")
def note_leftovers() -> None:
    """Send the remaining differences between the hub and upstream as one pull request."""
    following.record_leftovers()


@shared_task(name="models_registry.prune_sightings")
def prune_sightings() -> None:
    """Delete old records: who holds which list (all of them if the fleet page is off), and what the
    hub saw of repositories that no model names any more."""
    fleet.prune()
    # While models are being published all the time, the next run retries.
    with suppress(OperationalError):
        forgotten.forget()


@shared_task(name=rounds.TASK)
def visit_sources() -> None:
    """Visit the source repositories that are due."""
    rounds.visit_due()


@shared_task(name="models_registry.rank_models")
def rank_models() -> None:
    """Calculate the order "Recommended" and the recent uses of models."""
    recommend()


@shared_task(name=RANK_TASK)
def rank_new_models() -> None:
    """Give the public models that have no place in the order "Recommended" one."""
    recommend_new()


@shared_task(name=refresh.COMPRESS_TASK)
def compress_list(model_type: str) -> None:
    """Compress a list that was built a moment ago."""
    refresh.compress(model_type)


@shared_task(name="models_registry.derive_stale")
def derive_stale() -> None:
    """Derive the models that a process of another version published: during an upgrade, or since.

    The search does not find what an older version published until this has run.
    """
    for failure in derive_all_again(only_stale=True).failures:
        logger.warning("not derived again: %s", failure)


@shared_task(name="models_registry.prune_uses")
def prune_uses() -> None:
    """Delete old counts of uses; all of them if they are off."""
    usage.prune()
