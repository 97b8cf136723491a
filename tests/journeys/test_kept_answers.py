"""Answers that the web server keeps: the same as Django's, and never older than the data."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from tests.environment import ROOT
from tests.factories import llm_record, written
from tests.journeys.processes import installation, manage, wait_until
from tests.journeys.test_web_server import connect, received, running
from tests.standins.counting_hub import HANG_SECONDS

CATALOGUE = f"dir:{ROOT / 'tests/data/upstream/catalogue-4.1.0'}"
RERANK = "/api/models/download?model_type=rerank"
# A cookie that the hub does not know may say who somebody is, so Django answers.
TO_DJANGO = {"Cookie": "other=1"}
ADDRESSES = (
    RERANK,
    "/api/models/download?model_type=world",
    "/api/models/download?model_type=rerank&model_name=bge-reranker-v2-m3",
    "/api/models/download?model_name=bge-reranker-v2-m3&include_readme=true",
    f"{RERANK}&revision=1",
    "/api/models",
    "/api/models?query=bge&pageSize=3",
    "/api/models/bge-reranker-v2-m3",
    "/api/models/lists",
    "/",
    "/help/author",
    "/models?q=bge",
    "/models/detail/bge-reranker-v2-m3?tab=specs",
    "/sitemap-models.xml",
    "/feeds/rerank/updated.atom",
)
KINDS = (
    {},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "gzip;q=0, br"},
    {"Origin": "http://xinference.example:9997", "Accept-Encoding": "br"},
    {"Accept-Language": "zh-CN,zh;q=0.9"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"something-else"'},
)


class Hub:
    """A hub in a process of its own, with few models."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.files = Path(environment["TMPDIR"])
        self.base = f"http://127.0.0.1:{environment['WEB_PORT']}"
        self.database = Path(environment["HUB_VAR_DIR"]) / "hub.sqlite3"

    def get(self, path, headers=None, method="GET"):
        # Of requests' own headers, only what a test sends.
        plain = {"Accept-Encoding": "identity", "User-Agent": "test/1", **(headers or {})}
        return requests.request(method, self.base + path, headers=plain, timeout=30)

    def kept(self, path, headers=None, method="GET"):
        """An answer that was kept; what this process has counted may be written in between."""
        for _ in range(5):
            self.get(path, headers)
            before = self.calls
            answer = self.get(path, headers, method)
            if self.calls == before:
                return answer
        raise AssertionError(f"Django answers {method} {path} each time")

    @property
    def calls(self) -> int:
        return int(self.get("/calls").text)

    def names(self, path=RERANK):
        return [record["model_name"] for record in self.get(path).json()]

    def sql(self, statement, *values):
        with sqlite3.connect(self.database, timeout=30) as connection:
            return connection.execute(statement, values).fetchall()


@pytest.fixture(scope="module")
def hub(tmp_path_factory, prepared_var):
    environment = installation(tmp_path_factory.mktemp("kept"), prepared_var)
    environment["TMPDIR"] = str(tmp_path_factory.mktemp("files"))
    done = manage(environment, "import_catalogue", CATALOGUE, "--type", "rerank")
    assert done.returncode == 0, done.stderr
    command = [
        sys.executable, "-m", "granian", "--interface", "rsgi",
        "tests.standins.counting_hub:application", "--port", environment["WEB_PORT"],
        "--http", "1", "--no-ws", "--workers", "1", "--workers-kill-timeout", "5",
    ]  # fmt: skip
    with running(command, environment, environment["WEB_PORT"]):
        yield Hub(environment)
    assert not list(Path(environment["TMPDIR"]).iterdir())


def shown(answer):
    """What two answers must have in common; the file name in a compressed page is random."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    for name in ("date", *(["content-length"] if "json" not in headers["content-type"] else [])):
        headers.pop(name, None)
    return answer.status_code, headers, answer.content


def shown_of_304(answer):
    headers = {name.lower(): value for name, value in answer.headers.items() if name != "date"}
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize("address", ADDRESSES)
def test_kept_answers_are_those_of_django(hub, address):
    for kind in KINDS:
        for method in ("GET", "HEAD"):
            of_django = hub.get(address, {**kind, **TO_DJANGO}, method)
            kept = hub.kept(address, kind, method)
            view = shown if of_django.status_code == 200 else shown_of_304
            assert view(kept) == view(of_django), (kind, method)
            etag = kept.headers["ETag"]
            same = hub.get(address, {**kind, "If-None-Match": f'"x", {etag}'}, method)
            assert (same.status_code, same.content) == (304, b"")
            assert same.headers["ETag"] == etag
            assert "Content-Length" not in same.headers


def test_who_may_be_somebody_is_answered_by_django(hub):
    token = "x" * 40
    for headers in (
        {"Authorization": f"Bearer {token}"}, {"X-Models-Token": token}, TO_DJANGO,
        {"Cookie": "theme=dark; sessionid=abc"}, {"HX-Request": "true"},
    ):  # fmt: skip
        for path in (RERANK, "/models"):
            hub.get(path)
            before = hub.calls
            answer = hub.get(path, headers)
            assert hub.calls == before + 1, headers
            if token in str(headers) and path == RERANK:
                assert answer.status_code == 401


def test_visitors_without_an_account_share_pages_by_theme_and_language(hub):
    dark, light = ({"Cookie": f"theme={name}; csrftoken={'a' * 32}"} for name in ("dark", "light"))
    for headers, text in ((dark, 'data-theme="dark"'), (light, 'data-theme="light"')):
        hub.get("/models", {**headers, "Cookie": headers["Cookie"].replace("a" * 32, "b" * 32)})
        answer = hub.kept("/models", headers)
        assert text in answer.text
        assert "Set-Cookie" not in answer.headers
        assert "cookie" not in answer.headers["Vary"].lower()
    chinese = hub.get("/models", {"Cookie": "django_language=zh-hans"})
    assert 'lang="zh-hans"' in chinese.text
    assert 'lang="en"' in hub.get("/models").text


def test_another_site_does_not_keep_a_visitor_from_choosing_a_gpu(hub):
    """Whether the choice is remembered depends on who made the request, so nothing is kept."""
    hub.get("/models?fits=24&keep=1", {"Sec-Fetch-Site": "cross-site"})
    answer = hub.get("/models?fits=24&keep=1", {"Sec-Fetch-Site": "same-origin"})
    assert answer.history[0].status_code == 302
    assert "gpu=24" in answer.history[0].headers["Set-Cookie"]


def test_a_header_sent_twice_poisons_nobody_s_answer(hub):
    address = f"{RERANK}&poison=1"
    request = (
        f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{hub.environment['WEB_PORT']}\r\n"
        "Accept-Encoding: identity\r\nAccept-Encoding: br\r\nConnection: close\r\n\r\n"
    )
    with connect(hub.environment["WEB_PORT"], request) as connection:
        assert b"content-encoding: br" in received(connection).partition(b"\r\n\r\n")[0]
    assert "Content-Encoding" not in hub.get(address).headers


def test_a_second_cookie_header_is_read_too(hub):
    hub.kept("/models", {"Cookie": "theme=dark"})
    before = hub.calls
    request = (
        f"GET /models HTTP/1.1\r\nHost: 127.0.0.1:{hub.environment['WEB_PORT']}\r\n"
        "Accept-Encoding: identity\r\nUser-Agent: test/1\r\nConnection: close\r\n"
        "Cookie: theme=dark\r\nCookie: sessionid=abc\r\n\r\n"
    )
    with connect(hub.environment["WEB_PORT"], request) as connection:
        assert b" 200 " in received(connection).splitlines()[0]
    assert hub.calls == before + 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "; ".join(f"theme=dark{number}" for number in range(200))},
        {"Accept-Language": ",".join(["en"] * 500)},
        {"Accept-Encoding": ",".join(["gzip"] * 300)},
        {"Origin": "http://" + "x" * 1_100},
        {"If-None-Match": ",".join(['"x"'] * 400)},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_a_long_header_is_left_to_django_and_not_remembered(hub, headers):
    hub.get(RERANK, headers)
    before = hub.calls
    assert hub.get(RERANK, headers).status_code == 200
    assert hub.calls == before + 1


def test_other_parameters_keep_no_more_answers_of_a_list(hub):
    hub.kept(RERANK)
    before = hub.calls
    for same in (RERANK.replace("rerank", "%72erank"), RERANK.replace("?", "?&&")):
        assert hub.get(same).status_code == 200
    assert hub.calls == before
    for other in (f"{RERANK}&_=1", f"{RERANK}&model_type=rerank"):
        hub.get(other)
        before = hub.calls
        hub.get(other)
        assert hub.calls == before + 1, other


def test_nobody_waits_long_for_the_answer_to_somebody_else(hub):
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(hub.get, "/models?q=hangs")
        time.sleep(0.5)
        began = time.monotonic()
        assert hub.get("/models?q=hangs").status_code == 200
        assert time.monotonic() - began < HANG_SECONDS - 2
        assert first.result().status_code == 200


def test_a_note_that_fails_costs_nobody_their_answer(hub):
    page = hub.get("/models?q=bad-note")
    assert hub.kept("/models?q=bad-note").text == page.text


def test_an_unknown_host_gets_nothing(hub):
    hub.get(RERANK)
    assert hub.get(RERANK, {"Host": "evil.example"}).status_code == 400


def test_many_who_ask_for_the_same_at_once_cost_one_answer(hub):
    path = "/models?q=nothing-yet"
    before = hub.calls
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: hub.get(path).status_code, range(16)))
    assert answers == [200] * 16
    assert hub.calls - before <= 2


def test_a_publication_is_served_at_once(hub):
    world, page = "/api/models/download?model_type=video", "/models?type=video"
    first = hub.get(world)
    assert first.json() == []
    etag_of_page = hub.get(page).headers["ETag"]
    done = manage(hub.environment, "import_catalogue", CATALOGUE, "--type", "video")
    assert done.returncode == 0, done.stderr
    answer = hub.get(world, {"If-None-Match": first.headers["ETag"]})
    assert answer.status_code == 200
    assert len(answer.json()) > 0
    assert hub.get(page, {"If-None-Match": etag_of_page}).status_code == 200


def files_of(hub):
    return {file: file.read_bytes() for file in hub.files.glob("hub-answers-*/*")}


def test_a_large_list_is_sent_from_a_file_even_to_who_reads_slowly(hub):
    whole = hub.kept(RERANK).content
    (file,) = [file for file, body in files_of(hub).items() if body == whole]
    # What is sent is what the file has, so it is sent from there.
    file.write_bytes(b"x" * len(whole))
    assert hub.kept(RERANK).content == b"x" * len(whole)
    file.write_bytes(whole)
    head = f"GET {RERANK} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(hub.environment["WEB_PORT"], head)) for _ in range(50)]
        assert hub.kept(RERANK).content == whole
        for connection in slow:
            assert received(connection).partition(b"\r\n\r\n")[2] == whole


def test_however_a_list_s_address_is_spelled_it_has_one_file(hub):
    whole = hub.kept(RERANK).content
    for spaces in range(1, 40):
        assert hub.kept(f"{RERANK}&xinference_version={'%20' * spaces}").content == whole
    assert list(files_of(hub).values()).count(whole) == 1


def test_a_list_whose_file_was_cut_or_removed_is_sent_all_the_same(hub):
    whole = hub.kept(RERANK).content
    for file in files_of(hub):
        file.write_bytes(b"[]")
    assert hub.kept(RERANK).content == whole
    for file in files_of(hub):
        file.unlink()
    assert hub.kept(RERANK).content == whole


def test_an_expiry_comes_at_its_second(hub):
    assert "bge-reranker-v2-m3" in hub.names()
    soon = datetime.now(UTC) + timedelta(seconds=3)
    text = soon.replace(tzinfo=None).isoformat(sep=" ")
    [(pk,)] = hub.sql(
        "SELECT id FROM models_registry_registeredmodel WHERE name = 'bge-reranker-v2-m3'"
    )
    hub.sql("UPDATE models_registry_registeredmodel SET expires_at = ? WHERE id = ?", text, pk)
    hub.sql(
        "UPDATE models_registry_cataloguelist SET valid_until = ? WHERE model_type = 'rerank'", text
    )
    pages = ("/api/models/bge-reranker-v2-m3", "/models/detail/bge-reranker-v2-m3")
    assert "bge-reranker-v2-m3" in hub.names()
    assert [hub.get(path).status_code for path in pages] == [200, 200]
    while datetime.now(UTC) < soon:
        assert "bge-reranker-v2-m3" in hub.names()
        time.sleep(0.2)
    assert "bge-reranker-v2-m3" not in hub.names()
    assert [hub.get(path).status_code for path in pages] == [404, 404]
    hub.sql("UPDATE models_registry_registeredmodel SET expires_at = NULL WHERE id = ?", pk)


def test_who_gets_a_kept_list_is_recorded_all_the_same(hub):
    """A list depends on its own row only, so what is recorded does not make it older."""
    hub.kept(RERANK)
    before = hub.calls
    hub.get(RERANK, {"User-Agent": "python-requests/9.9.9 (x)"})
    assert hub.calls == before
    seen = lambda: hub.sql("SELECT agent FROM models_registry_serverlist")  # noqa: E731
    wait_until(lambda: ("python-requests/9.9.9",) in seen())


def test_a_long_list_is_sent_as_its_clients_read(hub, tmp_path):
    """More clients than threads that have read only the beginning keep nobody from an answer."""
    folder = tmp_path / "xinference/model/llm/models"
    folder.mkdir(parents=True)
    for number in range(10):
        record = llm_record(f"long-{number}", model_description="long " * 190_000)
        (folder / f"long-{number}.json").write_text(written(record))
    done = manage(hub.environment, "import_catalogue", f"dir:{tmp_path}", "--type", "llm")
    assert done.returncode == 0, done.stderr
    path, plain = "/api/models/download?model_type=llm", {"Accept-Encoding": "identity"}
    with ExitStack() as stack:
        slow = [requests.get(hub.base + path, headers=plain, stream=True, timeout=60)
                for _ in range(6)]  # fmt: skip
        for answer in slow:
            stack.callback(answer.close)
        parts = [answer.raw.read(1_000) for answer in slow]
        assert hub.get(RERANK, TO_DJANGO).status_code == 200
        bodies = [part + answer.raw.read() for part, answer in zip(parts, slow, strict=True)]
    assert len(set(bodies)) == 1
    assert len(json.loads(bodies[0])) == 10
    headers = slow[0].headers
    assert headers["Content-Length"] == str(len(bodies[0]))
    assert headers["X-Hub-SHA256"] == hashlib.sha256(bodies[0]).hexdigest()
    for kind in (plain, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "gzip, br"}):
        answer = hub.get(path, kind)
        assert answer.content == bodies[0]
        head = hub.get(path, kind, "HEAD")
        same = hub.get(path, {**kind, "If-None-Match": answer.headers["ETag"]})
        assert shown(head) == (200, {**shown(answer)[1]}, b"")
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["ETag"] == answer.headers["ETag"]
        assert "Content-Length" not in same.headers
    assert hub.kept(path, {"Accept-Encoding": "gzip"}).content == bodies[0]


def test_without_the_database_the_lists_are_served_and_after_it_all_is_well(hub):
    listed = hub.get(RERANK)
    hub.get("/models")
    hub.sql("PRAGMA wal_checkpoint")
    away = hub.database.with_suffix(".away")
    before = hub.calls
    hub.database.rename(away)
    try:
        time.sleep(1.2)
        for _ in range(3):
            answer = hub.get(RERANK)
            assert (answer.status_code, answer.content) == (200, listed.content)
        assert hub.calls == before
    finally:
        away.rename(hub.database)
    time.sleep(1.2)
    assert hub.get(RERANK).content == listed.content
    assert hub.get("/models").status_code == 200
