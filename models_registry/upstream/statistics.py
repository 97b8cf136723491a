"""Statistics about the outbox for the people who run the hub."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, F, Min, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from models_registry.models import (
    ChangeState,
    PullRequest,
    PullRequestState,
    UpstreamChange,
)

DAYS = 30
# States that need a person, and states that proceed automatically.
NEEDS_PERSON = (ChangeState.CONFLICT, ChangeState.FAILED)
UNSENT = (ChangeState.WAITING, ChangeState.SENDING)


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers; medians are over the last DAYS days, None without data."""

    states: list[tuple[ChangeState, int]]
    oldest_waiting: datetime | None
    hours_to_open: float | None
    hours_to_merge: float | None
    # The newest change with an error.
    in_the_way: UpstreamChange | None
    next_attempt: datetime | None

    @property
    def total(self) -> int:
        """The number of all changes."""
        return sum(count for _state, count in self.states)


def figures(changes: QuerySet[UpstreamChange], now: datetime | None = None) -> Figures:
    """The statistics of these changes, which are those that a user may see."""
    now = now or timezone.now()
    since = now - timedelta(days=DAYS)
    counted = dict(changes.order_by().values_list("state").annotate(Count("pk")))
    opened = changes.filter(opened_at__gte=since).values_list("created_at", "opened_at")
    merged = changes.filter(merged_at__gte=since).values_list("created_at", "merged_at")
    troubled = changes.filter(state__in=[*UNSENT, *NEEDS_PERSON]).exclude(last_error="")
    return Figures(
        states=[(state, counted.get(state, 0)) for state in ChangeState],
        oldest_waiting=changes.filter(state__in=UNSENT).aggregate(at=Min("created_at"))["at"],
        hours_to_open=_median_hours(opened),
        hours_to_merge=_median_hours(merged),
        in_the_way=troubled.order_by("-pk").first(),
        next_attempt=_next_attempt(changes),
    )


def _median_hours(moments: Iterable[tuple[datetime, datetime | None]]) -> float | None:
    taken = [(end - begin).total_seconds() / 3600 for begin, end in moments if end is not None]
    return max(0.0, median(taken)) if taken else None


def _next_attempt(changes: QuerySet[UpstreamChange]) -> datetime | None:
    """The time at which the first of their unsent pull requests is due."""
    waiting = PullRequest.objects.filter(
        state__in=[PullRequestState.PLANNED, PullRequestState.OPEN],
        wanted_version__gt=F("sent_version"),
        pk__in=changes.order_by().values("pull_request"),
    )
    due = Greatest("next_attempt_at", Coalesce("not_before", "next_attempt_at"))
    moment: datetime | None = waiting.aggregate(at=Min(due))["at"]
    return moment
