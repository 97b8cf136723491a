"""The rows of the list have what the database has, of models that somebody may see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from models_registry.models import ListingFigures, RegisteredModel, SmallestNeed, SourceSummary
from models_registry.pages.listed_models import listed_models
from tests.factories import a_model

pytestmark = pytest.mark.django_db
BESIDE = ("source_summary", "figures", "memory")


def columns(row):
    return {name: value for name, value in vars(row).items() if name != "_state"}


def beside(model, name):
    try:
        return columns(getattr(model, name))
    except ObjectDoesNotExist:
        return None


def test_a_row_becomes_the_model_that_django_reads(django_assert_num_queries):
    """Every column of the model and its rows beside, of the right type, and no query more."""
    full, bare = a_model("full", featured=True), a_model("bare", expires_at=timezone.now())
    at = datetime(2031, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    SourceSummary.objects.update_or_create(
        model=full, defaults={"gated": True, "downloads": 2**40, "changed_at": at, "licence": "mit"}
    )
    choice = {"format": "pytorch", "size": "7", "context": 8192}
    SmallestNeed.objects.update_or_create(model=full, defaults={"need": 1, "choice": choice})
    ListingFigures.objects.update_or_create(model=full, defaults={"uses": 3})
    for table in (SourceSummary, SmallestNeed, ListingFigures):
        table.objects.filter(model=bare).delete()
    models = RegisteredModel.objects.select_related(*BESIDE).defer("search_text")
    expected = [models.get(pk=bare.pk), models.get(pk=full.pk)]
    with django_assert_num_queries(1):
        rows = listed_models(RegisteredModel.objects.all(), [bare.pk, full.pk])
        shown = [
            (columns(row.model), *(beside(row.model, name) for name in BESIDE)) for row in rows
        ]
    assert shown == [
        (columns(model), *(beside(model, name) for name in BESIDE)) for model in expected
    ]
    assert shown[0][1:] == (None, None, None)
    assert shown[1][1]["changed_at"] == at


def test_only_visible_models_have_rows():
    public = a_model("one")
    hidden = a_model("two", visibility="private")
    visible = RegisteredModel.objects.visible_to(AnonymousUser())
    rows = listed_models(visible, [hidden.pk, public.pk])
    assert [row.pk for row in rows] == [public.pk]
    assert listed_models(visible, []) == ()


def test_the_digest_changes_with_any_column_and_with_the_expiry(monkeypatch):
    until = timezone.now() + timedelta(minutes=2)
    model = a_model("one", expires_at=until)
    SourceSummary.objects.update_or_create(model=model, defaults={"likes": 1})

    def digest():
        (row,) = listed_models(RegisteredModel.objects.all(), [model.pk])
        return row.digest

    first = digest()
    assert digest() == first
    SourceSummary.objects.update(likes=2)
    second = digest()
    assert second != first
    monkeypatch.setattr(timezone, "now", lambda: until)
    assert digest() != second
