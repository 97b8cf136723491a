"""The probes: who may ask, and what they say."""

from __future__ import annotations

import dataclasses
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from hub import heartbeat, readiness
from hub.doctor.findings import wrong as wrong_finding
from hub.models import OutgoingMail
from hub.version import VERSION
from models_registry.models import UpstreamChange

pytestmark = pytest.mark.django_db


def wrong(client, query: str = "") -> dict[str, str]:
    """The checks that are not ok, with their texts, checked just now."""
    readiness.forget()
    return {
        entry["check"]: entry["text"] for entry in client.get("/readyz" + query).json()["wrong"]
    }


@pytest.fixture
def working(settings, tmp_path):
    """A hub whose workers work."""
    settings.VAR_DIR = tmp_path
    heartbeat.note()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.3.7:8000", "web:8000", "hub_web", "[fd00::1]:8000"])
def test_probes_may_call_the_hub_by_any_name(client, path, host, settings):
    settings.SECURE_SSL_REDIRECT = True
    for method in (client.get, client.head):
        answer = method(path, headers={"Host": host})
        assert answer.status_code == 200
        assert not answer.cookies
        assert "no-store" in answer.headers["Cache-Control"]
    assert client.get("/models", headers={"Host": host}).status_code in {301, 400}


def test_the_process_answers_without_asking_any_service(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok", "version": VERSION}


def test_a_hub_in_which_all_works_is_ok(client, working):
    answer = client.get("/readyz?strict")
    assert answer.status_code == 200
    report = answer.json()
    assert report["status"] == "ok", report
    assert report["wrong"] == []
    assert {"database", "migrations", "cache", "broker", "workers", "disk"} <= set(report["checks"])


def test_workers_that_are_still_are_named_and_pages_go_on(client, working, monkeypatch):
    monkeypatch.setattr(heartbeat, "age_seconds", lambda queue: 7200.0)
    assert "2 hours ago" in wrong(client)["workers"]
    assert client.get("/readyz").json()["status"] == "degraded"
    assert client.get("/readyz").status_code == 200
    assert client.get("/readyz?strict").status_code == 503


def test_migrations_that_are_missing_take_the_process_out(client, working):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'reviews'")
    assert "not applied" in wrong(client)["migrations"]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert client.get("/healthz").status_code == 200


def test_what_has_waited_for_long_is_named(client, working, settings):
    long_ago = timezone.now() - timedelta(hours=5)
    OutgoingMail.objects.create(
        recipients="ada@example.org", created_at=long_ago,
        expires_at=timezone.now() + timedelta(days=1), next_attempt_at=long_ago,
    )  # fmt: skip
    UpstreamChange.objects.create(
        model_type="llm", name="m", name_key="m", kind="add", created_at=long_ago
    )
    found = wrong(client)
    assert "5 hours" in found["mail outbox"]
    assert "changes" not in found, "without a token changes wait on purpose"
    settings.ENV = dataclasses.replace(settings.ENV, github_token="ghp_" + "x" * 36)
    assert "5 hours" in wrong(client)["changes"]
    assert "ada@" not in str(wrong(client))


def test_a_disk_that_is_full_or_closed_is_named(client, working, settings, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 5 * 1024 * 1024})
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    assert "5 MB are free" in wrong(client)["disk"]
    settings.VAR_DIR = tmp_path / "gone"
    assert "can't be written to" in wrong(client)["disk"]


def test_many_probes_at_once_check_once(client, working, django_assert_num_queries):
    client.get("/readyz")
    with django_assert_num_queries(0):
        client.get("/readyz")


def test_a_check_that_hangs_occupies_one_thread_only(client, working, monkeypatch):
    client.get("/readyz")
    begun, go_on = threading.Event(), threading.Event()

    def hangs() -> list:
        begun.set()
        go_on.wait(20)
        return [wrong_finding("database", "It hangs.", "Wait.")]

    monkeypatch.setattr(readiness, "_checked", hangs)
    monkeypatch.setattr(readiness, "_KEPT_SECONDS", 0.0)
    thread = threading.Thread(target=readiness.findings)
    thread.start()
    assert begun.wait(20)
    assert client.get("/readyz").json()["checks"]["database"] == "ok", "the last result"
    go_on.set()
    thread.join(20)
    assert client.get("/readyz").status_code == 503


def test_before_the_first_result_probes_wait_shortly_and_are_told_not_ready(client, monkeypatch):
    """The database hangs right after a start: four probes would hold all threads."""
    begun, go_on = threading.Event(), threading.Event()

    def hangs() -> list:
        begun.set()
        go_on.wait(20)
        return [wrong_finding("disk", "It is full.", "Make room.")]

    readiness.forget()
    monkeypatch.setattr(readiness, "_checked", hangs)
    monkeypatch.setattr(readiness, "_WAIT_SECONDS", 0.1)
    thread = threading.Thread(target=readiness.findings)
    thread.start()
    try:
        assert begun.wait(20)
        started = time.monotonic()
        answer = client.get("/readyz")
        assert time.monotonic() - started < 10
        assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    finally:
        go_on.set()
        thread.join(20)
    assert client.get("/readyz").status_code == 200
    readiness.forget()
