"""Repositories that no model names are forgotten after a month."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from models_registry import tasks
from models_registry.models import ModelSource, RepositoryRecord
from models_registry.visits import forgotten
from tests.factories import a_model
from tests.models_registry.visits.visit_fixtures import record_of

pytestmark = pytest.mark.django_db


def a_row(name, *, visited=None, due):
    now = timezone.now()
    RepositoryRecord.objects.create(
        hub="huggingface",
        repository_id=name,
        visited_at=None if visited is None else now - timedelta(days=visited),
        next_visit_at=now - timedelta(days=due),
    )


def test_only_old_rows_without_a_model_go(monkeypatch):
    monkeypatch.setattr(forgotten, "BATCH", 2)
    a_model()
    long_ago = timezone.now() - timedelta(days=90)
    RepositoryRecord.objects.update(visited_at=long_ago, next_visit_at=long_ago)
    for number in range(5):
        a_row(f"old/m{number}", visited=31, due=30)
    a_row("old/unseen", due=31)
    a_row("kept/seen", visited=29, due=28)
    a_row("kept/unseen", due=29)
    tasks.prune_sightings()
    left = RepositoryRecord.objects.values_list("repository_id", flat=True)
    assert set(left) == {"example/tiny-llm", "kept/seen", "kept/unseen"}


def test_a_row_that_a_model_names_again_meanwhile_stays():
    a_row("old/one", visited=90, due=89)
    row = record_of("old/one")
    ModelSource.objects.create(model=a_model(), repository=row, position=9)
    assert forgotten._deleted([row.pk]) == 0
    assert ModelSource.objects.filter(repository=row).exists()
