"""The embedded broker under load: four writers, workers killed at random, rubbish in its folder.

The long run is the measure by which the broker was chosen, and takes about five minutes:
`make test ARGS="-m faults -n 0 tests/faults/test_broker.py -s"`. SOAK_SEED chooses other dice.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.environment import ROOT

WRITERS, WORKERS = 4, 2
_TASK = (
    b'{"body": "%s", "headers": {"task": "soak.run", "id": "x"}, "properties": {"delivery_tag": "t"'
    b', "body_encoding": "base64", "delivery_info": {}}, "content-type": "application/json", '
    b'"content-encoding": "utf-8"}'
)
RUBBISH = [
    b"", b"{", b"\0\xff\xfe", b"[]", b"null", b"5", b'{"properties": {}}',
    b'{"properties": {"delivery_tag": []}}',
    _TASK % b"not base64", _TASK % b"W10=", _TASK % b"e30=", _TASK.replace(b'"x"', b"7") % b"W10=",
    _TASK.replace(b'"delivery_info": {}', b'"delivery_info": 7') % b"W1tdLHt9LHt9XQ==",
    _TASK.replace(b"base64", b"rot13") % b"W1tdLHt9LHt9XQ==",
]  # fmt: skip


class Soak:
    """Writers, workers and what they have done, in a folder of their own."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.folder, self.dice = folder, dice
        self.queue, self.notes = folder / "broker" / "celery", folder / "notes"
        broker = {
            "broker_url": "folder://localhost",
            "broker_transport": "hub.folder_broker:FolderTransport",
            "broker_transport_options": {"folder": str(folder / "broker")},
            "worker_enable_remote_control": False,
        }
        self.environment = {
            **os.environ, "SOAK_SETTINGS": json.dumps(broker), "SOAK_NOTES": str(self.notes),
        }  # fmt: skip
        self.log = open(folder / "log", "wb")
        self.processes: list[subprocess.Popen] = []
        self.workers: list[subprocess.Popen] = []
        self.kills, self.ended = 0, []

    def start(self, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=self.log,
            stderr=self.log, start_new_session=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def start_worker(self) -> subprocess.Popen:
        return self.start(
            "-m", "celery", "--app", "tests.faults.broker_app", "worker", "--concurrency", "2",
            "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING",
        )  # fmt: skip

    def throw_rubbish(self) -> None:
        folder = self.queue / "new"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.dice.random()}").write_bytes(self.dice.choice(RUBBISH))

    def kill_somebody(self) -> None:
        """SIGKILL for a worker's main process or one of its children."""
        worker = self.dice.choice(self.workers)
        children = subprocess.run(
            ["pgrep", "-P", str(worker.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        try:
            os.kill(self.dice.choice([worker.pid, *map(int, children)]), signal.SIGKILL)
            self.kills += 1
        except ProcessLookupError:
            pass

    def tend_workers(self) -> None:
        for position, worker in enumerate(self.workers):
            if (code := worker.poll()) is not None:
                if code != -signal.SIGKILL:
                    self.ended.append(code)
                self._kill_group(worker)
                self.workers[position] = self.start_worker()

    def done(self) -> set[int]:
        return (
            {int(line) for line in self.notes.read_text().split()} if self.notes.exists() else set()
        )

    def end(self) -> None:
        for process in self.processes:
            self._kill_group(process)
            process.wait()
        self.log.close()

    def _kill_group(self, process: subprocess.Popen) -> None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


@pytest.mark.parametrize(
    ("messages", "kill_every"),
    [(600, 3.0), pytest.param(50_000, 5.0, marks=pytest.mark.faults)],
)
def test_no_message_is_lost_and_no_worker_stops(messages, kill_every, tmp_path):
    soak = Soak(tmp_path, random.Random(int(os.environ.get("SOAK_SEED", "7"))))
    started = time.monotonic()
    try:
        for _ in range(2):
            soak.start("-c", "while True: pass")
        share = messages // WRITERS
        writers = [
            soak.start("-m", "tests.faults.broker_app", str(first), str(share))
            for first in range(0, messages, share)
        ]
        soak.workers = [soak.start_worker() for _ in range(WORKERS)]
        kill_at = time.monotonic() + kill_every
        until = time.monotonic() + max(300.0, messages / 40)
        while len(done := soak.done()) < messages and time.monotonic() < until:
            soak.throw_rubbish()
            soak.tend_workers()
            if time.monotonic() > kill_at:
                soak.kill_somebody()
                kill_at = time.monotonic() + kill_every * soak.dice.uniform(0.5, 1.5)
            time.sleep(0.1)
        seconds = time.monotonic() - started
        print(f"{len(done)} of {messages} in {seconds:.0f} s, {soak.kills} kills")
        assert [writer.wait(60) for writer in writers] == [0] * WRITERS
    finally:
        soak.end()
    assert done == set(range(messages))
    assert soak.ended == [], "a worker ended that nobody had killed"
    assert list((soak.queue / "unreadable").iterdir())
