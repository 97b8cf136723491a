"""A database of an earlier version: `prepare` upgrades it, and everything in it is still there."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import requests

from hub.env import FORMER_KEY_FILE
from tests.environment import ROOT
from tests.journeys.browsing import signed_in
from tests.journeys.processes import answers, manage, wait_until

pytestmark = pytest.mark.database

DUMPS = ROOT / "tests/data/upgrade"
TOKEN = {"Authorization": "Bearer xhub_TokenOfAdaInTheUpgradeTest01234567890abc"}
TYPES = ("llm", "embedding", "rerank", "image", "audio", "video", "world")


@pytest.fixture
def upgraded(prepared_environment) -> Iterator[dict[str, str]]:
    """The environment of a hub whose database an earlier version has made."""
    environment = prepared_environment
    # What that version has sealed opens with its key only, which was no good one.
    (Path(environment["HUB_VAR_DIR"]) / FORMER_KEY_FILE).write_text("k" * 60)
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        (Path(environment["HUB_VAR_DIR"]) / "hub.sqlite3").unlink()
        with sqlite3.connect(Path(environment["HUB_VAR_DIR"]) / "hub.sqlite3") as database:
            database.executescript((DUMPS / "sqlite.sql").read_text())
        yield environment
        return
    name = f"hub_upgrade_{os.getpid()}"
    own = f"{url.rpartition('/')[0]}/{name}"
    _execute(url, f"DROP DATABASE IF EXISTS {name}")
    _execute(url, f"CREATE DATABASE {name}")
    _execute(own, (DUMPS / "postgres.sql").read_text())
    yield environment | {"DATABASE_URL": own, "REDIS_URL": os.environ["REDIS_URL"]}
    _execute(url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def hub(upgraded) -> Iterator[str]:
    """The address of the upgraded hub, served."""
    prepared = manage(upgraded, "prepare")
    assert prepared.returncode == 0, prepared.stderr
    assert re.search(r"^Migrating the database, \d+ steps: ", prepared.stdout, re.MULTILINE)
    # Which of them there are, only the new tables say.
    for step in ("Deriving models again, where", "if they have none", "if there are any"):
        assert step in prepared.stdout
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=upgraded,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: answers(upgraded["WEB_PORT"]))
        yield f"http://127.0.0.1:{upgraded['WEB_PORT']}"
    finally:
        process.terminate()
        process.wait(timeout=120)


def test_everything_in_an_earlier_database_is_there_after_the_upgrade(hub, upgraded):
    lists = {kind: _get(f"{hub}/api/models/download?model_type={kind}").json() for kind in TYPES}
    assert sum(len(records) for records in lists.values()) == 14
    assert _edited(lists["llm"])["model_description"] == "Edited before the upgrade."

    # Every page of a model, for a visitor and for the owner of a private one.
    page = _get(f"{hub}/models?type=llm").text
    assert "gpt-2" in page
    for records in lists.values():
        for record in records:
            assert record["model_name"] in _get(f"{hub}/models/detail/{record['model_name']}").text
    assert requests.get(f"{hub}/models/detail/ada-private", timeout=60).status_code == 404
    answer = requests.get(f"{hub}/api/models/ada-private?model_type=llm", headers=TOKEN, timeout=60)
    assert answer.status_code == 200, answer.text

    # What was being worked on: proposals, the failed change, the failed update, drafts.
    root = signed_in(hub)
    queue = _get(f"{hub}/admin/reviews/", root).text
    assert "ada-image" in queue
    changes = _get(f"{hub}/admin/models_registry/upstreamchange/", root).text
    assert "gpt-2" in changes
    (change,) = set(re.findall(r"upstreamchange/(\d+)/change", changes))
    shown = _get(f"{hub}/admin/models_registry/upstreamchange/{change}/change/", root).text
    assert "GitHub could not be reached." in shown
    assert "The source cannot be reached." in _get(f"{hub}/launch_model/updates/1", root).text
    for address in ("/my-models", "/notifications", "/upstream", "/user-center"):
        assert root.get(f"{hub}{address}", timeout=60).status_code == 200, address

    # Secrets sealed before stay readable: rita is asked for her second factor.
    session = requests.Session()
    session.get(f"{hub}/signin", timeout=60)
    form = {
        "login": "rita",
        "password": "correct horse battery",
        "csrfmiddlewaretoken": session.cookies["csrftoken"],
    }
    asked = session.post(f"{hub}/signin", form, headers={"Referer": hub}, timeout=60)
    assert asked.status_code == 200
    assert "2fa" in asked.url
    opened = manage(
        upgraded, "shell", "-c",
        "from accounts.models import GitHubToken; from accounts import vault;"
        "print(vault.unseal(GitHubToken.objects.get().sealed)[-4:])",
    )  # fmt: skip
    assert opened.stdout.splitlines()[-1] == "rrrr", opened.stderr

    # And it goes on: the next edit of an old model is published.
    model = answer.json()["data"]
    address = f"{hub}/api/models/download?model_name=ada-private&model_type=llm"
    (record,) = requests.get(address, headers=TOKEN, timeout=60).json()
    record["model_description"] = "After the upgrade."
    edit = {"definition": [record], "base_revision": model["revision"]}
    published = requests.put(
        f"{hub}/api/models/{model['id']}", json=edit, headers=TOKEN, timeout=60
    )
    assert published.status_code == 200, published.text
    (record,) = requests.get(address, headers=TOKEN, timeout=60).json()
    assert record["model_description"] == "After the upgrade."


def _edited(records: list[dict]) -> dict:
    (record,) = [record for record in records if record["model_name"] == "gpt-2"]
    return record


def _get(url: str, session: requests.Session | None = None) -> requests.Response:
    answer = (session or requests).get(url, timeout=60)
    assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text[:500]}"
    return answer


def _execute(url: str, statements: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        connection.cursor().execute(statements)
    finally:
        connection.close()
