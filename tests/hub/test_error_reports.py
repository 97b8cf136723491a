"""Errors are reported to a server of the operator's choice, without anything that is private."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest
import sentry_sdk
from django.http import HttpResponse
from django.urls import path

from hub import error_reports
from tests.accounts.credentials import PASSWORD
from tests.factories import a_user

pytestmark = pytest.mark.django_db
TOKENS = ("ghp_" + "s" * 36, "xhub_" + "t" * 40)
SECRETS = (*TOKENS, PASSWORD, "hunter2", "ada@example.org", "secretkey")


def fails(request, key):
    password = request.POST.get("password")  # noqa: F841 - a local variable with a secret
    raise RuntimeError(f"{SECRETS[0]} postgres://hub:hunter2@db/hub Bearer {SECRETS[1]}")


def logs(request):
    logging.getLogger("tests").error("%s has failed at %s", "ada@example.org", "secretkey")
    return HttpResponse()


urlpatterns = [path("fails/<str:key>", fails), path("logs", logs)]


DECOMPRESS = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}


class Server:
    """Takes reports as Sentry does; `events` are those that have come."""

    def __init__(self):
        self.events, self.bodies, server = [], [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                decompress = DECOMPRESS[self.headers.get("Content-Encoding", "")]
                body = decompress(body)
                server.bodies.append(body.decode())
                for line in body.splitlines():
                    content = json.loads(line)
                    if "level" in content:
                        server.events.append(content)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.dsn = f"http://public@127.0.0.1:{self._server.server_port}/1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(settings):
    settings.ROOT_URLCONF = "tests.hub.test_error_reports"
    server = Server()
    error_reports.begin(server.dsn)
    yield server
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.get_global_scope().set_client(None)
    server.stop()


def test_an_error_is_reported_with_its_route_and_request_and_nothing_private(client, server):
    client.raise_request_exception = False
    client.force_login(a_user("ada", email="ada@example.org"))
    answer = client.post(
        "/fails/secretkey?token=secretkey", {"password": PASSWORD},
        headers={"authorization": f"Bearer {SECRETS[1]}", "x-forwarded-for": "203.0.113.9"},
    )  # fmt: skip
    sentry_sdk.flush(5)
    (event,) = server.events
    (error,) = event["exception"]["values"]
    assert error["type"] == "RuntimeError"
    assert error["stacktrace"]["frames"][-1]["function"] == "fails"
    assert event["transaction"] == "/fails/{key}"
    assert event["tags"]["request_id"] == answer.headers["X-Request-ID"]
    for secret in (*SECRETS, "sessionid", "203.0.113.9", "127.0.0.1"):
        assert secret not in server.bodies[0]


def test_a_line_of_the_log_is_reported_without_its_values(client, server):
    client.get("/logs")
    sentry_sdk.flush(5)
    assert [event["logentry"] for event in server.events] == [{"message": "%s has failed at %s"}]
    assert not any(secret in body for body in server.bodies for secret in SECRETS)


def test_a_server_that_is_away_changes_no_answer(client, server):
    server.stop()
    client.raise_request_exception = False
    assert client.get("/fails/x").status_code == 500


def test_without_the_setting_nothing_is_sent(client, settings):
    settings.ROOT_URLCONF = "tests.hub.test_error_reports"
    client.raise_request_exception = False
    client.get("/fails/x")
    assert not sentry_sdk.get_client().is_active()
