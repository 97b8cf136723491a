"""Launching on an Xinference server: what is sent, what is shown, what is refused."""

from __future__ import annotations

import dataclasses

import pytest

from models_registry.launch import update
from tests.factories import a_model, a_person, llm_record, written
from tests.standins.hub import SourceHub

pytestmark = pytest.mark.django_db


def test_launch_sends_the_payload_that_the_page_shows_and_then_its_progress(client, keeper, server):
    model = a_model("alpha")
    address = f"/launch_model/{model.pk}/launch"
    assert "Launch on the server" in client.get(address).content.decode()
    answer = client.post(
        address, {"server": "hub", "replicas": "2", "devices": "0,1", "engine": "vLLM"}
    )
    assert answer.url == "/launch_model/server/progress/alpha?server=hub"
    method, path, headers, body = server.asked[-1]
    assert (method, path) == ("POST", "/v1/models?wait_ready=false")
    assert headers["authorization"] == "Bearer sk-secret"
    assert body == {
        "model_name": "alpha", "model_type": "LLM", "model_engine": "vLLM",
        "model_size_in_billions": "0_6", "model_format": "pytorch", "quantization": "none",
        "replica": 2, "gpu_idx": [0, 1],
    }  # fmt: skip
    server.progress["alpha"] = 0.4
    page = client.get(answer.url).content.decode()
    assert "40 %" in page
    assert "sk-secret" not in page
    server.progress["alpha"] = 1.0
    assert client.get(answer.url).url == "/launch_model/server?server=hub"


def test_what_runs_is_shown_and_can_be_stopped(client, keeper, server):
    server.models["a/b?c"] = {"model_name": "alpha", "model_type": "LLM"}
    assert "a/b?c" in client.get("/launch_model/server").content.decode()
    client.post("/launch_model/server/stop", {"server": "hub", "uid": "a/b?c"})
    assert server.asked[-1][1] == "/v1/models/a%2Fb%3Fc"
    assert server.models == {}


def test_a_refusal_is_told_in_the_servers_words(client, keeper, server):
    model = a_model("alpha")
    server.refusal = (503, "No available slot <b>found</b> for the model")
    answer = client.post(f"/launch_model/{model.pk}/launch", {"server": "hub"})
    assert answer.status_code == 409
    assert "No available slot &lt;b&gt;found" in answer.content.decode()


def test_a_server_that_is_away_is_said(client, keeper, server):
    server.stop()
    page = client.get("/launch_model/server")
    assert page.status_code == 200
    assert "can&#x27;t be reached" in page.content.decode()


def test_launching_needs_its_right(client, server):
    model = a_model("alpha")
    client.force_login(a_person("reader", "Registrars"))
    assert (
        "Launch on the server"
        not in client.get(f"/launch_model/{model.pk}/launch").content.decode()
    )
    assert client.post(f"/launch_model/{model.pk}/launch", {"server": "hub"}).status_code == 403
    assert (
        client.post("/launch_model/server/stop", {"server": "hub", "uid": "x"}).status_code == 403
    )
    assert client.get("/launch_model/server").status_code == 403
    assert server.asked == []


def test_wrong_numbers_launch_nothing(client, keeper, server):
    model = a_model("alpha")
    answer = client.post(f"/launch_model/{model.pk}/launch", {"server": "hub", "replicas": "many"})
    assert answer.status_code == 422
    assert server.asked == []


def test_an_update_tells_the_server(keeper, server, settings):
    hub = SourceHub()
    hub.lists["llm"] = written(llm_record("alpha"))
    settings.ENV = dataclasses.replace(settings.ENV, hub_source=f"hub:{hub.url}")
    run = update.update_type("llm", by=keeper)
    update.run(run.pk)
    hub.stop()
    run.refresh_from_db()
    assert server.asked[-1][1:2] == ("/v1/models/update_type",)
    assert server.asked[-1][3] == {"model_type": "llm"}
    assert "told to fetch" in run.server_message


def test_adding_a_model_tells_the_server(client, keeper, server, settings):
    hub = SourceHub()
    hub.lists["llm"] = written(llm_record("alpha"))
    settings.ENV = dataclasses.replace(settings.ENV, hub_source=f"hub:{hub.url}")
    found = client.post("/launch_model/add", {"way": "source", "asked": "alpha"})
    added = client.post(found.url, {"visibility": "public"}, follow=True)
    hub.stop()
    assert server.asked[-1][1] == "/v1/models/update_spec"
    assert server.asked[-1][3] == {"model_type": "llm", "model_name": "alpha"}
    assert "was told to fetch it" in added.content.decode()
