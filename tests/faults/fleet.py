"""Worker processes as production runs them, which are killed and come back."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from hub.management.commands.serve import _commands, _worker
from hub.task_queue import BACKGROUND, PEOPLE
from tests.environment import ROOT

APP = "tests.faults.worker_app"


def command_of(name: str) -> list[str]:
    """What `manage.py serve` runs as worker or as beat, with the quicker application."""
    worker = _worker("worker", [PEOPLE, BACKGROUND], 2)
    command = {**_commands("127.0.0.1", 0), "worker": worker}[name]
    command[command.index("--app") + 1] = APP
    return command


class Fleet:
    """Two workers and a beat; `deaths` counts processes that were killed on purpose."""

    def __init__(self, environment: Mapping[str, str], folder: Path, chance: random.Random) -> None:
        self.environment, self.folder, self.chance = dict(environment), folder, chance
        self.processes: dict[str, subprocess.Popen] = {}
        self.deaths = 0
        self.is_deadly = False
        self._ended = threading.Event()
        self.lock = threading.Lock()
        for name in ("worker-1", "worker-2", "beat"):
            self._start(name)
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        """End all processes."""
        self._ended.set()
        self._thread.join()
        for process in self.processes.values():
            _kill_group(process.pid)
            process.wait()

    def kill_who_asks(self, port: int) -> None:
        """Kill the pool's process that a request came from, by the port of its connection."""
        inode = _inode_of(port)
        with self.lock:
            pids = [pid for name in ("worker-1", "worker-2") for pid in self._pool(name)]
            for pid in pids:
                if inode and inode in _sockets(pid):
                    self._kill(pid)

    def _start(self, name: str) -> None:
        kind = name.partition("-")[0]
        command = command_of(kind)
        if kind == "worker":
            command += ["--hostname", f"{name}@%h"]
        with (self.folder / f"{name}.log").open("a") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def _watch(self) -> None:
        """Restart what has ended, as a supervisor does, and kill now and then."""
        next_kill = time.monotonic() + 3
        while not self._ended.wait(0.1):
            with self.lock:
                for name, process in list(self.processes.items()):
                    if process.poll() is not None:
                        # Its pool outlives it for a moment, as it does anywhere.
                        _kill_group(process.pid)
                        self._start(name)
                if self.is_deadly and time.monotonic() > next_kill:
                    next_kill = time.monotonic() + self.chance.uniform(0.5, 5)
                    self._kill_somebody()

    def _kill_somebody(self) -> None:
        name = self.chance.choice(["worker-1", "worker-2"])
        pool = self._pool(name)
        if pool and self.chance.random() < 0.75:
            self._kill(self.chance.choice(pool))
        else:
            # The machine fails: nobody is left to hand its tasks back.
            self.deaths += 1
            _kill_group(self.processes[name].pid)

    def _kill(self, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
            self.deaths += 1
        except ProcessLookupError:
            pass

    def _pool(self, name: str) -> list[int]:
        parent = self.processes[name].pid
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        except OSError:
            return []
        return [int(pid) for pid in children.split()]


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _inode_of(port: int) -> str:
    """The socket that has a local port, as /proc names it."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        facts = line.split()
        if int(facts[1].rpartition(":")[2], 16) == port:
            return f"socket:[{facts[9]}]"
    return ""


def _sockets(pid: int) -> set[str]:
    found = set()
    for entry in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            found.add(os.readlink(entry))
        except OSError:
            continue
    return found
