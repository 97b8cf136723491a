"""The order "Recommended" and the recent uses in the list."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from models_registry.actions.recommend import RankedModel, family_of, ranking, recommend
from models_registry.models import ListingFigures, ModelUse, RegisteredModel
from tests.factories import a_model, a_user, llm_record, written

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def candidates(*rows):
    """Models from (name, type, featured, age in days, popularity), numbered from 1."""
    return [
        RankedModel(pk, kind, name, featured, NOW - timedelta(days=days), popularity)
        for pk, (name, kind, featured, days, popularity) in enumerate(rows, 1)
    ]


@pytest.mark.parametrize(
    ("name", "family"),
    [("qwen3-next", "qwen"), ("qwen2.5-vl", "qwen"), ("通义-7b", "通义"), ("4711", "4711")],
)
def test_a_family_is_the_first_word_of_a_name(name, family):
    assert family_of(name) == family


def test_featured_recent_and_popular_models_come_first():
    rows = candidates(
        ("a-old", "llm", False, 2000, 0),
        ("b-new", "llm", False, 0, 0),
        ("c-popular", "llm", False, 2000, 10_000),
        ("d-featured-and-new", "llm", True, 0, 0),
    )
    order = ranking(rows, NOW)
    assert order[0] == 4
    assert order[-1] == 1


def test_no_more_than_two_of_a_family_follow_each_other_and_types_are_mixed():
    rows = candidates(
        *[(f"qwen{n}", "llm", True, 0, 0) for n in range(20)],
        *[(f"glm{n}", "llm", False, 900, 0) for n in range(10)],
        *[(f"flux{n}", "image", False, 900, 0) for n in range(10)],
    )
    order = ranking(rows, NOW)
    assert sorted(order) == [row.pk for row in rows]
    families = [family_of(rows[pk - 1].name_key) for pk in order]
    for n in range(len(families) - 2):
        # Only where no other family is left.
        assert len(set(families[n : n + 3])) > 1 or len(set(families[n:])) == 1, families
    assert {rows[pk - 1].model_type for pk in order[:4]} == {"llm", "image"}


def test_the_order_does_not_depend_on_the_order_of_the_rows():
    rows = candidates(*[(f"{'abc'[n % 3]}{n}", "llm", n % 4 == 0, n * 9, n) for n in range(30)])
    assert ranking(rows, NOW) == ranking(rows[::-1], NOW)


@pytest.mark.django_db
def test_only_public_models_have_a_rank_and_hidden_ones_change_nothing(client):
    owner = a_user("owner")
    public = [a_model(name) for name in ("beta", "alpha")]
    recommend()
    before = list(ListingFigures.objects.values_list("model_id", "recommended_rank"))
    new = written(llm_record("hidden", featured=True, updated_at=1_795_000_000))
    a_model("hidden", visibility="private", owner=owner, definition=new)
    a_model("gone", expires_at=timezone.now() - timedelta(days=1))
    assert recommend() == 0
    assert list(ListingFigures.objects.values_list("model_id", "recommended_rank")) == before
    assert {pk for pk, _rank in before} == {model.pk for model in public}
    client.force_login(owner)
    shown = client.get("/models").context["listing"].models
    assert [model.name for model in shown] == ["alpha", "beta", "hidden"]
    # A model that is no longer public loses its rank.
    RegisteredModel.objects.filter(pk=public[0].pk).update(visibility="private")
    recommend()
    assert [row.model_id for row in ListingFigures.objects.all()] == [public[1].pk]


@pytest.mark.django_db
def test_uses_of_thirty_days_are_counted_and_order_the_list(client, settings):
    settings.ENV = dataclasses.replace(settings.ENV, use_counts=True)
    today = timezone.now().date()
    quiet, busy = a_model("quiet"), a_model("busy")
    ModelUse.objects.create(model=busy, day=today, views=5, launches=1)
    ModelUse.objects.create(model=busy, day=today - timedelta(days=29), downloads=2)
    ModelUse.objects.create(model=quiet, day=today - timedelta(days=30), views=900)
    recommend()
    figures = ListingFigures.objects.get(model=busy)
    assert (figures.views, figures.downloads, figures.launches, figures.uses) == (5, 2, 1, 8)
    page = client.get("/models?sort=used")
    assert [model.name for model in page.context["listing"].models] == ["busy", "quiet"]
    assert "In 30 days: 5 views, 2 downloads, 1 launches" in page.content.decode()
    settings.ENV = dataclasses.replace(settings.ENV, use_counts=False)
    recommend()
    assert ListingFigures.objects.get(model=busy).uses == 0
    assert "Most used here" not in client.get("/models").content.decode()


@pytest.mark.django_db
def test_ranks_are_stable_across_pages(client):
    for number in range(30):
        a_model(f"{'abcdef'[number % 6]}{number}")
    recommend()
    pages = [client.get(f"/models?page={page}").context["listing"].models for page in (1, 2)]
    names = [model.name for page in pages for model in page]
    assert len(set(names)) == 30
    ranks = ListingFigures.objects.in_bulk(field_name="model_id")
    places = [ranks[model.pk].recommended_rank for page in pages for model in page]
    assert all(after == before + 1 for before, after in pairwise(places))
