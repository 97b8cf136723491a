"""What the hub tells a monitoring system: the rooms' figures in one answer, at GET /metrics.

In Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/), or
OpenMetrics for a client that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from secrets import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub import sign_of_life
from models_registry import metrics as registry_metrics
from models_registry import policy
from reviews import metrics as review_metrics


class HubCollector(Collector):
    """Asks each room when it is itself asked; between two answers it keeps nothing."""

    def collect(self) -> Iterator[Metric]:
        """All families of all rooms."""
        yield from registry_metrics.collect()
        yield from review_metrics.collect()
        seen = GaugeMetricFamily(
            "xhub_worker_last_seen_age_seconds",
            "Time since a worker last showed that it works; absent where none has.",
        )
        if (age := sign_of_life.age_seconds()) is not None:
            seen.add_metric((), age)
        yield seen


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for who has the token or may see the outbox; for others there is no page."""
    if not (_has_token(request) or policy.may_see_outbox(request.user)):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    # Its families are made anew for each answer, so it must not be asked for names beforehand.
    registry.register(HubCollector())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    response = HttpResponse(encode(registry), content_type=content_type)
    patch_vary_headers(response, ("Accept", "Authorization", "Cookie"))
    return response


def _has_token(request: HttpRequest) -> bool:
    """Whether the request carries HUB_METRICS_TOKEN. SECURITY: compared in constant time."""
    wanted = settings.ENV.metrics_token
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    if not wanted or scheme.lower() != "bearer":
        return False
    return compare_digest(given.strip().encode(), wanted.encode())
