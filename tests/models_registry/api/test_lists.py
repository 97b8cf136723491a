"""The API of the lists: what each is, and its revisions."""

from __future__ import annotations

import json

import pytest

from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel
from tests.factories import a_model, a_person, llm_record, written
from tests.models_registry.catalogue.revisions import LLM

pytestmark = pytest.mark.django_db


def test_the_lists_are_described_as_servers_get_them(client, signing):
    a_model("one")
    a_model("two")
    answer = client.get("/api/models/lists").json()
    assert [entry["model_type"] for entry in answer["data"]] == sorted(
        ["llm", "embedding", "rerank", "image", "audio", "video", "world"]
    )
    assert answer["key_url"].endswith("/api/models/lists/key.pem")
    [llm] = [entry for entry in answer["data"] if entry["model_type"] == "llm"]
    served = client.get(LLM)
    assert llm["revision"] == 2
    assert llm["sha256"] == served.headers["X-Hub-SHA256"]
    assert llm["signature"] == served.headers["X-Hub-Signature"]
    assert llm["bytes"] == len(served.content)
    assert (llm["model_count"], llm["record_count"]) == (2, 2)
    assert (llm["is_served"], llm["is_pinned"]) == (True, False)
    path = llm["url"].partition("/api/")[2]
    assert client.get(f"/api/{path}").content == served.content


def test_the_revisions_of_a_list_come_newest_first_and_in_pages(client):
    for number in range(5):
        a_model(f"m-{number}")
    answer = client.get("/api/models/lists/llm?pageSize=2").json()
    assert [entry["revision"] for entry in answer["data"]] == [5, 4]
    assert answer["total"] == 5
    last = client.get("/api/models/lists/LLM?pageSize=2&page=3").json()
    assert [entry["revision"] for entry in last["data"]] == [1]
    assert client.get("/api/models/lists/llm?page=9").json()["data"] == []
    wrong = client.get("/api/models/lists/poetry")
    assert (wrong.status_code, wrong.json()["error_code"]) == (400, "INVALID_MODEL_TYPE")
    etag = client.get("/api/models/lists/llm").headers["ETag"]
    again = client.get("/api/models/lists/llm", headers={"If-None-Match": etag})
    assert again.status_code == 304


def test_the_addresses_of_lists_stand_in_the_openapi_document(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/models/lists", "/api/models/lists/{model_type}"} <= set(paths)
    parameters = [p["name"] for p in paths["/api/models/download"]["get"]["parameters"]]
    assert "revision" in parameters


def test_one_revision_is_as_the_list_was_then(client):
    """The records, not only the digest: what an edit changed is not in the older one."""
    a_model("one")
    model = RegisteredModel.objects.get(name="one")
    changed = written(llm_record("one", context_length=4096))
    by = a_person("mia", "change_public_model")
    edit(model, Submission(changed), by=by, base_revision=1)
    old, new = (json.loads(client.get(f"{LLM}&revision={n}").content)[0] for n in (1, 2))
    assert (old["context_length"], new["context_length"]) == (32768, 4096)
    assert new["updated_at"] > old["updated_at"]
