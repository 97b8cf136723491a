"""Figures of the reviews: how many wait, for how long, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from models_registry.models import Visibility
from reviews.lookup import Person, queue, reviewable
from reviews.models import Decision, Proposal, Review

WEEKS = 12
# Fewer decisions say nothing about the next one.
ENOUGH = 3
# Upper limits in days; the last group has none.
AGE_BOUNDS: tuple[tuple[str | Promise, float], ...] = (
    (_("under a day"), 1),
    (_("1–3 days"), 3),
    (_("3–7 days"), 7),
    (_("1–2 weeks"), 14),
    (_("2–4 weeks"), 28),
    (_("over 4 weeks"), float("inf")),
)


@dataclass(frozen=True, slots=True)
class Week:
    """The decisions of one week: Monday's date, how many of each kind, median hours of waiting."""

    monday: date
    approved: int
    requested: int
    rejected: int
    median_hours: float | None

    @property
    def decisions(self) -> int:
        """The number of all decisions."""
        return self.approved + self.requested + self.rejected


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """The figures of the page; times are in hours."""

    waiting: int
    with_authors: int
    oldest_hours: float | None
    median_hours: float | None
    decisions: int
    ages: list[tuple[str | Promise, int]]
    weeks: list[Week]


def figures(user: Person, now: datetime | None = None) -> ReviewFigures:
    """The figures of the proposals that the person may see, for the last WEEKS weeks.

    The time to a decision is the time from a round's submission to the verdict on it.
    """
    now = now or timezone.now()
    waiting = list(queue(user).waiting().values_list("created_at", flat=True))
    monday = (now - timedelta(days=now.weekday())).date()
    first = monday - timedelta(weeks=WEEKS - 1)
    # Also the verdicts on earlier rounds: who asked for changes is not forgotten with the next one.
    roots = reviewable(user).annotate(root=Coalesce("proposal", "pk")).values("root")
    of_threads = Q(revision__in=roots) | Q(revision__proposal__in=roots)
    reviews = list(
        Review.objects.filter(created_at__date__gte=first, created_at__lte=now)
        .filter(of_threads)
        .values_list("created_at", "revision__created_at", "decision")
    )
    waits = [_hours(begun, decided) for decided, begun, _decision in reviews]
    return ReviewFigures(
        waiting=len(waiting),
        with_authors=queue(user).filter(state="changes_requested").count(),
        oldest_hours=max((_hours(moment, now) for moment in waiting), default=None),
        median_hours=median(waits) if waits else None,
        decisions=len(reviews),
        ages=_ages(waiting, now),
        weeks=[_week(first + timedelta(weeks=number), reviews) for number in range(WEEKS)],
    )


@dataclass(frozen=True, slots=True)
class ExpectedWait:
    """What an author can expect: how many proposals are before theirs, and how long half of all
    rounds have waited for a verdict (None if there were too few)."""

    before: int
    median_hours: float | None


def expected_wait(proposal: Proposal, now: datetime | None = None) -> ExpectedWait:
    """How long a waiting proposal will probably wait, by what was decided in the last WEEKS weeks.

    SECURITY: only proposals of public models count, so that it tells nothing of hidden ones.
    """
    now = now or timezone.now()
    waiting = Proposal.objects.waiting().filter(visibility=Visibility.PUBLIC)
    reviews = Review.objects.filter(
        created_at__gte=now - timedelta(weeks=WEEKS), revision__visibility=Visibility.PUBLIC
    ).values_list("revision__created_at", "created_at")
    waits = [_hours(begun, decided) for begun, decided in reviews.order_by("-created_at")[:500]]
    return ExpectedWait(
        before=waiting.filter(created_at__lt=proposal.created_at).count(),
        median_hours=median(waits) if len(waits) >= ENOUGH else None,
    )


def _ages(waiting: list[datetime], now: datetime) -> list[tuple[str | Promise, int]]:
    days = [_hours(moment, now) / 24 for moment in waiting]
    found: list[tuple[str | Promise, int]] = []
    low = float("-inf")
    for label, high in AGE_BOUNDS:
        found.append((label, sum(low <= age < high for age in days)))
        low = high
    return found


def _week(monday: date, reviews: list[tuple[datetime, datetime, str]]) -> Week:
    mine = [
        (decided, begun, decision)
        for decided, begun, decision in reviews
        if monday <= decided.date() < monday + timedelta(weeks=1)
    ]
    waits = [_hours(begun, decided) for decided, begun, _decision in mine]
    made = [decision for _decided, _begun, decision in mine]
    return Week(
        monday=monday,
        approved=made.count(Decision.APPROVE),
        requested=made.count(Decision.REQUEST_CHANGES),
        rejected=made.count(Decision.REJECT),
        median_hours=median(waits) if waits else None,
    )


def _hours(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds() / 3600)
