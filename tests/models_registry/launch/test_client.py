"""The client of a server: what it sends, what it reads, and what it says of bad answers."""

from __future__ import annotations

import gzip
import json
import threading
import time

import pytest

from models_registry.launch import asking, client, servers
from models_registry.launch.asking import ServerRefused, ServerSilent, ServerUnavailable
from models_registry.launch.servers import Server, Whose
from tests.factories import llm_record
from tests.standins.xinference import registered


def test_the_key_is_sent_and_a_wrong_one_is_told_without_repeating_it(there, used):
    assert client.running(used) == []
    wrong = Server(there.url, "sk-wrong-key", Whose.OWN)
    with pytest.raises(ServerRefused, match="does not accept the API key") as refusal:
        client.running(wrong)
    assert "sk-wrong" not in refusal.value.message
    assert "sk-wrong" not in repr(wrong)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>Sign in</html>"), "does not answer as"),
        ((200, {}, b"[" * 100_000), "does not answer as"),
        ((200, {}, b"\xff\xfe\x00"), "does not answer as"),
        ((502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>"), "does not answer as"),
        ((301, {"Location": "https://other.example.org/"}, b""), "redirects"),
        ((307, {"Location": "https://other.example.org/"}, b""), "redirects"),
    ],
)
def test_what_is_no_answer_of_a_server_is_told_in_words(there, used, raw, said):
    there.raw = raw
    with pytest.raises(ServerUnavailable, match=said):
        client.running(used)


@pytest.mark.parametrize("answer", [None, [], {}, {"data": None}, {"data": [1, {}, {"id": ""}]}])
def test_answers_of_another_shape_are_no_models(there, used, answer):
    there.raw = (200, {}, json.dumps(answer).encode())
    assert client.running(used) == []
    assert client.registrations(used, "llm") == []


@pytest.mark.parametrize("share", ["NaN", "Infinity", "1" + "0" * 400, "true", '"0.4"'])
def test_a_share_that_is_none_is_no_progress(there, used, share):
    there.raw = (200, {}, f'{{"progress": {share}}}'.encode())
    assert client.progress(used, "alpha").share == 0.0


@pytest.mark.parametrize("uid", ["", "..", "a/../b", "a\nb", "a" * 201, 7, None])
def test_a_launch_that_gets_no_uid_is_told(there, used, uid):
    there.raw = (200, {}, json.dumps({"model_uid": uid}).encode())
    with pytest.raises(ServerUnavailable, match="names no model"):
        client.launch(used, {})


def test_a_slow_server_is_not_waited_for(there, used, monkeypatch):
    monkeypatch.setattr(asking, "READ_SECONDS", 0.3)
    there.delay = 3
    started = time.monotonic()
    with pytest.raises(ServerSilent, match="silent"):
        client.running(used)
    assert time.monotonic() - started < 2


def test_a_detailed_list_that_takes_too_long_is_asked_for_plainly(there, used, monkeypatch):
    there.known["LLM"] = [registered(llm_record("alpha"))]
    monkeypatch.setattr(client, "LIST_SECONDS", 0.2)
    answer = there.answer

    def slow(method, target, headers, body):
        time.sleep(1 if "detailed" in target else 0)
        return answer(method, target, headers, body)

    there.answer = slow
    found = client.registrations(used, "llm")
    assert found == [{"model_name": "alpha", "is_builtin": True}]


@pytest.mark.parametrize("part", ["{}", "[]", "0"])
def test_an_answer_of_millions_of_small_values_is_not_read(there, used, monkeypatch, part):
    monkeypatch.setattr(asking, "MAX_PARTS", 10_000)
    there.raw = (200, {}, f"[{','.join([part] * 10_001)}]".encode())
    with pytest.raises(ServerUnavailable, match="more than the hub takes"):
        client.registrations(used, "llm")


def test_an_answer_is_cut_off_at_its_limit_also_after_decompression(there, used, monkeypatch):
    monkeypatch.setattr(asking, "MAX_BYTES", 1000)
    there.raw = (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 1_000_000))
    with pytest.raises(ServerUnavailable, match="more than the hub takes"):
        client.running(used)


def test_a_server_that_is_away_is_told(there, used):
    there.stop()
    with pytest.raises(ServerUnavailable, match="can't be reached"):
        client.running(used)


def test_slow_servers_of_people_do_not_take_all_threads(there, used, server, monkeypatch):
    monkeypatch.setattr(asking, "PLACES", threading.BoundedSemaphore(1))
    monkeypatch.setattr(asking, "PLACE_SECONDS", 0.1)
    monkeypatch.setattr(asking, "WAITERS", threading.BoundedSemaphore(1))
    there.delay = 0.5
    first = threading.Thread(target=client.running, args=[used])
    first.start()
    while not there.asked:
        time.sleep(0.01)
    with pytest.raises(ServerUnavailable, match="waits for many servers"):
        client.running(used)
    monkeypatch.setattr(asking, "PLACE_SECONDS", 60.0)
    with asking.WAITERS, pytest.raises(ServerUnavailable, match="waits for many servers"):
        client.running(used)
    assert client.running(servers.hub_server()) == [], "the hub's own has no such limit"
    first.join()
    there.delay = 0
    assert client.running(used) == []


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
