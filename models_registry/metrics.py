"""Prometheus metrics of models, lists, updates and changes for upstream.

All numbers are counted in the database on request. Web processes and workers are many, and a
counter in one of them would know only its own part. Each function takes one query, except for the
outbox, which takes four.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.utils import timezone
from prometheus_client.metrics_core import (
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.models import (
    CatalogueList,
    ChangeKind,
    ChangeState,
    ListRevision,
    PullRequest,
    PullRequestState,
    RegisteredModel,
    RemovalState,
    RepositoryRecord,
    ServerList,
    UnreadableFile,
    UpdateRun,
    UpstreamChange,
    UpstreamPath,
    UpstreamRemoval,
    Visibility,
)
from models_registry.sync import follow_upstream
from models_registry.upstream import worker

# Upper bounds of the histograms. Opening normally takes a minute; merging depends on people.
OPEN_SECONDS = (60, 120, 300, 900, 3600, 6 * 3600, 86_400, 7 * 86_400)
MERGE_SECONDS = (3600, 6 * 3600, 86_400, 3 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400)
UNSENT = (ChangeState.WAITING, ChangeState.SENDING)
# Classes of reasons why a pull request is not sent, as far as its row tells.
TROUBLES = ("stopped", "no_token", "rate_limit", "retrying", "given_up")


def collect() -> Iterator[Metric]:
    """All metrics of the registry."""
    now = timezone.now()
    yield from _changes(now)
    yield from _pull_requests(now)
    yield from _durations()
    yield from _upstream_state(now)
    yield from _update_runs(now)
    yield from _models()
    yield from _lists(now)
    yield from _sources(now)


def _changes(now: datetime) -> Iterator[Metric]:
    changes = GaugeMetricFamily(
        "xhub_upstream_changes", "Outgoing changes by state and kind.", labels=("state", "kind")
    )
    rows = UpstreamChange.objects.order_by().values_list("state", "kind")
    found = {
        (state, kind): (count, oldest)
        for state, kind, count, oldest in rows.annotate(Count("pk"), Min("created_at"))
    }
    for state in ChangeState:
        for kind in ChangeKind:
            changes.add_metric((state.value, kind.value), found.get((state, kind), (0, None))[0])
    yield changes
    waiting = [oldest for (state, _kind), (_count, oldest) in found.items() if state in UNSENT]
    yield GaugeMetricFamily(
        "xhub_upstream_oldest_waiting_age_seconds",
        "Age of the oldest change that has not reached a pull request yet; 0 where none waits.",
        value=_age(min(waiting), now) if waiting else 0,
    )


def _pull_requests(now: datetime) -> Iterator[Metric]:
    pulls = GaugeMetricFamily("xhub_pull_requests", "Pull requests by state.", labels=("state",))
    troubled = GaugeMetricFamily(
        "xhub_pull_requests_in_trouble",
        "Pull requests that did not go out, by the class of what was last in the way.",
        labels=("reason",),
    )
    attempts = GaugeMetricFamily(
        "xhub_pull_request_attempts",
        "Vain attempts so far at pull requests that are still on their way.",
    )
    rows = (
        PullRequest.objects.order_by()
        .annotate(trouble=_trouble(now))
        .values_list("state", "trouble")
        .annotate(Count("pk"), Sum("attempts"))
    )
    by_state = dict.fromkeys(PullRequestState, 0)
    by_trouble = dict.fromkeys(TROUBLES, 0)
    tries = 0
    for state, trouble, count, tried in rows:
        by_state[PullRequestState(state)] += count
        if trouble:
            by_trouble[trouble] += count
            tries += tried
    for one, count in by_state.items():
        pulls.add_metric((one.value,), count)
    for reason, count in by_trouble.items():
        troubled.add_metric((reason,), count)
    attempts.add_metric((), tries)
    yield from (pulls, troubled, attempts)
    yield GaugeMetricFamily(
        "xhub_upstream_due",
        "Pull requests with something to send that a worker may take up now.",
        value=worker.due(now).count(),
    )


def _trouble(now: datetime) -> Case:
    """The class of TROUBLES for a row that is being sent and has an error; otherwise empty."""
    live = Q(state__in=[PullRequestState.PLANNED, PullRequestState.OPEN])
    return Case(
        When(state=PullRequestState.STOPPED, then=Value("stopped")),
        When(~live | Q(last_error=""), then=Value("")),
        When(
            last_error__in=[worker.NOBODY_TO_SEND, worker.OLD_NOBODY_TO_SEND],
            then=Value("no_token"),
        ),
        When(not_before__gt=now, then=Value("rate_limit")),
        When(wanted_version__gt=F("sent_version"), then=Value("retrying")),
        default=Value("given_up"),
        output_field=CharField(),
    )


def _durations() -> Iterator[Metric]:
    """How long changes took to be opened and merged, over all changes.

    Computed in Python: SQLite's time arithmetic would call back into Python for each row and bound.
    """
    taken: dict[str, list[float]] = {"open": [], "merge": []}
    rows = UpstreamChange.objects.order_by().filter(
        Q(opened_at__isnull=False) | Q(merged_at__isnull=False)
    )
    for begun, opened, merged in rows.values_list("created_at", "opened_at", "merged_at"):
        for measure, end in (("open", opened), ("merge", merged)):
            if end is not None:
                taken[measure].append(_age(begun, end))
    for measure, bounds, told in (
        ("open", OPEN_SECONDS, "Time from a change to its pull request."),
        ("merge", MERGE_SECONDS, "Time from a change to its merge."),
    ):
        found = sorted(taken[measure])
        buckets = [(str(bound), bisect_right(found, bound)) for bound in bounds]
        buckets.append(("+Inf", len(found)))
        name = f"xhub_upstream_{measure}_seconds"
        yield HistogramMetricFamily(name, told, buckets=buckets, sum_value=sum(found))


def _upstream_state(now: datetime) -> Iterator[Metric]:
    """When upstream was last seen, and what needs a person's decision, in one query."""
    looks = UpstreamPath.objects.filter(path=follow_upstream.FOLDER).annotate(at=F("seen_at"))
    waiting = UpstreamRemoval.objects.filter(state=RemovalState.WAITING)
    never = Value(None, output_field=DateTimeField())
    look, files, removals = (
        rows.order_by().annotate(what=Value(what)).values_list("what", "pk", "at")
        for rows, what in (
            (looks, "look"),
            (UnreadableFile.objects.annotate(at=never), "file"),
            (waiting.annotate(at=never), "removal"),
        )
    )
    found = list(look.union(files, removals, all=True))
    counts = Counter(what for what, _pk, _at in found)
    last = GaugeMetricFamily(
        "xhub_upstream_last_look_age_seconds",
        "Time since upstream was last asked what it has, with success; absent before the first.",
    )
    for what, _pk, at in found:
        if what == "look":
            last.add_metric((), _age(at, now))
    yield last
    yield GaugeMetricFamily(
        "xhub_upstream_unreadable_files",
        "Files of upstream that cannot be read; their models stay as they are here.",
        value=counts["file"],
    )
    yield GaugeMetricFamily(
        "xhub_upstream_removals_waiting",
        "Models that upstream has removed and that wait for a maintainer's decision here.",
        value=counts["removal"],
    )


def _update_runs(now: datetime) -> Iterator[Metric]:
    runs = GaugeMetricFamily(
        "xhub_update_runs", "Updates from the source so far.", labels=("model_type", "state")
    )
    ages = GaugeMetricFamily(
        "xhub_update_last_success_age_seconds",
        "Time since the last update from the source that succeeded; absent where none did.",
        labels=("model_type",),
    )
    rows = UpdateRun.objects.order_by().values_list("model_type", "state")
    for model_type, state, count, finished in rows.annotate(Count("pk"), Max("finished_at")):
        runs.add_metric((model_type, state), count)
        if state == UpdateRun.State.DONE and finished is not None:
            ages.add_metric((model_type,), _age(finished, now))
    yield from (runs, ages)


def _models() -> Iterator[Metric]:
    """Public models by type; of the other visibilities only totals."""
    public = GaugeMetricFamily(
        "xhub_models_public",
        "Published public models that have not expired, by type.",
        labels=("model_type",),
    )
    totals = GaugeMetricFamily(
        "xhub_models", "Published models, expired ones too, by visibility.", labels=("visibility",)
    )
    alive = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    rows = (
        RegisteredModel.objects.filter(published_revision__isnull=False)
        .order_by()
        .values_list("visibility", "model_type")
        .annotate(all=Count("pk"), living=Count("pk", filter=alive))
    )
    by_type = dict.fromkeys(MODEL_TYPES, 0)
    by_visibility = dict.fromkeys(Visibility, 0)
    for visibility, model_type, count, living in rows:
        by_visibility[Visibility(visibility)] += count
        if visibility == Visibility.PUBLIC:
            by_type[model_type] = living
    for model_type, count in by_type.items():
        public.add_metric((model_type,), count)
    for one, count in by_visibility.items():
        totals.add_metric((one.value,), count)
    yield from (public, totals)


def _lists(now: datetime) -> Iterator[Metric]:
    labels = ("model_type",)
    sizes = GaugeMetricFamily("xhub_list_bytes", "Size of a type's list, as it is.", labels=labels)
    records = GaugeMetricFamily("xhub_list_records", "Records in a type's list.", labels=labels)
    models = GaugeMetricFamily("xhub_list_models", "Models in a type's list.", labels=labels)
    left_out = GaugeMetricFamily(
        "xhub_list_models_left_out",
        "Models that a type's list holds back, since they would spoil it.",
        labels=labels,
    )
    holders = GaugeMetricFamily(
        "xhub_list_holders",
        "Records of clients, servers and folders that hold a type's list.",
        labels=labels,
    )
    recent = GaugeMetricFamily(
        "xhub_list_holders_seen_today",
        "The same, as far as they were seen in the last 24 hours.",
        labels=labels,
    )
    held_by = ServerList.objects.filter(model_type=OuterRef("model_type")).order_by()
    counted = held_by.values("model_type").annotate(count=Count("pk")).values("count")
    served = ListRevision.objects.order_by().filter(
        model_type=OuterRef("model_type"), number=OuterRef("revision")
    )
    rows = CatalogueList.objects.order_by("model_type").annotate(
        size=Subquery(served.values("size")),
        holders=Subquery(counted),
        recent=Subquery(counted.filter(seen_at__gt=now - timedelta(days=1))),
    )
    for model_type, size, record_count, model_count, held, known, seen in rows.values_list(
        "model_type", "size", "record_count", "model_count", "left_out", "holders", "recent"
    ):
        holders.add_metric((model_type,), known or 0)
        recent.add_metric((model_type,), seen or 0)
        sizes.add_metric((model_type,), size or 0)
        records.add_metric((model_type,), record_count)
        models.add_metric((model_type,), model_count)
        left_out.add_metric((model_type,), len(held))
    yield from (sizes, records, models, left_out, holders, recent)


def _sources(now: datetime) -> Iterator[Metric]:
    """The source repositories by hub and state, and how far behind the visits are."""
    states = GaugeMetricFamily(
        "xhub_source_repositories",
        "Source repositories that models name, by hub and state.",
        labels=("hub", "state"),
    )
    oldest = GaugeMetricFamily(
        "xhub_source_oldest_due_age_seconds",
        "Time since the visit of a source repository was due; 0 where none waits.",
        labels=("hub",),
    )
    rows = (
        RepositoryRecord.objects.visitable()
        .order_by()
        .values_list("hub", "status")
        .annotate(Count("pk"), Min("next_visit_at"))
    )
    due: dict[str, datetime] = {}
    for hub, status, count, first in rows:
        states.add_metric((hub, status), count)
        due[hub] = min(first, due.get(hub, first))
    for hub, first in sorted(due.items()):
        oldest.add_metric((hub,), _age(first, now))
    yield from (states, oldest)


def _age(moment: datetime, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())
