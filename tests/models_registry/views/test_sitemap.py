"""The sitemap: addresses as models' pages name themselves, in parts."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from models_registry.views.sitemap import ModelSitemap
from tests.factories import a_model

pytestmark = pytest.mark.django_db


def locations(answer) -> list[str]:
    return [loc.text or "" for loc in ElementTree.fromstring(answer.content).iterfind(".//{*}loc")]


def test_it_has_each_model_at_its_canonical_address(client, settings):
    settings.SITE_URL = "https://hub.example.org"
    alone = a_model("alone-0.5")
    a_model("twice")
    a_model("twice", model_type="image")
    found = locations(client.get("/sitemap-models.xml"))
    assert len(found) == 3
    assert f"https://hub.example.org/models/detail/{alone.pk}" not in found
    for address in found:
        path = address.removeprefix("https://hub.example.org")
        page = client.get(path)
        assert page.status_code == 200
        assert f'<link rel="canonical" href="{address}">' in page.content.decode()


def test_the_index_names_every_part_at_the_site_s_address(client, settings, monkeypatch):
    settings.SITE_URL = "https://hub.example.org"
    monkeypatch.setattr(ModelSitemap, "limit", 2)
    for number in range(3):
        a_model(f"m-{number}")
    parts = locations(client.get("/sitemap.xml"))
    whole = "https://hub.example.org/sitemap-models.xml"
    assert parts == [whole, f"{whole}?p=2", "https://hub.example.org/sitemap-help.xml"]
    del parts[2]
    found = [locations(client.get(part.removeprefix("https://hub.example.org"))) for part in parts]
    assert [len(part) for part in found] == [2, 1]
    for wrong in ("/sitemap-models.xml?p=3", "/sitemap-models.xml?p=x", "/sitemap-other.xml"):
        assert client.get(wrong).status_code == 404
