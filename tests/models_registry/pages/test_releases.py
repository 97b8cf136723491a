"""What people see of the releases that can use a model: page, list, form, review, pull request."""

from __future__ import annotations

import pytest

from models_registry.models import Facet, RegisteredModel
from tests.factories import a_model, image_record, llm_record, written

pytestmark = pytest.mark.django_db
INDEX = {"packages": ["a"], "extra_index_url": ["https://example.org/simple"]}


@pytest.fixture
def limited():
    """A model that releases before 2.0.0 do not load, and one without limits."""
    a_model("limited", definition=written(llm_record("limited", virtualenv=INDEX)))
    a_model("free")


def names(answer):
    return [model["model_name"] for model in answer.json()["data"]]


def test_the_page_says_which_releases_can_use_a_model_and_why_others_cant(client, limited):
    page = client.get("/models/detail/limited").content.decode()
    assert "≥ 2.0.0" in page
    assert "1.13.0 to 1.17.1" in page
    assert "virtualenv.extra_index_url&quot; must be a text" in page
    page = client.get("/models/detail/free").content.decode()
    assert "≥ 1.13.0" in page
    assert "Not every Xinference" not in page


def test_a_release_in_between_is_named(client):
    record = llm_record("embeds", model_ability=["embed_vision"], dimensions=3, max_tokens=5,
                        language=["en"])  # fmt: skip
    del record["model_specs"][0]["model_size_in_billions"]
    a_model("embeds", model_type="embedding", definition=written(record))
    works = client.get("/api/models/embeds").json()["data"]["works_with"]
    assert (works["since"], works["but"]) == ("1.13.0", "3.4.0")
    assert works["reasons"] == [
        {
            "releases": "3.4.0",
            "reason": 'It does not know "embed_vision" in "model_ability".',
            "stops_servers": False,
        }
    ]
    page = client.get("/models/detail/embeds").content.decode()
    assert "not 3.4.0" in page


def test_what_stops_servers_is_said_so(client):
    record = image_record("campplus", multilingual=True, model_src={"modelscope": {
        "model_id": "a/b", "model_revision": "master"}})  # fmt: skip
    a_model("campplus", model_type="audio", definition=written(record))
    works = client.get("/api/models/campplus").json()["data"]["works_with"]
    assert (works["since"], works["reasons"][0]["stops_servers"]) == ("3.2.0", True)


def test_the_list_can_be_narrowed_to_a_version(client, limited):
    assert names(client.get("/api/models", {"xinference_version": "1.17.0"})) == ["free"]
    assert names(client.get("/api/models", {"xinference_version": "9.0"})) == ["free", "limited"]
    headers = {"X-Xinference-Version": "1.14.0"}
    assert names(client.get("/api/models", headers=headers)) == ["free"]
    for query in ({"xinference": "1.14.0"}, {"xinference": "1.14.0", "q": "language model"}):
        page = client.get("/models", query).content.decode()
        assert "/models/detail/free" in page
        assert "/models/detail/limited" not in page
    assert "/models/detail/limited" in client.get("/models?xinference=2.0.0").content.decode()
    page = client.get("/models").content.decode()
    assert "2.0.0 to 2.11.0" in page


def test_the_facet_follows_the_definition(client, limited):
    model = RegisteredModel.objects.get(name="limited")
    kept = Facet.objects.filter(model=model, kind=Facet.Kind.RELEASE)
    assert "1.13.0" not in kept.values_list("value", flat=True)
    assert "4.1.0" in kept.values_list("value", flat=True)
