"""`manage.py serve` when its processes end, when it is killed, and where it is started from."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.environment import ROOT
from tests.journeys.processes import (
    answers,
    free_port,
    installation,
    is_listening,
    manage,
    wait_until,
)

SERVE = [sys.executable, "manage.py", "serve"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, prepared_var):
    return installation(tmp_path_factory.mktemp("hub"), prepared_var)


@contextmanager
def serving(command, env, log: Path):
    """The hub, answering; it and what it has started is gone afterwards."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_until(lambda: answers(env["WEB_PORT"]))
        yield process
    finally:
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, signal_number)
                process.wait(timeout=60)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
        wait_until(lambda: not is_listening(env["WEB_PORT"]))


def child(process, word: str) -> int | None:
    """The process id of the supervisor's child with that word in its command line."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == process.pid and f" {word} " in line:
            return int(entry.name)
    return None


def descendants(pid: int) -> list[int]:
    """The process ids of everything that a process has started."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found, new = [], [pid]
    while new:
        new = [child for child, parent in pairs if parent in new]
        found += new
    return found


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_rubbish_in_the_queue_and_a_worker_that_dies_stop_nothing(prepared, tmp_path):
    log = tmp_path / "log"
    with serving(SERVE, prepared, log) as process:
        web = child(process, "granian")
        queue = Path(prepared["HUB_VAR_DIR"]) / "broker/celery"
        (queue / "new").mkdir(parents=True, exist_ok=True)
        (queue / "new/0-empty").write_bytes(b"")
        wait_until(lambda: (queue / "unreadable/0-empty").exists())
        worker = wait_until(lambda: child(process, "people@%h"))
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: child(process, "people@%h") not in {None, worker})
        beat = wait_until(lambda: child(process, "beat"))
        os.kill(beat, signal.SIGKILL)
        wait_until(lambda: child(process, "beat") not in {None, beat})
        assert "people ended (SIGKILL) and starts again in 1 s." in log.read_text()
        assert child(process, "granian") == web
        assert answers(prepared["WEB_PORT"])
        os.kill(web, signal.SIGKILL)
        wait_until(lambda: child(process, "granian") not in {None, web})
        wait_until(lambda: answers(prepared["WEB_PORT"]))
        shutil.rmtree(queue.parent)
        sent = manage(
            prepared, "shell", "-c", "from hub.tasks import note_sign_of_life as t; t.delay()"
        )
        assert sent.returncode == 0, sent.stderr
        wait_until(lambda: queue.is_dir() and not os.listdir(queue / "new"))
        assert child(process, "background@%h")


def test_a_second_hub_is_kept_off_the_folder_and_nothing_is_left_of_one_that_was_killed(
    prepared, tmp_path
):
    log = tmp_path / "log"
    place = f"http://127.0.0.1:{prepared['WEB_PORT']}"
    with serving(SERVE, prepared, log) as process:
        wait_until(lambda: f"The hub is at {place}" in log.read_text())
        second = manage(prepared, "serve", WEB_PORT=str(free_port()))
        assert second.returncode != 0
        assert f"Another hub (process {process.pid}, {place}) is served from" in second.stderr
        assert "Traceback" not in second.stderr
        started = descendants(process.pid)
        assert len(started) >= 6
        os.kill(process.pid, signal.SIGKILL)
        wait_until(lambda: not is_listening(prepared["WEB_PORT"]))
        wait_until(lambda: not any(is_alive(pid) for pid in started))
    var = Path(prepared["HUB_VAR_DIR"])
    assert [path for path in [var, *var.rglob("*")] if path.lstat().st_mode & 0o077] == []


def test_a_shell_script_with_command_substitutions_does_not_stop_the_hub(prepared, tmp_path):
    script = f"""
        started=$(date)
        {sys.executable} manage.py serve &
        for i in $(seq 40); do now=$(sleep 0.3); done
        sleep 600
    """
    with serving(["bash", "-c", script], prepared, tmp_path / "log"):
        until = time.monotonic() + 14
        while time.monotonic() < until:
            assert "Stopping" not in (tmp_path / "log").read_text()
            time.sleep(0.5)
        assert answers(prepared["WEB_PORT"])


def test_a_port_in_use_is_said(prepared):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = manage(prepared, "serve", WEB_PORT=str(port))
    assert done.returncode != 0
    assert f"Another program uses port {port}." in done.stderr
    assert "WEB_PORT" in done.stderr


def test_make_run_works_in_folders_whose_names_have_dollars_and_spaces(tmp_path):
    """The copy's .venv is this test's own; make is told that it is up to date."""
    folder = tmp_path / "a $HOME of $(models)"
    for name in subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0"):
        if name and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    os.utime(folder / "requirements.txt", (0, 0))
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    state = tmp_path / "the $tate of it"
    env = {**os.environ, "HUB_VAR_DIR": str(state), "HUB_SKIP_IMPORT": "1"}
    env["WEB_PORT"] = str(free_port())
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"):
        env.pop(name, None)
    with serving(["make", "-C", str(folder), "run"], env, tmp_path / "log"):
        wait_until(lambda: (state / "broker").is_dir())
        assert {"broker", "media", "static"} < {path.name for path in state.iterdir()}
        assert (state / "secret_key").stat().st_mode & 0o777 == 0o600
        assert len((state / "secret_key").read_text()) > 50


def test_the_second_start_collects_no_files_again(prepared):
    static = Path(prepared["HUB_VAR_DIR"]) / "static"
    files = {path: path.stat().st_mtime_ns for path in static.rglob("*") if path.is_file()}
    assert manage(prepared, "prepare").returncode == 0
    assert {p: p.stat().st_mtime_ns for p in static.rglob("*") if p.is_file()} == files
    gone = next(path for path in files if path.name.startswith("base.") and path.suffix == ".css")
    gone.unlink()
    assert manage(prepared, "prepare").returncode == 0
    assert gone.is_file()


def test_files_that_no_page_loads_are_not_collected(prepared):
    static = Path(prepared["HUB_VAR_DIR"]) / "static"
    names = {path.name for path in static.rglob("*") if path.is_file()}
    assert any(name.startswith("mode-json.") for name in names)
    assert not any(name.startswith(("redoc", "mode-python", "theme-")) for name in names)
    assert not any(".map." in name and name.endswith((".br", ".gz")) for name in names)
