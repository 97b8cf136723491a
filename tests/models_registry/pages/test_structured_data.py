"""What search engines and other sites read of a model's page."""

from __future__ import annotations

import json
import re

import pytest

from tests.factories import a_model, a_user, llm_record, written

pytestmark = pytest.mark.django_db
SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
TITLE = re.compile(r"<title>\s*(.*?)\s*</title>", re.S)


def test_a_public_model_has_it_and_no_text_of_a_user_ends_the_script(client, settings):
    settings.SITE_URL = "https://hub.example.org"
    text = '</script><script>alert(1)</script><!-- & " \u2028'
    model = a_model("odd", definition=written(llm_record("odd", model_description=text)))
    page = client.get("/models/detail/odd").content.decode()
    [found] = SCRIPT.findall(page)
    about, way = json.loads(found)["@graph"]
    assert about["description"] == text.strip()
    assert about["url"] == "https://hub.example.org/models/detail/odd"
    assert [step["position"] for step in way["itemListElement"]] == [1, 2, 3]
    picture = f"https://hub.example.org/models/detail/{model.pk}/picture.png"
    assert f'property="og:image" content="{picture}"' in page


def test_what_only_some_people_see_has_none(client):
    owner = a_user()
    a_model("mine", visibility="private", owner=owner)
    client.force_login(owner)
    page = client.get("/models/detail/mine").content.decode()
    assert not SCRIPT.findall(page)
    assert 'name="robots" content="noindex"' in page


def test_titles_and_canonical_addresses_name_the_tab(client, settings):
    settings.SITE_URL = "https://hub.example.org"
    model = a_model("tiny")
    expected = {
        "?tab=readme": ("tiny · Language", "tiny"),
        "?tab=specs": ("tiny · Specs", "tiny?tab=specs"),
        "?tab=definition": ("tiny · Definition", "tiny?tab=definition"),
    }
    for query, (title, canonical) in expected.items():
        page = client.get(f"/models/detail/tiny{query}").content.decode()
        assert TITLE.findall(page)[0] == f"{title} · Xinference Models Hub"
        address = f"https://hub.example.org/models/detail/{canonical}"
        assert f'<link rel="canonical" href="{address}">' in page
    page = client.get(f"/models/detail/{model.pk}/history").content.decode()
    assert TITLE.findall(page)[0] == "tiny · History · Xinference Models Hub"
