"""The log: one line an event, the id of the request everywhere, no secret in it."""

from __future__ import annotations

import dataclasses
import json
import logging
import time

import pytest
from celery import signals
from django.db import connection
from django.urls import path

from accounts import github
from accounts.adapters import SocialAdapter
from hub import audit, logs, request_id, task_queue
from hub.celery import app
from hub.models import AuditEntry
from models_registry.upstream.github import GitHub
from tests.factories import a_user
from tests.standins.github import GitHubStandIn

GIVEN = "0123-from-the-proxy"
KEY_LINK = "/accounts/password/reset/key/3-abc123-0123456789/"


def fails(request, key):
    logging.getLogger("tests.view").warning("in the view")
    raise RuntimeError("broken")


urlpatterns = [path("fails/<str:key>", fails)]


@pytest.fixture
def lines():
    """What the hub writes, in JSON, as objects."""
    written: list[dict] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(self.format(record)))

    handler = Handler()
    handler.setFormatter(logs.JsonFormatter())
    handler.addFilter(logs.ContextFilter())
    loggers = [logging.getLogger(), logging.getLogger("django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield written
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture
def change(settings):
    def replace(**values):
        settings.ENV = dataclasses.replace(settings.ENV, **values)

    return replace


def test_the_id_of_the_proxy_is_in_every_line_and_in_the_answer(
    client, db, lines, settings, change
):
    settings.ROOT_URLCONF = "tests.hub.test_logs"
    change(trusted_proxies=1)
    client.raise_request_exception = False
    answer = client.get("/fails/x", headers={"X-Request-ID": GIVEN})
    assert answer.headers["X-Request-ID"] == GIVEN
    assert {line["request_id"] for line in lines} == {GIVEN}
    assert lines[0]["message"] == "in the view"
    tracebacks = [line for line in lines if "traceback" in line]
    assert len(tracebacks) == 1
    assert "RuntimeError: broken" in tracebacks[0]["traceback"]


@pytest.mark.parametrize("given", ["", "short", "with space and\nline", "x" * 65])
def test_without_a_proxy_of_our_own_the_hub_makes_the_id(client, db, change, given):
    change(trusted_proxies=1)
    made = client.get("/nothing", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert len(made) == 32
    change(trusted_proxies=0)
    made = client.get("/nothing", headers={"X-Request-ID": GIVEN}).headers["X-Request-ID"]
    assert made != GIVEN


def test_answers_that_may_be_kept_for_others_carry_no_id(client, db):
    assert "X-Request-ID" not in client.get("/models").headers


def test_requests_are_logged_by_route_with_who_and_how_long(client, db, lines, change):
    ada = a_user("ada")
    client.force_login(ada)
    change(log_requests=True)
    client.get(KEY_LINK)
    client.get("/user-center?secret=1")
    requests = [line for line in lines if line["logger"] == "hub.requests"]
    assert requests[0]["route"].startswith("/accounts/password/reset/key/")
    assert requests[1]["route"] == "/user-center"
    assert (requests[1]["method"], requests[1]["status"]) == ("GET", 200)
    assert requests[1]["user_id"] == ada.pk
    assert requests[1]["seconds"] >= 0
    text = json.dumps(lines)
    assert "abc123" not in text
    assert "secret=1" not in text


def test_slow_requests_and_slow_queries_are_always_logged(client, db, lines, change):
    change(log_slow_seconds=0)
    client.get("/models")
    assert any(line["message"].startswith("Slow request: GET /") for line in lines)
    lines.clear()
    with connection.cursor() as cursor:
        logs._watch(connection)
        cursor.execute("SELECT username FROM accounts_user WHERE username = %s", ["hunter2"])
    slow = next(line for line in lines if line["logger"] == "hub.queries")
    assert "SELECT username FROM accounts_user" in slow["message"]
    assert "hunter2" not in slow["message"]


def test_keys_of_links_are_in_no_line():
    record = logging.LogRecord("django.request", 30, "", 1, "Not Found: %s", (KEY_LINK,), None)
    for formatter in (logs.LineFormatter("{message}", style="{"), logs.JsonFormatter()):
        text = formatter.format(record)
        assert "/accounts/password/reset/key/…" in text
        assert "abc123" not in text


def test_the_id_reaches_tasks_and_the_audit_log(db, monkeypatch):
    sent = {}

    def send(name, **options):
        sent.update(options)

    monkeypatch.setattr("celery.current_app.send_task", send)
    with request_id.using(GIVEN):
        task_queue.ask_worker("hub.send_mail")
    assert sent["headers"] == {"asked_by": GIVEN}
    assert sent["queue"] == "celery"

    seen = []

    @app.task(name="tests.seen", bind=True)
    def seen_by(self):
        seen.append(request_id.current())
        audit.record(audit.Tag.PROFILE_CHANGE, by=None)

    seen_by.apply(headers={"asked_by": GIVEN})
    assert seen == [GIVEN]
    assert AuditEntry.objects.get().request_id == GIVEN
    assert request_id.current() == ""
    seen_by.apply()
    assert len(seen[1]) >= 8, "a task that nobody asked for has an id of its own"
    assert signals.task_prerun.receivers


def test_a_line_for_people_ends_with_the_id():
    record = logging.LogRecord("hub", 20, "", 1, "done", (), None)
    with request_id.using(GIVEN):
        logs.ContextFilter().filter(record)
    text = logs.LineFormatter("{levelname} {name}: {message}", style="{").format(record)
    assert text == f"INFO hub: done [{GIVEN}]"


def test_times_are_utc(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    record = logging.LogRecord("hub", 20, "", 1, "done", (), None)
    record.created = 0.0
    assert (
        json.loads(logs.JsonFormatter().format(record))["time"] == "1970-01-01T00:00:00.000+00:00"
    )
    assert time.time() > 0


@pytest.mark.django_db
def test_requests_to_github_and_to_the_single_sign_on_carry_the_id(change, tmp_path):
    standin = GitHubStandIn(tmp_path)
    token = "ghp_" + "i" * 36
    standin.knows(token, "hub-bot")
    change(github_api_url=standin.url)
    try:
        with request_id.using(GIVEN):
            github.check_token(token)
            GitHub(standin.url, token).repository("xorbitsai/inference")
            session = SocialAdapter().get_requests_session()
        github.check_token(token)
    finally:
        standin.stop()
    *with_id, without = [
        {name.lower(): value for name, value in exchange.headers.items()}
        for exchange in standin.exchanges
    ]
    assert {headers.get("x-request-id") for headers in with_id} == {GIVEN}
    assert "x-request-id" not in without
    assert session.headers["X-Request-ID"] == GIVEN
