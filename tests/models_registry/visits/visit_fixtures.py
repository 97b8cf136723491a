"""Both hubs of models on loopback, with visits switched on, and repositories for them."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest

from models_registry.models import ModelSource, RepositoryRecord, SourceSummary, VisitedHub
from models_registry.repositories import visit
from tests.factories import llm_record, written
from tests.models_registry.repository_fixtures import hubs  # noqa: F401 - a fixture
from tests.standins.model_hubs import Repository

FACTS = {
    "cardData": {"license": "apache-2.0"}, "downloads": 1200, "likes": 34,
    "lastModified": "2026-05-01T12:00:00.000Z",
}  # fmt: skip
README = "# From the source\n\n![chart](chart.png)\n"


@pytest.fixture
def visits_on(settings, monkeypatch, hubs):  # noqa: F811
    """The two hubs, which the visits of this test ask, for four seconds at most each."""
    settings.ENV = dataclasses.replace(settings.ENV, source_visits=True)
    monkeypatch.setattr(visit, "SECONDS", 4.0)
    return hubs


def a_repository(**values: Any) -> Repository:
    """A repository with a README, facts, and weights of 1.2 GB."""
    files = {"README.md": README, "model.safetensors": 1_200_000_000}
    return Repository(**{"files": files, "facts": FACTS, **values})


def record_of(name: str = "example/tiny-llm", hub: str = "huggingface") -> RepositoryRecord:
    """The row of a repository."""
    return RepositoryRecord.objects.get(hub=hub, repository_id=name)


def pass_time(**length: float) -> None:
    """Let so much time pass for all repositories and hubs."""
    back = timedelta(**length)
    for row in RepositoryRecord.objects.all():
        for name in ("next_visit_at", "visited_at", "missing_since"):
            if (moment := getattr(row, name)) is not None:
                setattr(row, name, moment - back)
        row.save()
    for table in (SourceSummary, ModelSource):
        for row in table.objects.filter(asked_at__isnull=False):
            row.asked_at -= back
            row.save()
    for hub in VisitedHub.objects.all():
        for name in ("paused_until", "leased_until", "window_began_at"):
            if (moment := getattr(hub, name)) is not None:
                setattr(hub, name, moment - back)
        hub.save()


def definition_of(name: str, repositories: list[str], hub: str = "huggingface") -> str:
    """A definition with a spec for each of these repositories."""
    record = llm_record(name)
    first = record["model_specs"][0]
    record["model_specs"] = []
    for size, repository in enumerate(repositories, start=1):
        spec = json.loads(json.dumps(first))
        spec["model_size_in_billions"] = size
        spec["model_src"] = {hub: {"model_id": repository, "quantizations": ["none"]}}
        record["model_specs"].append(spec)
    return written(record)
