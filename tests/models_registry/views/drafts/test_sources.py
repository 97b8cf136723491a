"""A draft's repositories: a README is fetched, and whether they exist is asked."""

import pytest

from models_registry.models import ReadmeOrigin
from tests.factories import llm_record, written
from tests.models_registry.drafting.forms import (
    a_draft,
    address,
    post,
)
from tests.standins.model_hubs import Repository

pytestmark = pytest.mark.django_db


def test_the_readme_of_the_source_is_fetched_when_none_was_typed(client, ada, hubs):
    text = written(llm_record()).replace("example/tiny-llm", "Qwen/Qwen3-0.6B")
    draft = a_draft(ada, text)
    post(client, draft, "readme", text="", readme="get")
    draft.refresh_from_db()
    assert draft.readme == "---\nlicense: apache-2.0\n---\n# Fetched\n"
    assert draft.readme_origin == ReadmeOrigin.FETCHED


def test_a_source_without_readme_is_said_and_one_is_made(client, ada, hubs):
    hubs.hugging_face["example/tiny-llm"] = Repository({"config.json": {}})
    draft = a_draft(ada)
    answer = client.get(post(client, draft, "readme", text="", readme="get").url)
    assert "has no README.md of example/tiny-llm" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.readme_origin == ReadmeOrigin.GENERATED


def test_sources_are_asked_for_on_demand_and_missing_ones_are_no_error(client, ada, hubs):
    record = llm_record()
    record["model_specs"][0]["model_src"]["modelscope"] = {
        "model_id": "Qwen/Qwen3-0.6B",
        "quantizations": ["none"],
    }
    text = written(record).replace("example/tiny-llm", "Qwen/Qwen3-0.6B")
    draft = a_draft(ada, text)
    client.get(address(draft, "check"))
    assert hubs.paths == []
    answer = post(client, draft, "check", message="", sources="1")
    page = answer.content.decode()
    assert page.count("is there") == 1
    assert page.count("was not found") == 1
    assert "can be submitted" in page
