"""Takes what is due out of the outbox and sends it; any number of workers, any of which may die.

A worker holds a lease while it works on a pull request. Everything that it writes to GitHub can be
found again: branches have the names of their changes, and each commit is noted before a branch is
moved to it. So a second try finds what the first one did, and goes on from there.
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from models_registry.definitions.problems import DefinitionTextError
from models_registry.outbox_tables import (
    ChangeState,
    PullRequest,
    PullRequestState,
    UpstreamChange,
)
from models_registry.upstream import delivery
from models_registry.upstream.errors import GatewayError, LeaseLost, MustWait, Stopped, TryAgain
from models_registry.upstream.tokens import tokens_for

logger = logging.getLogger(__name__)

# Longer than the time limit of a task, so that a lease that ran out has no worker any more.
LEASE = timedelta(seconds=900)
FIRST_WAIT_SECONDS = 20
LONGEST_WAIT_SECONDS = 3600
MAX_ATTEMPTS = 15
NOBODY_TO_SEND = (
    "There is no GitHub token to send it with: neither its author nor the hub has one. "
    "The page of the model has the patch."
)


def due(now: datetime | None = None, *, at_once: bool = False) -> QuerySet[PullRequest]:
    """The pull requests with something to send; `at_once` ignores that some shall wait a while."""
    now = now or timezone.now()
    found = PullRequest.objects.filter(
        Q(leased_until__isnull=True) | Q(leased_until__lt=now),
        Q(not_before__isnull=True) | Q(not_before__lte=now),
        state__in=[PullRequestState.PLANNED, PullRequestState.OPEN],
        wanted_version__gt=F("sent_version"),
    )
    if not at_once:
        found = found.filter(next_attempt_at__lte=now)
    return found.order_by("next_attempt_at", "pk")


def send_due(*, at_once: bool = False) -> list[PullRequest]:
    """Send everything that is due; the pull requests that were worked on, as they are now."""
    done = []
    for pk in list(due(at_once=at_once).values_list("pk", flat=True)):
        if send(pk, at_once=at_once):
            done.append(pk)
    return list(PullRequest.objects.filter(pk__in=done).order_by("pk"))


def send(pk: int, *, at_once: bool = False) -> bool:
    """Bring one pull request to GitHub. False where another worker has it, or nothing is due.

    Never raises for what GitHub does: the row says what happened and when it goes on.
    """
    with _leased(pk, at_once=at_once) as work:
        if work is None:
            return False
        pull_request, lease = work
        version = pull_request.wanted_version
        if not tokens_for(pull_request.by):
            _postpone(pull_request, NOBODY_TO_SEND, until=timezone.now() + timedelta(minutes=5))
            return True
        _set_states(pull_request, ChangeState.WAITING, ChangeState.SENDING)
        try:
            delivery.deliver(pull_request, lambda: _keep(pk, lease))
        except LeaseLost:
            logger.warning("Another worker has taken over %s.", pull_request.branch)
        except MustWait as error:
            _postpone(pull_request, str(error), until=error.until)
            _hold_back(pull_request, error.until)
        except TryAgain as error:
            _try_later(pull_request, str(error))
        except Stopped as error:
            _stop(pull_request, str(error), version)
        except (GatewayError, DefinitionTextError) as error:
            _fail(pull_request, str(error), version)
        else:
            PullRequest.objects.filter(pk=pk).update(
                sent_version=version, attempts=0, last_error="", next_attempt_at=timezone.now()
            )
    return True


@contextmanager
def _leased(pk: int, *, at_once: bool) -> Iterator[tuple[PullRequest, str] | None]:
    """Hold the pull request, if it is due and nobody else holds it."""
    lease = uuid.uuid4().hex
    claimed = (
        due(at_once=at_once)
        .order_by()
        .filter(pk=pk)
        .update(lease=lease, leased_until=timezone.now() + LEASE)
    )
    if not claimed:
        yield None
        return
    try:
        yield PullRequest.objects.get(pk=pk), lease
    finally:
        PullRequest.objects.filter(pk=pk, lease=lease).update(lease="", leased_until=None)


def _keep(pk: int, lease: str) -> None:
    """Make sure that the lease is still ours before something is written. Raises LeaseLost."""
    held = PullRequest.objects.filter(pk=pk, lease=lease).update(
        leased_until=timezone.now() + LEASE
    )
    if not held:
        raise LeaseLost("Another worker has taken the work over.")


def _set_states(pull_request: PullRequest, before: ChangeState, after: ChangeState) -> None:
    _update_in_order(pull_request.changes.filter(state=before), state=after)


def _update_in_order(rows: QuerySet[Any], **values: Any) -> None:
    """Update rows that others update, too; locked in one order, or two wait for each other."""
    with transaction.atomic():
        keys = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
        rows.model._default_manager.filter(pk__in=keys).update(**values)


def _postpone(pull_request: PullRequest, why: str, *, until: datetime) -> None:
    PullRequest.objects.filter(pk=pull_request.pk).update(last_error=why, next_attempt_at=until)
    _set_states(pull_request, ChangeState.SENDING, ChangeState.WAITING)
    _update_in_order(pull_request.changes.filter(state=ChangeState.WAITING), last_error=why)


def _hold_back(pull_request: PullRequest, until: datetime) -> None:
    """Send nothing of this person before then: rate limits are an account's."""
    rows = PullRequest.objects.filter(
        by=pull_request.by_id, state__in=[PullRequestState.PLANNED, PullRequestState.OPEN]
    )
    _update_in_order(rows, not_before=until)


def _try_later(pull_request: PullRequest, why: str) -> None:
    attempts = pull_request.attempts + 1
    PullRequest.objects.filter(pk=pull_request.pk).update(attempts=attempts)
    if attempts >= MAX_ATTEMPTS:
        _fail(pull_request, f"{why} It was tried {attempts} times.", pull_request.wanted_version)
        return
    wait = min(FIRST_WAIT_SECONDS * 2 ** (attempts - 1), LONGEST_WAIT_SECONDS)
    # Workers that failed together shall not come back together.
    wait *= random.uniform(0.75, 1.25)  # noqa: S311
    _postpone(pull_request, why, until=timezone.now() + timedelta(seconds=wait))


def _fail(pull_request: PullRequest, why: str, version: int) -> None:
    """Give up until a person acts: retries in the administration, or changes the model again."""
    PullRequest.objects.filter(pk=pull_request.pk).update(
        last_error=why, sent_version=version, attempts=F("attempts") + 1
    )
    unsent = pull_request.changes.filter(state__in=[ChangeState.WAITING, ChangeState.SENDING])
    _update_in_order(unsent, state=ChangeState.FAILED, last_error=why)


def _stop(pull_request: PullRequest, why: str, version: int) -> None:
    PullRequest.objects.filter(pk=pull_request.pk).update(
        state=PullRequestState.STOPPED, last_error=why, sent_version=version
    )
    _set_states(pull_request, ChangeState.SENDING, ChangeState.FAILED)
    _update_in_order(pull_request.changes.filter(state=ChangeState.FAILED), last_error=why)


def retry(change: UpstreamChange) -> None:
    """Try again what failed or waits; also a branch that the hub had stopped at."""
    pull_request = change.pull_request
    if pull_request is None:
        return
    UpstreamChange.objects.filter(pull_request=pull_request, state=ChangeState.FAILED).update(
        state=ChangeState.WAITING, last_error=""
    )
    state = PullRequestState.OPEN if pull_request.number else PullRequestState.PLANNED
    PullRequest.objects.filter(
        pk=pull_request.pk,
        state__in=[PullRequestState.STOPPED, PullRequestState.PLANNED, PullRequestState.OPEN],
    ).update(
        state=state,
        attempts=0,
        last_error="",
        next_attempt_at=timezone.now(),
        wanted_version=F("wanted_version") + 1,
    )


def cancel(change: UpstreamChange) -> bool:
    """Call back what has not been sent. False where it is too late."""
    return bool(
        UpstreamChange.objects.filter(
            pk=change.pk,
            state__in=[ChangeState.WAITING, ChangeState.CONFLICT, ChangeState.FAILED],
        ).update(state=ChangeState.CANCELLED)
    )
