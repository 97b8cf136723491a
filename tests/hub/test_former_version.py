"""Processes of the former version go on while this one migrates: they find the tables they know.

The former version is the one of the dump in tests/data/upgrade. What it writes names its own
columns only, so the others need a default of the database (`db_default`) or take NULL. See decision
75.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

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


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("a text", "a text NOT NULL DEFAULT ''", "t.a takes no NULL any more"),
        ("a text NOT NULL DEFAULT ''", "a text NOT NULL", "t.a has no default any more"),
        ("a text NOT NULL", "a text", ""),
        ("a text", "a integer", "t.a is INTEGER, and was TEXT"),
        ("a text", "a text, b text NOT NULL", "t.b has no default"),
    ],
)
def test_a_column_that_the_former_version_fills_otherwise_is_noticed(was, now, said):
    with sqlite3.connect(":memory:") as former, sqlite3.connect(":memory:") as present:
        former.execute(f"CREATE TABLE t ({was})")
        present.execute(f"CREATE TABLE t ({now})")
        found = list(broken(*(lambda query, of=of: of.execute(query).fetchall()
                              for of in (former, present))))  # fmt: skip
    assert found == [said] * bool(said)


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
            elif column.kind != present[name].kind:
                yield f"{table}.{name} is {present[name].kind}, and was {column.kind}"
            elif present[name].is_filled and not column.is_filled:
                yield f"{table}.{name} takes no NULL any more"
            elif present[name].is_required and not column.is_required:
                yield f"{table}.{name} has no default any more"
        for name, column in present.items():
            if name not in known and column.is_required:
                yield f"{table}.{name} has no default"
        for rule in _rules(now, table) - _rules(former, table):
            yield f"{table}: {rule}"


class Column(NamedTuple):
    """The type of a column, whether it takes no NULL, and whether each row must name it."""

    kind: str
    is_filled: bool
    is_required: bool


def _columns(ask: Ask, table: str) -> dict[str, Column]:
    return {
        name: Column(kind, bool(not_null), bool(not_null) and default is None and not is_key)
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
