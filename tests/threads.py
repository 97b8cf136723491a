"""Many threads at once, each on a connection of its own."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from models_registry.errors import DomainError

ON_POSTGRESQL = connection.vendor == "postgresql"


AT_ONCE = 24 if ON_POSTGRESQL else 12


@pytest.fixture
def at_once(monkeypatch, tmp_path):
    """Runs a function for each argument, many at a time, each thread on a connection of its own.

    The tests' SQLite database is in memory, where a thread can't wait for another one's lock as in
    the file of a real hub. So the threads get a copy of it in a file.
    """

    def run(function, arguments):
        path = tmp_path / "hub.sqlite3"
        if not ON_POSTGRESQL and not path.exists():
            with sqlite3.connect(path) as copy:
                connection.connection.backup(copy)
            monkeypatch.setitem(connections.settings["default"], "NAME", str(path))

        def alone(argument):
            try:
                return function(argument)
            except DomainError as refusal:
                return refusal.error_code
            finally:
                connection.close()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(alone, arguments))

    return run
