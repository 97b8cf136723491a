"""What visits of source repositories change about the memory that a model needs, and its rank."""

from __future__ import annotations

import pytest
from django.utils import timezone

from models_registry.actions.recommend import recommend
from models_registry.models import (
    ListingFigures,
    RepositoryRecord,
    RepositoryStatus,
    Revision,
    SmallestNeed,
)
from models_registry.visits import outcomes
from tests.factories import a_model

pytestmark = pytest.mark.django_db


def visited(name, size, **facts):
    """As if a visit had just seen the repository with weights of so many bytes."""
    record = RepositoryRecord.objects.get(repository_id=f"example/{name}")
    record.status = RepositoryStatus.FOUND
    record.seen_at = record.visited_at = timezone.now()
    record.files = {"model.safetensors": size, "README.md": 10_000}
    for key, value in facts.items():
        setattr(record, key, value)
    record.save()
    outcomes.spread_news([record])
    return record


def fits_of(model):
    return set(model.facets.filter(kind="fits").values_list("value", flat=True))


def test_a_visit_makes_an_unknown_need_known_and_a_later_one_changes_it(client):
    model = a_model("painter", model_type="image")
    assert SmallestNeed.objects.get(model=model).need is None
    assert fits_of(model) == set()
    visited("painter", 12 * 10**9)
    assert fits_of(model) == {"16", "24", "48", "80", "160"}
    page = client.get("/models?fits=16").content.decode()
    assert "11.8 GiB" in page
    specs = client.get("/models/detail/painter?tab=specs").content.decode()
    assert "What fits" in specs
    assert "12 GB" in specs, "the size of the download"
    visited("painter", 20 * 10**9)
    assert fits_of(model) == {"24", "48", "80", "160"}
    answer = client.get("/api/models?fits=24&order=memory").json()["data"]
    assert [entry["memory"]["weights"] for entry in answer] == [20 * 10**9]
    assert client.get("/api/models?fits=16").json()["total"] == 0


def test_a_definition_that_can_not_be_read_keeps_its_need():
    model = a_model("painter", model_type="image")
    visited("painter", 12 * 10**9)
    Revision.objects.filter(model=model).update(definition="[{")
    visited("painter", 20 * 10**9)
    assert SmallestNeed.objects.get(model=model).choice["weights"] == 12 * 10**9


def test_downloads_and_licence_of_sources_are_ranked_and_compared(client):
    quiet, popular = a_model("a-quiet"), a_model("b-popular")
    visited("a-quiet", 10**9, downloads=3)
    visited("b-popular", 10**9, downloads=5_600_000, licence="apache-2.0", gated=True)
    recommend()
    ranks = ListingFigures.objects.order_by("recommended_rank").values_list("model_id", flat=True)
    assert list(ranks) == [popular.pk, quiet.pk]
    page = client.get("/models/compare", {"model": [quiet.pk, popular.pk]})
    facts = {str(fact.title): fact.cells for fact in page.context["comparison"].facts}
    assert facts["Licence"] == (("–",), ("Apache 2.0", "Gated"))
    assert facts["Downloads at the source"] == (("3",), ("5.6M",))
