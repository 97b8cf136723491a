"""Atom feeds: what is new, what is updated, and texts that XML can't carry."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import AnonymousUser

from models_registry import publication
from models_registry.models import RegisteredModel
from tests.factories import a_model, a_user, changed, llm_record, written

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def entries(client, path: str) -> list[ElementTree.Element]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    return ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")


def titles(client, path: str) -> list[str | None]:
    return [entry.findtext(f"{ATOM}title") for entry in entries(client, path)]


def test_new_models_come_first_and_an_update_moves_only_the_other_feed(client):
    first, second = a_model("first"), a_model("second")
    assert titles(client, "/feeds/new.atom") == ["second", "first"]
    before = [entry.findtext(f"{ATOM}id") for entry in entries(client, "/feeds/updated.atom")]
    text = changed(first.published_revision, context_length=4096)
    publication.publish(first, publication.Content(definition=text, readme="# A\n"), by=None)
    assert titles(client, "/feeds/new.atom") == ["second", "first"]
    assert titles(client, "/feeds/updated.atom") == ["first", "second"]
    after = [entry.findtext(f"{ATOM}id") for entry in entries(client, "/feeds/updated.atom")]
    assert len({*before, *after}) == 3, "readers show the new revision as an entry of its own"
    assert RegisteredModel.objects.visible_to(AnonymousUser()).count() == len(after)
    assert second.name in titles(client, "/feeds/llm/new.atom")
    assert titles(client, "/feeds/image/new.atom") == []
    assert client.get("/feeds/nothing/new.atom").status_code == 404


def test_a_feed_names_the_site_s_address_and_takes_any_text(client, settings):
    settings.SITE_URL = "https://hub.example.org"
    hostile = 'a\x01b\x1f\x7f <script>alert(1)</script> ]]> &amp; \ufffe "'
    a_model("odd", definition=written(llm_record("odd", model_description=hostile)))
    [entry] = entries(client, "/feeds/new.atom")
    assert "<script>alert(1)</script> ]]> &amp;" in (entry.findtext(f"{ATOM}summary") or "")
    root = ElementTree.fromstring(client.get("/feeds/llm/new.atom").content)
    links = [link.get("href", "") for link in root.iter(f"{ATOM}link")]
    assert len(links) == 3
    assert all(link.startswith("https://hub.example.org/") for link in links), links


def test_a_feed_is_alike_for_all_without_an_account_and_can_be_kept(client):
    a_model("m", owner=a_user())
    answer = client.get("/feeds/new.atom")
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert not answer.cookies
    assert "cookie" not in answer.headers["Vary"].lower()
    again = client.get("/feeds/new.atom", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
