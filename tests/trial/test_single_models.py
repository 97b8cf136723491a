"""One model, fetched by its name: what the server's web UI calls Add Model."""

from __future__ import annotations

import json

import pytest
import requests

from tests.factories import llm_record
from tests.trial.pages import EMBEDDING
from tests.trial.processes import NAME

pytestmark = pytest.mark.xinference

REFUSED = (502, {"detail": "Failed to update model catalog"})


def test_one_model_is_fetched_and_the_others_stay_as_they_are(hub, server, stage):
    assert server.update_type("rerank") == 200
    hub.edit("rerank", "bge-reranker-base", model_description="Not fetched")
    hub.edit("rerank", "bge-reranker-large", model_description="Fetched")
    status, answer = server.update_spec("rerank", "bge-reranker-large")
    assert (status, answer["data"]["model_name"]) == (200, "bge-reranker-large")
    method, path, headers, _ = stage.proxy.seen[-1]
    assert (method, path, headers["host"]) == (
        "GET",
        "/api/models/download?model_type=rerank&model_name=bge-reranker-large&include_readme=true",
        NAME,
    )
    offered = server.registrations("rerank")
    assert offered["bge-reranker-large"]["model_description"] == "Fetched"
    assert offered["bge-reranker-large"]["readme"]
    assert offered["bge-reranker-base"].get("model_description") != "Not fetched"


def test_a_new_public_model_is_offered_at_once(hub, server):
    hub.register("llm", [llm_record("trial-llm", updated_at=...)], "public")
    assert "trial-llm" not in server.registrations("llm")
    assert server.update_spec("llm", "trial-llm")[0] == 200
    assert server.registrations("llm")["trial-llm"]["model_ability"] == ["chat", "tools"]


def test_every_model_of_a_type_can_be_fetched_alone(hub, server):
    names = {one["model_name"] for one in hub.listed("audio")}
    assert server.update_type("audio") == 200
    assert {name: server.update_spec("audio", name)[0] for name in names} == dict.fromkeys(
        names, 200
    )
    kept = [{k: v for k, v in one.items() if k != "readme"} for one in server.kept("audio")]
    by_text = sorted(map(json.dumps, kept))
    assert by_text == sorted(map(json.dumps, hub.listed("audio")))


@pytest.mark.parametrize(
    ("model_type", "name"),
    [("llm", "nosuch"), ("llm", "QWEN3"), ("image", "qwen3"), ("world", "a/b?c=d&e")],
)
def test_an_unknown_name_is_refused_and_the_list_stays(server, stage, model_type, name):
    assert server.update_type(model_type) == 200
    before = server.kept(model_type)
    assert server.update_spec(model_type, name) == REFUSED
    assert stage.proxy.seen[-1][3] == 404
    assert server.kept(model_type) == before


def test_a_name_shipped_without_a_time_does_not_keep_the_server_from_starting(server):
    assert server.update_type("image") == 200
    before = server.kept("image")
    try:
        assert server.update_spec("image", "dots.ocr") == REFUSED
        assert server.kept("image") == before
    finally:
        # With that name in its file the server would not start any more.
        assert server.update_type("image") == 200


def test_restricted_models_come_with_a_token_alone(hub, server, stage):
    private = {**EMBEDDING, "model_name": "trial-private"}
    enterprise = {**EMBEDDING, "model_name": "trial-enterprise"}
    hub.register("embedding", [private], "private")
    hub.register("embedding", [enterprise], "enterprise")
    names = {"trial-private", "trial-enterprise"}
    for name in names:
        assert server.update_spec("embedding", name) == REFUSED
        assert stage.proxy.seen[-1][3] == 404
    with server.sending(hub.token):
        for name in names:
            assert server.update_spec("embedding", name)[0] == 200
        assert stage.proxy.seen[-1][2]["x-models-token"] == hub.token
        assert names <= server.registrations("embedding").keys()
        assert server.update_type("embedding") == 200
        assert names <= server.registrations("embedding").keys()
    assert server.update_type("embedding") == 200
    assert not names & server.registrations("embedding").keys()
    with server.sending("xhub_nobody-has-this-token"):
        assert server.update_spec("embedding", "trial-private") == REFUSED
        assert stage.proxy.seen[-1][3] == 401


def test_the_page_that_the_web_ui_links_to_answers_under_the_compiled_in_name(hub):
    page = requests.get(f"{hub.url}/models/detail/dots.ocr", headers={"Host": NAME}, timeout=60)
    assert page.status_code == 200
    assert "dots.ocr" in page.text
