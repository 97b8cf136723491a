"""GET /metrics: the figures of all apps for a monitoring system.

In Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/), or
OpenMetrics for a client that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from secrets import compare_digest

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from hub import figures, heartbeat, task_queue
from hub.models import OutgoingMail
from hub.version import VERSION
from models_registry import metrics as registry_metrics
from models_registry import policy
from reviews import metrics as review_metrics


class HubCollector(Collector):
    """Collects the figures of each app on every request; it stores nothing in between."""

    def collect(self) -> Iterator[Metric]:
        """All metric families of all apps."""
        yield from registry_metrics.collect()
        yield from review_metrics.collect()
        seen = GaugeMetricFamily(
            "xhub_worker_last_seen_age_seconds",
            "Time since a worker of the queue last reported that it works; absent if none has.",
            labels=("queue",),
        )
        for queue in (task_queue.PEOPLE, task_queue.BACKGROUND):
            if (age := heartbeat.age_seconds(queue)) is not None:
                seen.add_metric((queue,), age)
        yield seen
        yield from _mail()
        yield from _queues()
        yield from _figures()
        yield InfoMetricFamily("xhub", "The hub.", {"version": VERSION})


def _queues() -> Iterator[Metric]:
    queues = GaugeMetricFamily(
        "xhub_queue_tasks",
        "Tasks that wait in the broker, by queue; absent if the broker does not answer.",
        labels=("queue",),
    )
    for queue, count in (task_queue.waiting_tasks() or {}).items():
        queues.add_metric((queue,), count)
    yield queues


def _figures() -> Iterator[Metric]:
    """What tasks and searches have added up."""
    found = figures.written()
    for name, text in (
        (figures.TASK_RUNS, "Tasks that have ended, by task."),
        (figures.TASK_FAILURES, "Tasks that have failed, by task."),
        (figures.TASK_SECONDS, "Seconds that tasks have taken, by task."),
    ):
        family = CounterMetricFamily(f"xhub_{name}", text, labels=("task",))
        for task, value in found[name].items():
            family.add_metric((task,), value)
        yield family
    for name, text in (
        (figures.SEARCHES, "Searches of models, on the page and by the API."),
        (figures.SEARCHES_WITHOUT_RESULT, "Searches that found no model."),
    ):
        yield CounterMetricFamily(f"xhub_{name}", text, found[name].get("", 0))


def _mail() -> Iterator[Metric]:
    waiting = OutgoingMail.objects.waiting().aggregate(count=Count("pk"), oldest=Min("created_at"))
    oldest = waiting["oldest"]
    yield GaugeMetricFamily(
        "xhub_mail_waiting", "Messages that the mail server has not accepted yet.", waiting["count"]
    )
    yield GaugeMetricFamily(
        "xhub_mail_oldest_waiting_age_seconds",
        "Age of the oldest waiting message; 0 if no message waits.",
        (timezone.now() - oldest).total_seconds() if oldest else 0,
    )


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever has the token or may see the outbox; 404 for others."""
    if not (_has_token(request) or policy.may_see_outbox(request.user)):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    # The families are made for each answer, so the registry must not ask for names beforehand.
    registry.register(HubCollector())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    response = HttpResponse(encode(registry), content_type=content_type)
    patch_vary_headers(response, ("Accept", "Authorization", "Cookie"))
    return response


def _has_token(request: HttpRequest) -> bool:
    """True if the request has HUB_METRICS_TOKEN. SECURITY: compared in constant time."""
    wanted = settings.ENV.metrics_token
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    if not wanted or scheme.lower() != "bearer":
        return False
    return compare_digest(given.strip().encode(), wanted.encode())
