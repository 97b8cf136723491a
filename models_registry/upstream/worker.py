"""Sends what is due in the outbox. Any number of workers may run, and any may die at any time.

A worker holds a lease while it works on a pull request. Everything that it writes to GitHub can be
found again: branches are named after their changes, and each commit is recorded before a branch is
moved to it. So a second attempt finds what the first one did, and continues from there.
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

from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.models import (
    ChangeState,
    PullRequest,
    PullRequestState,
    UpstreamChange,
)
from models_registry.stored_reasons import reason, reason_of
from models_registry.upstream import delivery
from models_registry.upstream.errors import (
    Busy,
    GatewayError,
    LeaseLost,
    MustWait,
    Refused,
    Stopped,
    TryAgain,
    UnreadableUpstream,
)
from models_registry.upstream.tokens import tokens_for

logger = logging.getLogger(__name__)

# Longer than the time limit of a task, so that the worker of an expired lease has ended.
LEASE = timedelta(seconds=900)
FIRST_WAIT_SECONDS = 20
LONGEST_WAIT_SECONDS = 3600
MAX_ATTEMPTS = 15
# After a temporary cause that a person must fix.
SLOW_RETRY = timedelta(hours=1)
# As often as upstream is read.
UPSTREAM_WAIT = timedelta(minutes=10)
NOBODY_TO_SEND = reason("no_github_token")
# The same as earlier releases stored it.
OLD_NOBODY_TO_SEND = (
    "There is no GitHub token to send it with: neither its author nor the hub has one. "
    "The page of the model has the patch."
)


def due(now: datetime | None = None, *, at_once: bool = False) -> QuerySet[PullRequest]:
    """The pull requests with something to send; `at_once` also includes those that wait for a
    time."""
    now = now or timezone.now()
    rows = PullRequest.objects.filter(
        Q(leased_until__isnull=True) | Q(leased_until__lt=now),
        Q(not_before__isnull=True) | Q(not_before__lte=now),
        state__in=[PullRequestState.PLANNED, PullRequestState.OPEN],
        wanted_version__gt=F("sent_version"),
    )
    if not at_once:
        rows = rows.filter(next_attempt_at__lte=now)
    return rows.order_by("next_attempt_at", "pk")


def send_due(*, at_once: bool = False) -> list[PullRequest]:
    """Send everything that is due; returns the pull requests that were sent, as they are now."""
    done = []
    for pk in list(due(at_once=at_once).values_list("pk", flat=True)):
        if send(pk, at_once=at_once):
            done.append(pk)
    return list(PullRequest.objects.filter(pk__in=done).order_by("pk"))


def send(pk: int, *, at_once: bool = False) -> bool:
    """Send one pull request to GitHub. False if another worker has it, or nothing is due.

    Never raises for errors of GitHub: the row says what happened and when it continues.
    """
    with _leased(pk, at_once=at_once) as work:
        if work is None:
            return False
        pull_request, lease = work
        version = pull_request.wanted_version
        if not tokens_for(pull_request.by):
            _postpone(pull_request, NOBODY_TO_SEND, until=timezone.now() + timedelta(minutes=5))
            return True
        # Changes that failed for a temporary cause are retried, too.
        for state in (ChangeState.WAITING, ChangeState.FAILED):
            _set_states(pull_request, state, ChangeState.SENDING)
        try:
            delivery.deliver(pull_request, lambda: _extend_lease(pk, lease))
        except LeaseLost:
            logger.warning("Another worker has taken over %s.", pull_request.branch)
        except MustWait as error:
            _postpone(pull_request, reason_of(error), until=error.until)
            # The account's rate limit blocks everything else of the account, too.
            PullRequest.objects.filter(pk=pk).update(not_before=error.until)
        except (TryAgain, Busy) as error:
            _try_later(pull_request, reason_of(error))
        except UnreadableUpstream as error:
            _postpone(pull_request, reason_of(error), until=timezone.now() + UPSTREAM_WAIT)
        except Stopped as error:
            _stop(pull_request, reason_of(error), version)
        except (Refused, DefinitionTextError) as error:
            _fail(pull_request, reason_of(error), version)
        except GatewayError as error:
            _fail_for_now(pull_request, reason_of(error))
        else:
            PullRequest.objects.filter(pk=pk).update(
                sent_version=version, attempts=0, last_error="", next_attempt_at=timezone.now()
            )
    return True


@contextmanager
def _leased(pk: int, *, at_once: bool) -> Iterator[tuple[PullRequest, str] | None]:
    """Take a lease on the pull request if it is due and nobody else has one."""
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


def _extend_lease(pk: int, lease: str) -> None:
    """Extend the lease before something is written. Raises LeaseLost if it is no longer ours."""
    extended = PullRequest.objects.filter(pk=pk, lease=lease).update(
        leased_until=timezone.now() + LEASE
    )
    if not extended:
        raise LeaseLost("lease_lost")


def _set_states(pull_request: PullRequest, before: ChangeState, after: ChangeState) -> None:
    _update_in_order(pull_request.changes.filter(state=before), state=after)


def _update_in_order(rows: QuerySet[Any], **values: Any) -> None:
    """Update rows that others update, too. Lock them in one order, or two transactions deadlock."""
    with transaction.atomic():
        keys = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
        rows.model._default_manager.filter(pk__in=keys).update(**values)


def _postpone(pull_request: PullRequest, why: str, *, until: datetime) -> None:
    PullRequest.objects.filter(pk=pull_request.pk).update(last_error=why, next_attempt_at=until)
    _set_states(pull_request, ChangeState.SENDING, ChangeState.WAITING)
    _update_in_order(pull_request.changes.filter(state=ChangeState.WAITING), last_error=why)


def _try_later(pull_request: PullRequest, why: str) -> None:
    attempts = pull_request.attempts + 1
    PullRequest.objects.filter(pk=pull_request.pk).update(attempts=attempts)
    if attempts >= MAX_ATTEMPTS:
        _fail_for_now(pull_request, reason("failed_after_attempts", why=why, attempts=attempts))
        return
    wait = min(FIRST_WAIT_SECONDS * 2 ** (attempts - 1), LONGEST_WAIT_SECONDS)
    # Workers that failed together must not retry together.
    wait *= random.uniform(0.75, 1.25)  # noqa: S311
    _postpone(pull_request, why, until=timezone.now() + timedelta(seconds=wait))


def _fail_for_now(pull_request: PullRequest, why: str) -> None:
    """Mark as failed, and retry automatically: a token may be renewed, a repository unarchived, a
    setting fixed."""
    message = reason("retried_every_hour", why=why)
    wait = SLOW_RETRY * random.uniform(0.9, 1.1)  # noqa: S311
    PullRequest.objects.filter(pk=pull_request.pk).update(
        last_error=message, attempts=F("attempts") + 1, next_attempt_at=timezone.now() + wait
    )
    _update_in_order(_unsent(pull_request), state=ChangeState.FAILED, last_error=message)


def _unsent(pull_request: PullRequest) -> QuerySet[UpstreamChange]:
    return pull_request.changes.filter(state__in=[ChangeState.WAITING, ChangeState.SENDING])


def _fail(pull_request: PullRequest, why: str, version: int) -> None:
    """Mark as failed for a cause that no retry fixes.

    A person must act: retry on a page, or change the model.
    """
    PullRequest.objects.filter(pk=pull_request.pk).update(
        last_error=why, sent_version=version, attempts=F("attempts") + 1
    )
    _update_in_order(_unsent(pull_request), state=ChangeState.FAILED, last_error=why)


def _stop(pull_request: PullRequest, why: str, version: int) -> None:
    PullRequest.objects.filter(pk=pull_request.pk).update(
        state=PullRequestState.STOPPED, last_error=why, sent_version=version
    )
    _set_states(pull_request, ChangeState.SENDING, ChangeState.FAILED)
    _update_in_order(pull_request.changes.filter(state=ChangeState.FAILED), last_error=why)


def retry(change: UpstreamChange) -> None:
    """Send failed or waiting changes again; also on a branch where the hub had stopped."""
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
    """Cancel a change that has not been sent. False if it is too late."""
    return bool(
        UpstreamChange.objects.filter(
            pk=change.pk,
            state__in=[ChangeState.WAITING, ChangeState.CONFLICT, ChangeState.FAILED],
        ).update(state=ChangeState.CANCELLED)
    )
