"""SQLite with many writers: each gets its turn, and nobody holds the lock for long."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
from django.db import connection, connections, transaction
from django.test import Client

from accounts import tokens
from accounts.models import Scope
from hub.models import OutgoingMail
from models_registry.catalogue import build
from models_registry.models import CatalogueList
from tests.factories import a_model, a_user, llm_record, written

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has its own queue"),
]
WRITERS = 16


@pytest.fixture
def file(monkeypatch, tmp_path):
    """The test's database as a file, which new threads open as a real hub's do."""
    path = tmp_path / "hub.sqlite3"

    def copied():
        with sqlite3.connect(path) as copy:
            connection.connection.backup(copy)
        monkeypatch.setitem(connections.settings["default"], "NAME", str(path))
        return path

    return copied


def in_threads(function, arguments, count=WRITERS):
    def alone(argument):
        try:
            return function(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(alone, arguments))


def test_sixteen_writers_through_the_api_all_get_their_turn(file):
    owner = a_user("ada", is_superuser=True)
    _token, raw = tokens.issue(by=owner, name="test", scope=Scope.WRITE, expires_at=None)
    file()

    def register(number):
        client = Client(raise_request_exception=False)
        body = {
            "model_type": "llm",
            "visibility": "public",
            "definition": written(llm_record(f"model-{number}")),
        }
        answer = client.post(
            "/api/models",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {raw}"},
        )
        return answer.status_code

    assert set(in_threads(register, range(64))) == {201}


def test_who_does_not_get_the_turn_in_time_is_told_to_come_again(file, monkeypatch):
    a_user("ada")
    path = file()
    options = connections.settings["default"]["OPTIONS"]
    monkeypatch.setitem(connections.settings["default"], "OPTIONS", {**options, "timeout": 0.5})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def sign_in(_number):
        body = {"usernameOrEmail": "ada", "password": "correct horse battery"}
        client = Client(raise_request_exception=False)
        answer = client.post("/api/users/login", body, content_type="application/json")
        return answer.status_code, answer.json().get("error_code"), answer.headers["Retry-After"]

    refused = (503, "DATABASE_UNAVAILABLE", "10")
    assert set(in_threads(sign_in, range(4))) == {refused}
    other.execute("ROLLBACK")
    other.close()


def test_the_turn_ends_before_what_follows_the_commit(file):
    file()

    def write(number):
        with transaction.atomic():
            OutgoingMail.objects.create(
                recipients=str(number), next_attempt_at="2026-01-01T00:00Z",
                expires_at="2026-01-01T00:00Z",
            )  # fmt: skip
            transaction.on_commit(lambda: write_again(number))

    def write_again(number):
        with transaction.atomic():
            OutgoingMail.objects.filter(recipients=str(number)).update(attempts=1)

    begin = time.monotonic()
    in_threads(write, range(8))
    assert time.monotonic() - begin < 25
    counts = in_threads(lambda _: OutgoingMail.objects.filter(attempts=1).count(), [None])
    assert counts == [8]


def test_a_transaction_that_fails_gives_its_turn_back(file):
    file()

    def fail(_number):
        OutgoingMail.objects.all().delete()
        raise ZeroDivisionError

    def try_to(number):
        with pytest.raises(ZeroDivisionError):
            transaction.atomic(fail)(number)

    begin = time.monotonic()
    in_threads(try_to, range(40))
    assert time.monotonic() - begin < 25


def test_a_list_is_compressed_while_others_may_write(file, monkeypatch):
    a_model()
    CatalogueList.objects.update(fingerprint="stale", etag="", sha256="")
    path = file()
    locked: list[bool] = []
    slow = threading.local()
    compress = brotli.compress

    def watched(body, **options):
        """Well compressed means slowly compressed; who is in that may hold no lock."""
        if options.get("quality", 11) > 1:
            slow.other = sqlite3.connect(path, timeout=0)
            try:
                slow.other.execute("BEGIN IMMEDIATE")
                locked.append(False)
            except sqlite3.OperationalError:
                locked.append(True)
            slow.other.close()
        return compress(body, **options)

    monkeypatch.setattr("brotli.compress", watched)

    def rebuild(_number):
        with transaction.atomic():
            listing = build.locked("llm")
            listing.revision = 0
            build.build(listing)
        # As the worker does that is asked after the commit.
        build.compress("llm")
        return CatalogueList.objects.get(model_type="llm")

    (listing,) = in_threads(rebuild, [None])
    assert locked == [False]
    assert brotli.decompress(bytes(listing.brotli_body)) == bytes(listing.body)
    assert bytes(listing.gzip_body)


def test_the_journal_mode_is_set_once_and_read_later(file):
    path = file()
    in_threads(lambda _: OutgoingMail.objects.count(), [None])
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("wal",)
