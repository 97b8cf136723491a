"""The version of the data changes with every commit, and says when nobody answers."""

from __future__ import annotations

import asyncio
import sqlite3
import time

import pytest
from django.db import connection

from hub import data_version
from hub.data_version import DataPart, PostgresDataVersion, SqliteDataVersion
from models_registry.catalogue.serve import list_versions
from models_registry.models import CatalogueList
from tests.factories import a_model


def parts(query):
    return {name: DataPart(number) for name, number in query("SELECT name, number FROM parts")}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "hub.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE parts (name, number)")
        connection.execute("INSERT INTO parts VALUES ('llm', 1)")
    connection.close()
    return path


def asked_by_many(version, count=5):
    async def ask():
        return await asyncio.gather(*(version.current() for _ in range(count)))

    return asyncio.run(ask())


class TestSqlite:
    """The count of commits of a file."""

    def test_it_changes_with_a_commit_only(self, file):
        version = SqliteDataVersion(str(file), parts)
        [first, same] = asked_by_many(version, 2)
        assert first == same
        assert first.parts == {"llm": DataPart(1)}
        writer = sqlite3.connect(file, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE parts SET number = 2")
        assert asked_by_many(version, 1) == [first], "it waits for no writer"
        writer.execute("COMMIT")
        [changed] = asked_by_many(version, 1)
        assert changed.data != first.data
        assert changed.parts == {"llm": DataPart(2)}
        writer.close()

    def test_a_file_that_was_replaced_is_another_one(self, file, tmp_path, monkeypatch):
        version = SqliteDataVersion(str(file), parts)
        [known] = asked_by_many(version, 1)
        with sqlite3.connect(tmp_path / "restored") as other:
            other.execute("PRAGMA journal_mode=WAL")
            other.execute("CREATE TABLE parts (name, number)")
            other.execute("INSERT INTO parts VALUES ('llm', 7)")
        other.close()
        (tmp_path / "restored").rename(file)
        later = time.monotonic() + data_version.PATIENCE_SECONDS
        monkeypatch.setattr(data_version.time, "monotonic", lambda: later)
        [restored] = asked_by_many(version, 1)
        assert restored.parts == {"llm": DataPart(7)}
        assert restored.data != known.data, "SQLite's count begins again with each connection"

    def test_a_database_that_was_busy_is_asked_again_at_once(self, file):
        version = SqliteDataVersion(str(file), parts)
        writer = sqlite3.connect(file, isolation_level=None)
        writer.execute("PRAGMA locking_mode=EXCLUSIVE")
        writer.execute("UPDATE parts SET number = 2")
        assert asked_by_many(version, 1)[0].is_away
        writer.close()
        [back] = asked_by_many(version, 1)
        assert not back.is_away
        assert back.parts == {"llm": DataPart(2)}

    def test_without_a_file_it_is_the_last_one_until_it_is_back(self, file, monkeypatch):
        version = SqliteDataVersion(str(file), parts)
        [known] = asked_by_many(version, 1)
        away = file.rename(file.with_suffix(".away"))
        now = time.monotonic()
        for step in (1, 2):
            monkeypatch.setattr(data_version.time, "monotonic", lambda step=step: now + 2 * step)
            [last] = asked_by_many(version, 1)
            assert last.is_away
            assert last.parts == known.parts
        away.rename(file)
        monkeypatch.setattr(data_version.time, "monotonic", lambda: now + 6)
        [back] = asked_by_many(version, 1)
        assert not back.is_away
        assert back.parts == known.parts


@pytest.mark.django_db(transaction=True)
class TestPostgres:
    """The snapshot of a server."""

    @pytest.fixture(autouse=True)
    def _server(self):
        if connection.vendor != "postgresql":
            pytest.skip("PostgreSQL has snapshots")

    @pytest.fixture
    def version(self):
        version = PostgresDataVersion(list_versions)
        yield version
        version.close()

    def test_it_changes_with_a_commit(self, version):
        first = asked_by_many(version)[0]
        a_model("one")
        second = asked_by_many(version)
        assert {each.data for each in second} != {first.data}
        listing = CatalogueList.objects.get(model_type="llm")
        assert second[0].parts["llm"].version[:2] == (listing.revision, listing.etag)
        # Other databases of the server change it, too, but not all the time.
        pairs = (asked_by_many(version, 1) + asked_by_many(version, 1) for _ in range(50))
        assert any(before == after for before, after in pairs)

    def test_a_connection_that_broke_is_opened_again(self, version):
        a_model("one")
        [known] = asked_by_many(version, 1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND usename = current_user AND query LIKE '%%valid_until%%cataloguelist%%'"
            )
        [away] = asked_by_many(version, 1)
        assert away.is_away
        assert away.parts == known.parts
        assert not asked_by_many(version, 1)[0].is_away

    def test_a_server_that_does_not_answer_holds_nobody_up(self, monkeypatch):
        monkeypatch.setattr(data_version, "PATIENCE_SECONDS", 0.2)
        version = PostgresDataVersion(lambda query: query("SELECT pg_sleep(1)") and {})
        began = time.monotonic()
        assert all(each.is_away for each in asked_by_many(version))
        assert time.monotonic() - began < 5
        version.close()
