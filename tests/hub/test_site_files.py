"""What programs read about the site at addresses that they know."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

ADDRESSES = ("robots.txt", "site.webmanifest", "opensearch.xml", "favicon.ico")


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_needs_no_database_sets_no_cookie_and_is_kept_by_caches(client, address):
    """Without the mark of a database, a query fails this test."""
    answer = client.get(f"/{address}")
    assert answer.status_code == (302 if address == "favicon.ico" else 200)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert not answer.cookies
    assert "cookie" not in answer.headers.get("Vary", "").lower()
    assert client.post(f"/{address}").status_code == 405


def test_robots_names_the_sitemap_at_the_site_s_address(client, settings):
    settings.SITE_URL = "https://hub.example.org"
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert lines[-1] == "Sitemap: https://hub.example.org/sitemap.xml"
    assert "Disallow: /my-models" in lines
    # Models must stay open for crawlers.
    assert not {"Disallow: /", "Disallow: /models", "Disallow: /models/detail/"} & set(lines)


def test_the_manifest_and_the_search_name_files_that_are_there(client, settings):
    icons = client.get("/site.webmanifest").json()["icons"]
    assert {icon["sizes"] for icon in icons} == {"192x192", "512x512"}
    for icon in icons:
        assert finders.find(icon["src"].removeprefix("/static/"))
    settings.SITE_URL = "https://hub.example.org"
    search = ElementTree.fromstring(client.get("/opensearch.xml").content)
    [url] = search.findall("{*}Url")
    assert url.get("template") == "https://hub.example.org/models?q={searchTerms}"


def test_security_txt_names_the_contact_of_the_operator(client, settings):
    assert client.get("/.well-known/security.txt").status_code == 404
    contact = "mailto:security@example.org"
    settings.ENV = dataclasses.replace(settings.ENV, security_contact=contact)
    answer = client.get("/.well-known/security.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert fields["Contact"] == contact
    left = datetime.fromisoformat(fields["Expires"]) - timezone.now()
    assert timedelta(days=100) < left < timedelta(days=365), "RFC 9116 §2.5.5"
