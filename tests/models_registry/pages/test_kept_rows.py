"""Rows and filters of the list are rendered again whenever they would show something else."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone

from models_registry.models import ListingFigures, RegisteredModel, SourceSummary
from tests.factories import a_model, a_user

pytestmark = pytest.mark.django_db


def page(client, language="en"):
    response = client.get("/models", headers={"accept-language": language})
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda model: RegisteredModel.objects.update(description="Another one"), "Another one"),
        (lambda model: RegisteredModel.objects.update(featured=True), 'aria-label="Featured"'),
        (
            lambda model: SourceSummary.objects.update(licence="mit", trouble="gone"),
            "A source repository is no longer there",
        ),
        (
            lambda model: ListingFigures.objects.update_or_create(
                model=model, defaults={"uses": 777, "views": 776}
            ),
            "776 views",
        ),
    ],
)
def test_a_row_follows_what_it_shows(client, change, text, settings):
    settings.ENV = dataclasses.replace(settings.ENV, use_counts=True)
    model = a_model()
    assert text not in page(client)
    change(model)
    assert text in page(client)


def test_each_language_has_its_own_rows_and_filters(client):
    a_model()
    assert ">Memory<" in page(client)
    chinese = page(client, "zh-hans")
    assert ">Memory<" not in chinese
    assert "<legend>Ability</legend>" not in chinese
    assert "<legend>Ability</legend>" in page(client)


def facet(client, query=""):
    """The filter by the ability to chat."""
    text = client.get(f"/models{query}").content.decode()
    return text[text.index('<label class="facet') :].partition('name="ability"')[2][:400]


def test_a_filter_follows_its_counts_and_its_choice(client):
    a_model("one")
    assert 'facet-count">1<' in facet(client)
    a_model("two")
    assert 'facet-count">2<' in facet(client)
    assert " checked" not in facet(client)
    assert " checked" in facet(client, "?ability=chat")


def test_a_row_says_that_its_model_has_expired_at_that_very_moment(client, monkeypatch):
    owner = a_user("owner")
    until = timezone.now() + timedelta(minutes=2)
    a_model("mine", visibility="private", owner=owner, expires_at=until)
    client.force_login(owner)
    assert "Expired" not in page(client)
    monkeypatch.setattr(timezone, "now", lambda: until)
    assert "Expired" in page(client)


def test_a_private_models_row_is_not_shown_to_others(client):
    owner = a_user("owner")
    a_model("secret-one", visibility="private", owner=owner)
    client.force_login(owner)
    assert "secret-one" in page(client)
    client.logout()
    assert "secret-one" not in page(client)
