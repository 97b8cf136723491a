"""Metrics of the reviews: how many proposals wait, and for how long."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from models_registry.models import Revision
from models_registry.models import RevisionState as State


def collect() -> Iterator[Metric]:
    """All metrics of the reviews, in one query."""
    now = timezone.now()
    counts = Revision.objects.aggregate(
        waiting=Count("pk", filter=Q(state=State.PROPOSED)),
        returned=Count("pk", filter=Q(state=State.CHANGES_REQUESTED)),
        oldest=Min("created_at", filter=Q(state=State.PROPOSED)),
    )
    oldest = counts["oldest"]
    yield GaugeMetricFamily(
        "xhub_reviews_waiting", "Proposals that wait for a reviewer.", value=counts["waiting"]
    )
    yield GaugeMetricFamily(
        "xhub_reviews_with_authors",
        "Proposals that wait for their authors to change them.",
        value=counts["returned"],
    )
    yield GaugeMetricFamily(
        "xhub_reviews_oldest_waiting_age_seconds",
        "Age of the proposal that has waited longest for a reviewer; 0 if none waits.",
        value=max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0,
    )
