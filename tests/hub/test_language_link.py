"""Addresses with a language."""

from __future__ import annotations

import pytest

from tests.factories import a_model

pytestmark = pytest.mark.django_db
CHINESE = '<html lang="zh-hans"'
ENGLISH = '<html lang="en"'


def test_a_link_with_a_language_shows_the_page_in_it_and_is_remembered(client):
    a_model("tiny")
    page = client.get("/models?lang=zh-hans&q=tiny")
    text = page.content.decode()
    assert CHINESE in text
    assert page.cookies["django_language"].value == "zh-hans"
    assert 'name="next" value="/models?q=tiny"' in text, "no link carries the language on"
    assert CHINESE in client.get("/models").content.decode()
    assert ENGLISH in client.get("/models?lang=en").content.decode()
    assert CHINESE in client.get("/api/docs?lang=zh-hans").content.decode()


@pytest.mark.parametrize("language", ["de", "", "../x", "zh-hans\r\nSet-Cookie: a=b"])
def test_no_other_language_counts(client, language):
    page = client.get("/models", {"lang": language})
    assert ENGLISH in page.content.decode()
    assert "django_language" not in page.cookies


def test_the_api_and_posts_are_left_alone(client):
    assert "django_language" not in client.get("/api/models/lists?lang=zh-hans").cookies
    assert "django_language" not in client.post("/theme?lang=zh-hans", {}).cookies


def test_a_public_page_names_its_languages(client):
    text = client.get("/models").content.decode()
    assert 'hreflang="zh-Hans" href="http://127.0.0.1:8000/models?lang=zh-hans"' in text
    assert 'hreflang="x-default" href="http://127.0.0.1:8000/models"' in text
