"""Visits source repositories: on schedule in short rounds, or all at once for a command.

A round may die at any line: each visit is recorded when it has ended, so the next round goes on
with the rest. The network is asked in threads, the database only here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.utils import timezone

from models_registry.errors import InvalidParameter
from models_registry.models import ModelSource, RepositoryRecord, RepositoryRecordQuerySet
from models_registry.repositories.visit import Visit, VisitOutcome, visit
from models_registry.source_links import VISITED, readme_wanted
from models_registry.stored_reasons import reason_of
from models_registry.visits import lanes, outcomes
from models_registry.visits.lanes import Lane, LaneLost

TASK: Final = "models_registry.visit_sources"
# Less than the time between two rounds, so that a worker's process is not held all the time.
SECONDS: Final = 45.0
BATCH: Final = 60

logger = logging.getLogger(__name__)
_PENDING = dict[Future[Visit], tuple[Lane, RepositoryRecord]]


@dataclass(slots=True)
class RoundReport:
    """How many repositories were visited, and of how many nothing could be read."""

    visited: int = 0
    failed: int = 0
    # Visited, and not yet known to the models that name them.
    news: list[RepositoryRecord] = field(default_factory=list)


def due() -> RepositoryRecordQuerySet:
    """The repositories that may be visited and whose time has come."""
    return RepositoryRecord.objects.visitable().filter(next_visit_at__lte=timezone.now())


def visit_due(*, seconds: float = SECONDS) -> RoundReport:
    """Visit what is due for so many seconds, at each hub within its limits."""
    report = RoundReport()
    if not settings.ENV.source_visits:
        return report
    outcomes.finish_interrupted()
    with _entered() as entered:
        _work(entered, due(), report, end=time.monotonic() + seconds)
    return report


def visit_all(
    chosen: RepositoryRecordQuerySet,
    *,
    on_visit: Callable[[RepositoryRecord, Visit], None],
    on_pause: Callable[[float], None],
) -> RoundReport:
    """Visit these repositories now, and wait as long as the hubs ask for.

    `on_pause` gets the seconds before each wait. Each repository is visited once.
    """
    report = RoundReport()
    began = timezone.now()
    while True:
        left = chosen.exclude(visited_at__gte=began)
        with _entered() as entered:
            _work(entered, left, report, on_visit=on_visit)
        hubs = set(left.order_by().values_list("hub", flat=True))
        if not hubs:
            return report
        moments = [moment for hub in hubs if (moment := lanes.opens_at(hub))]
        if len(moments) == len(hubs):
            pause = max((min(moments) - timezone.now()).total_seconds(), 1.0)
            on_pause(pause)
            time.sleep(pause)


@contextmanager
def _entered() -> Iterator[list[Lane]]:
    entered = [lane for hub in VISITED if (lane := lanes.enter(hub)) is not None]
    try:
        yield entered
    finally:
        for lane in entered:
            lane.release()


def _work(
    entered: list[Lane],
    chosen: RepositoryRecordQuerySet,
    report: RoundReport,
    *,
    end: float | None = None,
    on_visit: Callable[[RepositoryRecord, Visit], None] | None = None,
) -> None:
    if not entered:
        return
    pending: _PENDING = {}
    with ThreadPoolExecutor(lanes.PARALLEL * len(entered)) as pool:
        while True:
            for lane in entered:
                _fill(lane, chosen, pool, pending, end)
            if not pending:
                break
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                lane, record = pending.pop(future)
                found = _result(future, record)
                _record(lane, record, found, report)
                if on_visit is not None:
                    on_visit(record, found)
            if len(report.news) >= BATCH:
                _spread(report)
    _spread(report)


def _spread(report: RoundReport) -> None:
    """Tell the models. Repositories of one model are visited together, so that this is rare."""
    outcomes.spread_news(report.news)
    report.news.clear()


def _result(future: Future[Visit], record: RepositoryRecord) -> Visit:
    try:
        return future.result()
    except InvalidParameter as error:
        # An id that no hub is asked for: nothing was sent.
        return Visit(VisitOutcome.UNREADABLE, problem=reason_of(error))
    # One answer that nobody has thought of must not stop the visits of all others.
    except Exception:
        logger.exception("The visit of %s failed.", record)
        return Visit(VisitOutcome.UNREADABLE, requests=1)


def _fill(
    lane: Lane,
    chosen: RepositoryRecordQuerySet,
    pool: ThreadPoolExecutor,
    pending: _PENDING,
    end: float | None,
) -> None:
    """Start visits until as many are under way as the hub may be asked at a time."""
    under_way = sum(other is lane for other, _ in pending.values())
    # Each may take two requests, of which the window knows only when it has ended.
    while lane.is_open and under_way < min(lanes.PARALLEL, max(lane.left // 2, 1)):
        if end is not None and time.monotonic() >= end:
            return
        record = _next(lane, chosen, pending)
        if record is None:
            return
        known = outcomes.known_of(record, wants_readme=getattr(record, "wants_readme", False))
        future = pool.submit(visit, record.hub, record.repository_id, known, token=lane.token)
        pending[future] = (lane, record)
        under_way += 1


def _next(
    lane: Lane, chosen: RepositoryRecordQuerySet, pending: _PENDING
) -> RepositoryRecord | None:
    if not lane.waiting and lane.has_more:
        under_way = [record.pk for _, record in pending.values()]
        found = _ordered(chosen.filter(hub=lane.hub).exclude(pk__in=under_way))
        lane.waiting = list(found[:BATCH])
        lane.has_more = len(lane.waiting) == BATCH
    return lane.waiting.pop(0) if lane.waiting else None


def _ordered(chosen: RepositoryRecordQuerySet) -> QuerySet[RepositoryRecord]:
    """The repositories that pages show first come first, then those that wait longest."""
    shown = ModelSource.objects.filter(repository=OuterRef("pk"), position=0)
    return chosen.annotate(
        wants_readme=Case(When(readme_wanted(), then=Value(True)), default=Value(False)),
        rank=Case(When(Exists(shown), then=Value(0)), default=Value(1)),
    ).order_by("rank", "next_visit_at", "pk")


def _record(lane: Lane, record: RepositoryRecord, found: Visit, report: RoundReport) -> None:
    """Write a visit and its consequences for the hub's limits."""
    try:
        lane.spend(found.requests)
        if found.outcome == VisitOutcome.BUSY:
            lane.pause(timedelta(seconds=found.retry_after or 0))
            return
        outcomes.write(record, found)
        report.news.append(record)
        report.visited += 1
        if found.outcome == VisitOutcome.UNREADABLE:
            report.failed += 1
            if found.requests:
                lane.failed()
        else:
            lane.succeeded()
        if found.retry_after is not None:
            lane.pause(timedelta(seconds=found.retry_after))
    except LaneLost:
        lane.is_open = False
    # One answer that can't be written must not stop the visits of all others.
    except Exception:
        logger.exception("The visit of %s could not be written.", record)
        report.failed += 1
        outcomes.put_off(record)
