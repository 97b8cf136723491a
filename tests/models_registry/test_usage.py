"""Counts of uses: what is counted, what is not, and when it is written."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from models_registry import usage
from models_registry.models import ModelUse
from tests.factories import a_model

pytestmark = pytest.mark.django_db
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}


@pytest.fixture(autouse=True)
def _counting(settings, monkeypatch):
    """Count, and write only when a test says so."""
    settings.ENV = dataclasses.replace(settings.ENV, use_counts=True)
    monkeypatch.setattr(usage, "FLUSH_SECONDS", 3600.0)
    yield
    usage.flush()


def counts(model):
    usage.flush()
    row = ModelUse.objects.filter(model=model).first()
    return (row.views, row.downloads, row.launches) if row else (0, 0, 0)


def test_a_view_is_counted_once_for_all_tabs_and_by_no_robot(client):
    model = a_model("tiny")
    page = "/models/detail/tiny"
    client.get(page, headers=BROWSER)
    client.get(f"{page}?tab=specs", headers={**BROWSER, "Referer": f"http://testserver{page}"})
    for headers in (
        {},
        {"User-Agent": "curl/8.5"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {**BROWSER, "Sec-Purpose": "prefetch;prerender"},
    ):
        client.get(page, headers=headers)
    client.head(page, headers=BROWSER)
    assert client.get("/models/detail/none", headers=BROWSER).status_code == 404
    assert counts(model) == (1, 0, 0)
    client.get(page, headers={**BROWSER, "Referer": "http://testserver/models"})
    assert counts(model) == (2, 0, 0)


def test_a_referrer_that_no_one_can_read_is_none(client):
    model = a_model("tiny")
    page = client.get("/models/detail/tiny", headers={**BROWSER, "Referer": "http://[x"})
    assert page.status_code == 200
    assert counts(model) == (1, 0, 0)


def test_a_page_writes_nothing_and_sets_no_cookie(client):
    model = a_model("tiny")
    client.get("/models/detail/tiny", headers=BROWSER)
    assert not ModelUse.objects.exists()
    # The form of the theme has a token against forgery.
    assert set(client.cookies) <= {"csrftoken"}
    assert counts(model) == (1, 0, 0)


def test_downloads_by_name_are_counted_and_lists_are_not(client):
    model = a_model("tiny")
    one = "/api/models/download?model_type=llm&model_name=tiny"
    tag = client.get(one).headers["ETag"]
    client.get(f"/api/models/download?model_id={model.pk}")
    client.get(one, headers={"If-None-Match": tag})
    client.head(one)
    client.get("/api/models/download?model_type=llm")
    client.get("/api/models/download?model_name=none")
    assert counts(model) == (0, 2, 0)


def test_what_can_not_be_written_now_is_written_later(client, monkeypatch):
    model = a_model("tiny")
    client.get("/models/detail/tiny", headers=BROWSER)

    def locked(_counts):
        raise DatabaseError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(usage, "_write", locked)
        assert not usage.flush()
    client.get("/models/detail/tiny", headers=BROWSER)
    assert counts(model) == (2, 0, 0)


def test_counts_of_a_deleted_model_are_dropped(client):
    model, other = a_model("tiny"), a_model("other")
    for name in ("tiny", "other"):
        client.get(f"/models/detail/{name}", headers=BROWSER)
    model.published_revision = None
    model.save()
    model.delete()
    assert counts(other) == (1, 0, 0)
    assert ModelUse.objects.count() == 1


def test_nothing_is_counted_with_the_setting_off(client, settings):
    model = a_model("tiny")
    settings.ENV = dataclasses.replace(settings.ENV, use_counts=False)
    client.get("/models/detail/tiny", headers=BROWSER)
    assert counts(model) == (0, 0, 0)


def test_counts_are_kept_for_400_days_and_deleted_once_they_are_off(settings):
    model = a_model("tiny")
    today = timezone.now().date()
    for days in (400, 401):
        ModelUse.objects.create(model=model, day=today - timedelta(days=days), views=1)
    usage.prune()
    assert ModelUse.objects.get().day == today - timedelta(days=400)
    settings.ENV = dataclasses.replace(settings.ENV, use_counts=False)
    usage.prune()
    assert not ModelUse.objects.exists()
