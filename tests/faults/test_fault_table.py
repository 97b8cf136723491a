"""Walks the fault table: whatever fails outside, the hub answers and goes on as its rows say."""

from __future__ import annotations

import ast
import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.env import Environment
from tests.environment import ROOT
from tests.faults import fault_table as table
from tests.faults import outages
from tests.faults.fault_steps import TOUCHES
from tests.faults.states import STATES

EXPANDED = [(row, fault) for row in table.ROWS for fault in row.faults]
NETWORK_LIBRARIES = {
    "aiohttp", "asyncssh", "boto3", "botocore", "celery", "django.core.cache.backends", "ftplib",
    "github", "http.client", "httpx", "imaplib", "kombu", "paramiko", "poplib", "psycopg2",
    "redis", "requests", "smtplib", "socket", "sqlite3", "storages", "telnetlib",
    "urllib.request", "urllib3", "websocket", "websockets",
}  # fmt: skip
ADDRESSES = ("_url", "_endpoint", "_source", "_host", "_dir")


@pytest.fixture(scope="module")
def prepared(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The file that disk faults are tried on; made before a test has begun a transaction."""
    with tempfile.TemporaryDirectory(prefix="hub-outages-") as name, django_db_blocker.unblock():
        outages.prepare_disk(Path(name))
        yield


@pytest.fixture
def world(
    prepared, db, settings, monkeypatch, django_capture_on_commit_callbacks
) -> Iterator[outages.World]:
    with tempfile.TemporaryDirectory(prefix="hub-outage-") as name:
        made = outages.World(settings, monkeypatch, django_capture_on_commit_callbacks, Path(name))
        yield made
        made.stop()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        pytest.param(row, fault, id=f"{row.integration}-{fault}-{row.touch}")
        for row, fault in EXPANDED
    ],
)
def test_row(row: table.Row, fault: str, world: outages.World) -> None:
    world.break_(row.integration, fault)
    assert TOUCHES[row.touch](world) == row.answer
    assert STATES[row.state](world)


def test_every_fault_of_every_integration_has_a_row_or_a_reason() -> None:
    walked = {(row.integration, fault) for row, fault in EXPANDED}
    assert {name for name, _fault in walked} == set(table.INTEGRATIONS)
    wanted = {(name, fault) for name in table.INTEGRATIONS for fault in table.FAULTS}
    assert wanted - walked == set(table.CAN_NOT_BE)


def test_every_module_that_may_connect_to_something_stands_in_the_table() -> None:
    found = set()
    for app in ("accounts", "hub", "models_registry", "reviews"):
        for path in (ROOT / app).rglob("*.py"):
            if NETWORK_LIBRARIES & set(_imports(path)):
                found.add(str(path.relative_to(ROOT)))
    listed = set().union(*(entry.modules for entry in table.INTEGRATIONS.values()))
    assert found == listed | table.NO_CONNECTION


def test_every_setting_with_an_address_stands_in_the_table() -> None:
    fields = {field.name for field in dataclasses.fields(Environment)}
    addresses = {name for name in fields if name.endswith(ADDRESSES)}
    listed = set().union(*(entry.settings for entry in table.INTEGRATIONS.values()))
    assert addresses | {"database", "email", "default_from_email"} == listed | table.OWN_ADDRESSES
    assert listed <= fields


def _imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, each with the packages that it lies in."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))
