"""deploy/nginx.conf, in front of a real hub."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.environment import ROOT
from tests.journeys.processes import (
    answers,
    free_port,
    installation,
    manage,
    nginx_configuration,
    wait_until,
)
from tests.journeys.test_kept_answers import CATALOGUE, RERANK
from tests.journeys.test_web_server import running

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")


@pytest.fixture(scope="module")
def served(tmp_path_factory, prepared_var):
    """The addresses of nginx and of the hub, the hub's environment, and its process."""
    folder = tmp_path_factory.mktemp("nginx")
    environment = installation(folder, prepared_var) | {"HUB_TRUSTED_PROXIES": "1"}
    port = str(free_port())
    hub = [sys.executable, "manage.py", "serve", "--only", "web"]
    with running(hub, environment, environment["WEB_PORT"]) as process:
        wait_until(lambda: answers(environment["WEB_PORT"]))
        nginx = ["nginx", "-c", str(nginx_configuration(folder, port, environment["WEB_PORT"]))]
        with running(nginx, environment, port):
            address = f"http://127.0.0.1:{environment['WEB_PORT']}"
            yield f"http://127.0.0.1:{port}", address, environment, process


def get(base, path=RERANK, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(base + path, headers={"User-Agent": "test/1", **named}, timeout=30)


def test_lists_come_through_it_as_the_hub_gives_them(served):
    base, hub, _environment, _process = served
    own = {"Connection", "Server", "Date", "server", "date"}
    for coding in ("identity", "gzip", "gzip, deflate, br"):
        direct = get(hub, Accept_Encoding=coding)
        for _ in range(2):
            answer = get(base, Accept_Encoding=coding)
            assert answer.content == direct.content
            theirs = {name.lower(): v for name, v in direct.headers.items() if name not in own}
            ours = {name.lower(): v for name, v in answer.headers.items() if name not in own}
            assert ours == theirs
        etag = direct.headers["ETag"]
        assert get(base, Accept_Encoding=coding, If_None_Match=etag).status_code == 304
    assert "Access-Control-Allow-Origin" in get(base, Origin="http://x.example").headers
    assert "Access-Control-Allow-Origin" not in get(base).headers
    assert get(base, X_Models_Token="x" * 40).status_code == 401
    assert get(base, f"{RERANK}&model_name=nothing").status_code == 404
    assert get(base, "/models").status_code == 200


def test_a_client_does_not_choose_what_the_log_calls_its_request(served):
    base, hub, _environment, _process = served
    given = "chosen-by-a-client"
    assert get(hub, "/nothing", X_Request_ID=given).headers["X-Request-ID"] == given
    made = get(base, "/nothing", X_Request_ID=given).headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)
    # Each place that sets headers must set this one again: nginx inherits none then.
    text = (ROOT / "deploy/nginx.conf").read_text()
    assert text.count("header X-Request-ID $request_id;") == text.count("header X-Forwarded-Proto")


def test_it_tells_the_hub_who_has_a_list(served):
    base, _hub, environment, _process = served
    for _ in range(3):
        assert get(base, User_Agent="xinference/9").status_code == 200
    database = f"{environment['HUB_VAR_DIR']}/hub.sqlite3"

    def seen():
        with sqlite3.connect(database, timeout=30) as connection:
            query = "SELECT count(*) FROM models_registry_serverlist WHERE agent = 'xinference/9'"
            return connection.execute(query).fetchone()[0]

    assert wait_until(seen) == 1


def test_a_visitor_can_not_choose_the_id_of_their_request(served):
    base, hub, _environment, _process = served
    forged = {"X_Request_ID": "forged-by-a-visitor"}
    missing = f"{RERANK}&model_name=nothing"
    assert get(hub, missing, **forged).headers["X-Request-ID"] == forged["X_Request_ID"]
    answer = get(base, missing, **forged)
    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] != forged["X_Request_ID"]


def test_while_the_hub_hangs_the_last_list_comes_soon(served):
    base, _hub, _environment, process = served
    listed = get(base)
    # nginx counts whole seconds.
    time.sleep(2.1)
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(8) as threads:
            began = time.monotonic()
            answers = list(threads.map(lambda _: timed(lambda: get(base)), range(8)))
        assert time.monotonic() - began < 10
        assert all(answer.content == listed.content for answer, _seconds in answers)
        # Only the first one waited for the hub.
        assert sum(seconds > 2 for _answer, seconds in answers) == 1
    finally:
        os.killpg(process.pid, signal.SIGCONT)
    wait_until(lambda: get(base, "/models").status_code == 200)


def timed(call):
    began = time.monotonic()
    return call(), time.monotonic() - began


def test_a_publication_is_served_within_a_second_and_the_last_list_without_a_hub(served):
    base, _hub, environment, process = served
    assert get(base).json() == []
    done = manage(environment, "import_catalogue", CATALOGUE, "--type", "rerank")
    assert done.returncode == 0, done.stderr
    time.sleep(1.1)
    listed = get(base)
    assert len(listed.json()) > 1
    process.terminate()
    process.wait(timeout=60)
    time.sleep(1.1)
    assert get(base).content == listed.content
    assert get(base, "/models").status_code == 502
