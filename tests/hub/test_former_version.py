"""Processes of the former version go on while this one migrates: they find the tables they know.

The former version is the one of the dump in tests/data/upgrade. What it writes names its own
columns only, so the others need a default of the database (`db_default`) or take NULL. See decision
75.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from tests.environment import ROOT

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="compares SQLite's description"),
]

# What the former version can't go on with, and why it is so all the same.
BREAKS = {
    "reviews_notification.mail_attempts is gone": "its notifications and mail fail; the guide says",
    "reviews_notification.mail_taken_until is gone": "the same",
}
Ask = Callable[[str], list[tuple[Any, ...]]]


def test_the_former_version_goes_on_with_the_tables_of_this_one():
    with sqlite3.connect(":memory:") as former:
        former.executescript((ROOT / "tests/data/upgrade/sqlite.sql").read_text())
        found = set(broken(lambda query: former.execute(query).fetchall(), _now))
    assert found == set(BREAKS)


def _now(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        return list(cursor.execute(query).fetchall())


def broken(former: Ask, now: Ask) -> Iterator[str]:
    """What the former version finds otherwise: columns that are gone or that it must know now, and
    rules that its rows may not fit."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%searchindex%'"
    there = {name for (name,) in now(tables)}
    for (table,) in former(tables):
        if table not in there:
            yield f"{table} is gone"
            continue
        known, present = _columns(former, table), _columns(now, table)
        for name, column in known.items():
            if name not in present:
                yield f"{table}.{name} is gone"
            elif column[0] != present[name][0]:
                yield f"{table}.{name} is {present[name][0]}, and was {column[0]}"
        for name, (_type, is_required) in present.items():
            if name not in known and is_required:
                yield f"{table}.{name} has no default"
        for rule in _rules(now, table) - _rules(former, table):
            yield f"{table}: {rule}"


def _columns(ask: Ask, table: str) -> dict[str, tuple[str, bool]]:
    """The type of each column, and whether each row must name it."""
    return {
        name: (kind, bool(not_null) and default is None and not is_key)
        for _, name, kind, not_null, default, is_key in ask(f'PRAGMA table_info("{table}")')
    }


def _rules(ask: Ask, table: str) -> set[str]:
    """What is unique, and the names of checks."""
    unique = {
        "unique " + ", ".join(str(name) for *_, name in ask(f'PRAGMA index_info("{index}")'))
        for _, index, is_unique, *_ in ask(f'PRAGMA index_list("{table}")') if is_unique
    }  # fmt: skip
    [(sql,)] = ask(f"SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'")
    return unique | {f"check {name}" for name in re.findall(r'CONSTRAINT "(\w+)" CHECK', sql)}
