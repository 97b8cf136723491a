"""One's own models with their states, revisions with their texts, and pages of lists."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Scope
from models_registry.models import Draft
from reviews import notify
from reviews.models import NotificationKind
from tests.factories import a_model, a_person, llm_record, written

pytestmark = pytest.mark.django_db


def test_ones_own_models_have_their_states(api):
    ada = a_person("ada", "Registrars")
    a_model("live", owner=ada)
    a_model("mine", owner=ada, visibility="private")
    a_model("gone", owner=ada, expires_at=timezone.now() - timedelta(days=1))
    a_model("hers", owner=a_person("eve"), visibility="private")
    Draft.objects.create(owner=ada, model_type="llm", definition=written(llm_record("begun")))
    body = {"model_type": "llm", "definition": [llm_record("asked")], "visibility": "public"}
    api("POST", "/models", body, by=ada)

    def own(query=""):
        answer = api("GET", f"/me/models?order=name{query}", by=ada, scope=Scope.READ)
        return answer.json()

    states = {row["model_name"]: row["states"] for row in own()["data"]}
    assert states == {
        "asked": ["waiting"],
        "begun": ["draft"],
        "gone": ["expired"],
        "live": ["published"],
        "mine": ["private"],
    }
    assert [row["model_name"] for row in own("&state=expired")["data"]] == ["gone"]
    assert [row["model_name"] for row in own("&query=min")["data"]] == ["mine"]
    page = own("&pageSize=2&page=3")
    assert ([row["model_name"] for row in page["data"]], page["total"]) == (["mine"], 5)
    assert own("&page=9")["data"] == []
    assert api("GET", "/me/models").status_code == 401


def test_ones_own_expired_model_is_read_by_its_name(api):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada, expires_at=timezone.now() - timedelta(days=1))
    answer = api("GET", "/models/llm/tiny-llm", by=ada).json()["data"]
    assert answer["definition"] == model.published_revision.definition
    assert answer["expires_at"]
    assert api("GET", "/models/llm/tiny-llm").status_code == 404
    assert api("GET", "/models/llm/tiny-llm", by=a_person("ben")).status_code == 404


def test_the_texts_of_revisions_are_read_by_those_who_see_them(api):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada)
    path = f"/models/{model.pk}/revisions"
    api("PUT", f"/models/{model.pk}", {"readme": "# Two", "base_revision": 1}, by=ada)
    first = api("GET", f"{path}/1")
    assert first.json()["data"]["definition"] == model.published_revision.definition
    assert first.headers["ETag"] == f'"{model.pk}.1"'
    assert api("GET", f"{path}/2", by=ada).json()["data"]["readme"] == "# Two"
    for reader in (None, a_person("ben")):
        hidden = api("GET", f"{path}/2", by=reader)
        assert (hidden.status_code, hidden.json()["error_code"]) == (404, "REVISION_NOT_FOUND")
    assert api("GET", f"{path}/0").status_code == 400


def test_every_list_has_pages_and_links_to_them(api):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada, visibility="private")
    a_model("b")
    a_model("c")
    api("PUT", f"/models/{model.pk}", {"readme": "# Two", "base_revision": 1}, by=ada)
    for path in (
        "/models", "/models/lists/llm", f"/models/{model.pk}/revisions",
        f"/models/{model.pk}/changes", "/me/models", "/proposals",
    ):  # fmt: skip
        answer = api("GET", f"{path}?pageSize=1", by=ada)
        rows = answer.json()
        assert (rows["page"], rows["pageSize"]) == (1, 1), path
        assert len(rows["data"]) == min(1, rows["total"]), path
        assert 'page=1>; rel="first"' in answer.headers["Link"], path
        assert ('rel="next"' in answer.headers["Link"]) == (rows["total"] > 1), path
    long = api("GET", f"/models?query={'x' * 2000}")
    assert "Link" not in long.headers


def test_drafts_are_read_by_their_owner_as_they_were_typed(api):
    ada = a_person("ada", "Registrars")
    mine = Draft.objects.create(owner=ada, model_type="llm", definition='[{"model_name": "begun",')
    hers = Draft.objects.create(owner=a_person("eve"), model_type="llm", definition="[]")
    listed = api("GET", "/me/drafts", by=ada, scope=Scope.READ).json()
    [row] = listed["data"]
    assert (row["id"], row["model_id"], row["model_name"]) == (mine.pk, None, "begun")
    one = api("GET", f"/me/drafts/{mine.pk}", by=ada).json()["data"]
    assert one["definition"] == '[{"model_name": "begun",'
    for pk in (hers.pk, 10**20):
        answer = api("GET", f"/me/drafts/{pk}", by=ada)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "DRAFT_NOT_FOUND")
    for path in ("/me/drafts", f"/me/drafts/{mine.pk}", "/me/notifications"):
        assert api("GET", path).status_code == 401


def test_notifications_are_read_as_on_the_bell(api):
    ada, eve = a_person("ada"), a_person("eve")
    hidden = a_model("hidden", visibility="private", owner=eve)
    for person, url in ((ada, "/models"), (ada, notify.status_url(hidden)), (eve, "/models")):
        notify.send([person], NotificationKind.COMMENT, title="T", text="x", url=url)
    data = api("GET", "/me/notifications?unread=1", by=ada, scope=Scope.READ).json()["data"]
    assert [row["url"] for row in data] == ["", "http://127.0.0.1:8000/models"]
    assert {row["read_at"] for row in data} == {None}
    ada.notifications.update(on_bell=False)
    assert api("GET", "/me/notifications", by=ada).json()["total"] == 0
