"""The API that servers and the web UI read."""

from __future__ import annotations

import pytest

from tests.factories import a_model, llm_record, written
from tests.models_registry.catalogue.served_lists import (
    download,
)

pytestmark = pytest.mark.django_db


def test_unknown_addresses_and_methods_below_api_answer_in_json_and_never_redirect(client):
    for path in ("/api/nothing", "/api/models/download/", "/api/models/a/b/c"):
        response = client.get(path)
        assert response.status_code == 404, path
        assert response.json()["error_code"], path
    wrong = client.post("/api/models/download")
    assert (wrong.status_code, wrong.json()["error_code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in wrong.headers["Allow"]
    assert wrong.headers["Cache-Control"] == "no-store"


def test_an_unknown_token_is_refused_even_for_public_models(client):
    a_model("open")
    for headers in ({"Authorization": "Bearer nonsense"}, {"X-Models-Token": "nonsense"}):
        response = download(client, headers=headers, model_type="llm")
        assert response.status_code == 401
        assert response.json()["error_code"] == "INVALID_TOKEN"


def test_models_are_listed_by_words_type_order_and_page(client):
    a_model("alpha", definition=written(llm_record("alpha", updated_at=1_700_000_000)))
    a_model("beta", definition=written(llm_record("beta", featured=True)))
    a_model("gamma", model_type="image")

    def listed(**query):
        answer = client.get("/api/models", query).json()
        return [item["model_name"] for item in answer["data"]], answer["total"]

    assert listed() == (["beta", "alpha", "gamma"], 3)
    assert listed(order="name") == (["alpha", "beta", "gamma"], 3)
    assert listed(order="updated")[0][-1] == "alpha"
    assert listed(model_type="image") == (["gamma"], 1)
    assert listed(query="ALPHA chat") == (["alpha"], 1)
    assert listed(query="example/beta") == (["beta"], 1)
    assert listed(pageSize=2, page=2, order="name") == (["gamma"], 3)
    assert listed(page=9) == ([], 3)
    for wrong in ({"order": "random"}, {"page": 0}, {"pageSize": 0}, {"pageSize": 1000}):
        assert client.get("/api/models", wrong).status_code == 400


def test_one_model_is_described_by_name_and_by_number(client):
    model = a_model("alpha")
    by_name = client.get("/api/models/alpha").json()["data"]
    assert by_name == client.get(f"/api/models/{model.pk}").json()["data"]
    assert by_name["id"] == model.pk
    assert by_name["model_type"] == "llm"
    assert by_name["visibility"] == "public"
    assert by_name["updated_at"] == 1_780_000_000
    assert by_name["abilities"] == ["chat", "tools"]
    assert by_name["description"] == "alpha is a small language model."
    assert by_name["url"].endswith(f"/models/detail/{model.pk}")


def test_the_openapi_document_names_every_path(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/models", "/api/models/download", "/api/models/{name_or_id}"} <= set(paths)
    operations = [o for path in paths.values() for o in path.values() if isinstance(o, dict)]
    assert len({o["operationId"] for o in operations}) == len(operations)
