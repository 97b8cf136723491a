"""Plans pull requests, and asks the workers to send them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from models_registry.models import (
    LIVE_STATES,
    ChangeState,
    PullRequest,
    PullRequestState,
    RegisteredModel,
    UpstreamChange,
)

LIVE_PULL_REQUESTS = (
    PullRequestState.PLANNED,
    PullRequestState.OPEN,
    PullRequestState.STOPPED,
)


def lock_live(models: Collection[RegisteredModel]) -> None:
    """Lock the pull requests that changes of these models are on their way with, in one order."""
    if len(models) < 2:
        return
    names = {model.name_key for model in models}
    live = UpstreamChange.objects.filter(name_key__in=names, state__in=LIVE_STATES)
    rows = PullRequest.objects.filter(pk__in=live.values("pull_request"))
    list(rows.select_for_update().order_by("pk").values_list("pk"))


def lock_change(change: UpstreamChange) -> UpstreamChange:
    """Lock the change's pull request, then the change; the change as it is now.

    Another order could deadlock with `settle`, which locks all changes of its pull request.
    """
    rows = PullRequest.objects.filter(changes=change.pk)
    list(rows.select_for_update(of=("self",)).values_list("pk"))
    return UpstreamChange.objects.select_for_update().get(pk=change.pk)


def wake(pull_request: PullRequest) -> None:
    """Mark the pull request as having something new to send."""
    pull_request.wanted_version = F("wanted_version") + 1
    pull_request.save(update_fields=["wanted_version"])
    pull_request.refresh_from_db(fields=["wanted_version"])


def plan_pull_request(change: UpstreamChange, by: User | None) -> PullRequest:
    """A new pull request; its branch is named after its first change."""
    # Git allows few characters in branch names, and no "..".
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", change.name[:80]).replace("..", "-")
    stem = f"hub/{change.kind}-{change.model_type}-{name}-{change.key.hex[:10]}"
    earlier = PullRequest.objects.filter(branch__startswith=stem).count()
    return PullRequest.objects.create(
        branch=f"{stem}-{earlier + 1}" if earlier else stem,
        by=by,
        next_attempt_at=timezone.now() + timedelta(seconds=settings.ENV.gather_seconds),
    )


def regroup(changes: Iterable[UpstreamChange]) -> None:
    """Give changes that were too late for their closed pull request a new one together."""
    waiting = list(changes)
    if not waiting:
        return
    fresh = plan_pull_request(waiting[-1], waiting[-1].created_by)
    for change in waiting:
        change.pull_request = fresh
        change.state = ChangeState.WAITING
        # A commit that was made for it was not pushed.
        change.commit = change.sent = change.theirs = ""
        change.save(
            update_fields=["pull_request", "state", "commit", "sent", "theirs", "changed_at"]
        )
