"""The web server as it is: slow clients, half requests, hostile headers, answers that take long."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from tests.environment import ROOT
from tests.journeys.processes import (
    answers,
    free_port,
    installation,
    is_listening,
    wait_until,
)

COOKIE = "c" * 32
FORM = (
    "POST /signin HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
    f"Cookie: csrftoken={COOKIE}\r\n"
)
HALF = {
    "nothing": "",
    "headers": "GET /models HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ",
    "a body": f"{FORM}Content-Length: 5000\r\n\r\ncsrfmiddlewaretoken={COOKIE}&a=",
    "a chunked body": f"{FORM}Transfer-Encoding: chunked\r\n\r\n50\r\ncsrfmiddlewaretoken=",
}


@contextmanager
def running(command, env, port):
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_until(lambda: is_listening(port))
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def connect(port, request=""):
    connection = socket.socket()
    connection.settimeout(30)
    # A reader that does not read is not to be helped by a large buffer.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", int(port)))
    connection.sendall(request.encode())
    return connection


def received(connection) -> bytes:
    connection.settimeout(30)
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def image_command() -> list[str]:
    """What the Docker image starts, with this Python in the place of the image's."""
    line = next(x for x in (ROOT / "Dockerfile").read_text().splitlines() if x.startswith("CMD "))
    program, *arguments = json.loads(line.removeprefix("CMD "))
    assert program == "python"
    return [sys.executable, *arguments]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, prepared_var):
    """The environment of a hub that is ready to be served, with a large file."""
    environment = installation(tmp_path_factory.mktemp("hub"), prepared_var)
    (Path(environment["HUB_VAR_DIR"]) / "static/large.js").write_bytes(b" " * 2_000_000)
    return environment


# It fills every buffer on the way.
LARGE = "/static/large.js"


@pytest.mark.parametrize("started_by", ["make run", "the image"])
def test_200_slow_clients_of_each_kind_stop_nobody(prepared, started_by):
    command = [sys.executable, "manage.py", "serve"]
    command = image_command() if started_by == "the image" else command
    port = prepared["WEB_PORT"]
    with running(command, prepared, port):
        wait_until(lambda: answers(port))
        reading = f"GET {LARGE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        for kind, request in {**HALF, "no reading": reading}.items():
            with ExitStack() as stack:
                for _ in range(200):
                    stack.enter_context(connect(port, request))
                time.sleep(1)  # what they hold, they hold by now
                for _ in range(3):
                    answer = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=20)
                    assert answer.status_code == 200, kind
        assert requests.get(f"http://127.0.0.1:{port}/models", timeout=30).status_code == 200


def test_the_answers_are_whole_compressed_and_not_sent_twice(prepared):
    port = prepared["WEB_PORT"]
    base = f"http://127.0.0.1:{port}"
    with running(image_command(), prepared, port):
        wait_until(lambda: answers(port))
        page = requests.get(f"{base}/models", timeout=30)
        assert page.headers["Content-Encoding"] == "gzip"
        assert page.text.rstrip().endswith("</html>")
        style = next(part for part in page.text.split('"') if part.endswith(".css"))
        asset = requests.get(base + style, headers={"Accept-Encoding": "br"}, timeout=30)
        assert asset.headers["Content-Encoding"] == "br"
        assert "immutable" in asset.headers["Cache-Control"]
        again = {"If-None-Match": asset.headers["ETag"], "Accept-Encoding": "br"}
        assert requests.get(base + style, headers=again, timeout=30).status_code == 304
        large = requests.get(base + LARGE, headers={"Accept-Encoding": "identity"}, timeout=30)
        assert len(large.content) == int(large.headers["Content-Length"]) > 1_000_000
        head = requests.head(base + LARGE, timeout=30)
        assert head.status_code == 200
        assert head.content == b""
        request = f"GET /healthz HTTP/1.1\r\nHost: h\r\nCookie: {'x' * 140_000}\r\n\r\n"
        with connect(port, request) as connection:
            assert b" 431 " in received(connection).splitlines()[0]


@pytest.fixture
def show():
    """The address of a server with short times, whose application shows what it is asked."""
    port = str(free_port())
    command = [
        sys.executable, "-m", "granian", "--interface", "rsgi",
        "tests.standins.rsgi_app:application", "--port", port, "--http", "1", "--no-ws",
        "--workers", "1", "--workers-kill-timeout", "5",
    ]  # fmt: skip
    with running(command, os.environ.copy(), port):
        yield f"http://127.0.0.1:{port}"


def port_of(address):
    return address.rpartition(":")[2]


def test_a_header_with_an_underscore_does_not_pass_for_a_proxy_s(show):
    headers = {"X_Forwarded_For": "9.9.9.9", "X-Forwarded-For": "1.1.1.1", "X_Other": "x"}
    shown = requests.get(show, headers=headers, timeout=30).json()
    assert shown["HTTP_X_FORWARDED_FOR"] == "1.1.1.1"
    assert "HTTP_X_OTHER" not in shown
    assert shown["REMOTE_ADDR"] == "127.0.0.1"


def test_repeated_headers_paths_and_bodies_arrive_as_wsgi_has_them(show):
    with connect(
        port_of(show),
        "GET /a%2Fb/%E4%B8%AD?q=%E4&r HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
        "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n"
        "Cookie: a=1\r\nCookie: b=2\r\n\r\n",
    ) as connection:
        shown = json.loads(received(connection).partition(b"\r\n\r\n")[2])
    assert shown["PATH_INFO"].encode("latin-1").decode() == "/a/b/中"
    assert shown["QUERY_STRING"] == "q=%E4&r"
    assert shown["HTTP_X_FORWARDED_FOR"] == "1.1.1.1,2.2.2.2"
    assert shown["HTTP_COOKIE"] == "a=1; b=2"
    chunked = requests.post(show, data=iter([b"abc", b"de"]), timeout=30).json()
    assert (chunked["body_length"], chunked["CONTENT_LENGTH"]) == (5, "5")
    form = requests.post(show, data={"a": "1"}, timeout=30).json()
    assert form["CONTENT_TYPE"] == "application/x-www-form-urlencoded"


def test_a_body_over_the_limit_is_refused_and_not_kept(show):
    assert requests.post(show, data=b"x" * 1_048_576, timeout=30).json()["body_length"] == 1_048_576
    with connect(
        port_of(show), "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n"
    ) as connection:
        assert b"413" in received(connection).splitlines()[0]
    with connect(
        port_of(show), "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    ) as connection:
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(17):
            connection.sendall(chunk)
        assert b"413" in connection.recv(100)


def test_a_body_that_does_not_arrive_ends_in_408(show):
    request = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\na"
    with connect(port_of(show), request) as connection:
        assert b"408" in received(connection).splitlines()[0]


def test_a_request_that_runs_past_its_time_is_answered_and_gives_its_thread_back(show):
    with ExitStack() as stack:
        loops = [
            stack.enter_context(
                connect(port_of(show), "GET /loop HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            )
            for _ in range(8)
        ]
        # A probe is answered while every thread is occupied.
        assert quick(f"{show}/healthz")
        assert len(select.select(loops, [], [], 0)[0]) < len(loops)
        heads = [received(connection).splitlines()[0] for connection in loops]
    assert all(b"503" in head for head in heads)
    wait_until(lambda: quick(show))
    assert all(quick(show) for _ in range(20))


def quick(address):
    try:
        return requests.get(address, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def test_a_long_answer_reaches_a_slow_reader_whole(show):
    request = "GET /long HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    with connect(port_of(show), request) as connection:
        time.sleep(2)
        assert len(received(connection).partition(b"\r\n\r\n")[2]) == 5_000_000
