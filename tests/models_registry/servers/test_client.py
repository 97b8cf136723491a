"""The client of a server: its requests, the answers it reads, and its errors for bad answers."""

from __future__ import annotations

import json
import time

import pytest

from models_registry.servers import client
from models_registry.servers.requests import ServerRefused, ServerUnavailable
from tests.factories import llm_record
from tests.standins.xinference import registered


@pytest.mark.parametrize("answer", [None, {}, {"data": None}, {"data": {}}, "models", 7])
def test_an_answer_without_a_list_is_no_server_without_models(there, used, answer):
    there.raw = (200, {}, json.dumps(answer).encode())
    for ask in (lambda: client.running(used), lambda: client.registrations(used, "llm")):
        with pytest.raises(ServerUnavailable, match="does not respond like"):
            ask()


def test_what_is_no_model_in_a_list_is_passed_over(there, used):
    there.raw = (200, {}, json.dumps({"data": [1, {}, {"id": ""}]}).encode())
    assert client.running(used) == []
    there.raw = (200, {}, json.dumps([1, None, "x"]).encode())
    assert client.registrations(used, "llm") == []


@pytest.mark.parametrize("share", ["NaN", "Infinity", "1" + "0" * 400, "true", '"0.4"'])
def test_a_share_that_is_none_is_no_progress(there, used, share):
    there.raw = (200, {}, f'{{"progress": {share}}}'.encode())
    assert client.progress(used, "alpha").share == 0.0


@pytest.mark.parametrize("uid", ["", "..", "a/../b", "a\nb", "a" * 201, 7, None])
def test_a_launch_that_gets_no_uid_is_told(there, used, uid):
    there.raw = (200, {}, json.dumps({"model_uid": uid}).encode())
    with pytest.raises(ServerUnavailable, match="did not name the model"):
        client.launch(used, {})


def test_a_detailed_list_that_takes_too_long_is_asked_for_plainly(there, used, monkeypatch):
    there.known["LLM"] = [registered(llm_record("alpha"))]
    monkeypatch.setattr(client, "LIST_SECONDS", 0.2)
    answer = there.answer

    def slow(method, target, headers, body):
        time.sleep(1 if "detailed" in target else 0)
        return answer(method, target, headers, body)

    there.answer = slow
    records = client.registrations(used, "llm")
    assert records == [{"model_name": "alpha", "is_builtin": True}]


def test_uids_and_names_are_quoted(there, used):
    with pytest.raises(ServerRefused):
        client.stop(used, "../v1/cluster?x=/y")
    client.engines(used, "llm", "a/../b")
    assert there.paths() == [
        "/v1/models/..%2Fv1%2Fcluster%3Fx%3D%2Fy",
        "/v1/engines/LLM/a%2F..%2Fb",
    ]


def test_a_launch_that_failed_is_known_by_its_instance(there, used):
    uid = client.launch(used, {"model_name": "alpha", "model_engine": "vLLM"})
    assert client.instance(used, uid) == client.Instance("CREATING", "")
    there.failed[uid] = "CUDA out of memory"
    assert client.instance(used, uid) == client.Instance("ERROR", "CUDA out of memory")
    assert client.instance(used, "other") is None
