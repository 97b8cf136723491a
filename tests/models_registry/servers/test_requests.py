"""One request to a server: its time and size are limited, and every failure is told."""

from __future__ import annotations

import gzip
import threading
import time

import pytest

from models_registry.servers import access, client, requests
from models_registry.servers.access import Server, Whose
from models_registry.servers.requests import ServerRefused, ServerSilent, ServerUnavailable


def test_the_key_is_sent_and_a_wrong_one_is_told_without_repeating_it(there, used):
    assert client.running(used) == []
    wrong = Server(there.url, "sk-wrong-key", Whose.OWN)
    with pytest.raises(ServerRefused, match="does not accept the API key") as refusal:
        client.running(wrong)
    assert "sk-wrong" not in refusal.value.message
    assert "sk-wrong" not in repr(wrong)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>Sign in</html>"), "does not respond like"),
        ((200, {}, b"[" * 100_000), "does not respond like"),
        ((200, {}, b"\xff\xfe\x00"), "does not respond like"),
        ((502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>"), "does not respond like"),
        ((301, {"Location": "https://other.example.org/"}, b""), "redirects"),
        ((307, {"Location": "https://other.example.org/"}, b""), "redirects"),
    ],
)
def test_what_is_no_answer_of_a_server_is_told_in_words(there, used, raw, message):
    there.raw = raw
    with pytest.raises(ServerUnavailable, match=message):
        client.running(used)


def test_a_slow_server_is_not_waited_for(there, used, monkeypatch):
    monkeypatch.setattr(requests, "READ_SECONDS", 0.3)
    there.delay = 3
    started = time.monotonic()
    with pytest.raises(ServerSilent, match="does not respond"):
        client.running(used)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("part", ["{}", "[]", "0"])
def test_an_answer_of_millions_of_small_values_is_not_read(there, used, monkeypatch, part):
    monkeypatch.setattr(requests, "MAX_PARTS", 10_000)
    there.raw = (200, {}, f"[{','.join([part] * 10_001)}]".encode())
    with pytest.raises(ServerUnavailable, match="larger than the hub accepts"):
        client.registrations(used, "llm")


def test_an_answer_is_cut_off_at_its_limit_also_after_decompression(there, used, monkeypatch):
    monkeypatch.setattr(requests, "MAX_BYTES", 1000)
    there.raw = (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 1_000_000))
    with pytest.raises(ServerUnavailable, match="larger than the hub accepts"):
        client.running(used)


def test_a_server_that_is_away_is_told(there, used):
    there.stop()
    with pytest.raises(ServerUnavailable, match="can't be reached"):
        client.running(used)


def test_slow_servers_of_people_do_not_take_all_threads(there, used, server, monkeypatch):
    monkeypatch.setattr(requests, "PLACES", threading.BoundedSemaphore(1))
    monkeypatch.setattr(requests, "PLACE_SECONDS", 0.1)
    monkeypatch.setattr(requests, "WAITERS", threading.BoundedSemaphore(1))
    there.delay = 0.5
    first = threading.Thread(target=client.running, args=[used])
    first.start()
    while not there.asked:
        time.sleep(0.01)
    with pytest.raises(ServerUnavailable, match="is waiting for many servers"):
        client.running(used)
    monkeypatch.setattr(requests, "PLACE_SECONDS", 60.0)
    with requests.WAITERS, pytest.raises(ServerUnavailable, match="is waiting for many servers"):
        client.running(used)
    assert client.running(access.hub_server()) == [], "the hub's own has no such limit"
    first.join()
    there.delay = 0
    assert client.running(used) == []
