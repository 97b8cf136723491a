"""A hub in a process of its own beside a stand-in for GitHub."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts import github_quota
from tests.environment import ROOT
from tests.factories import llm_record
from tests.faults.upstream_files import UpstreamFiles
from tests.standins.github import GitHubStandIn

pytest.register_assert_rewrite("tests.faults.invariants")

TOKEN = "ghp_" + "f" * 36
NAMES = [f"model-{number}" for number in range(8)]


class Hub:
    """Gives commands to a hub's process; `pid` is the worker that carries out the last one."""

    def __init__(self, var_dir: Path, github: GitHubStandIn) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "for-faults-only-0123456789-abcdefghij",
            "HUB_VAR_DIR": str(var_dir),
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": TOKEN,
            "HUB_GATHER_SECONDS": "0",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.hub_process"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.pid = 0
        self.var_dir = var_dir

    def begin(self, do: str, **arguments: Any) -> int:
        """Begin a command; the process id of the worker that carries it out."""
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        self.pid = json.loads(self.process.stdout.readline())["pid"]
        return self.pid

    def end(self) -> Any:
        """What the worker has returned; None where it was killed or failed."""
        answer = json.loads(self.process.stdout.readline())
        return answer and answer["result"]

    def run(self, do: str, **arguments: Any) -> Any:
        """Carry out a command."""
        self.begin(do, **arguments)
        return self.end()

    def kill(self, port: int = 0) -> None:
        """Kill the worker, as a machine that fails does."""
        os.kill(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait(timeout=60)


@pytest.fixture(autouse=True)
def _quick_writes(monkeypatch) -> None:
    """The stand-in takes more than 80 writes a minute; tests/accounts tests the limit."""
    monkeypatch.setattr(github_quota, "WRITES_A_MINUTE", 10_000)


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHubStandIn]:
    """Upstream, without any model yet."""
    standin = GitHubStandIn(tmp_path)
    standin.knows(TOKEN, "hub-bot")
    yield standin
    standin.stop()


@pytest.fixture(params=["split", "aggregate"])
def files(github: GitHubStandIn, request: pytest.FixtureRequest) -> UpstreamFiles:
    """Upstream's files, with some models, in either layout."""
    found = UpstreamFiles(github, request.param)
    found.begin({("llm", name): llm_record(name) for name in NAMES})
    return found


@pytest.fixture
def hub(
    github: GitHubStandIn, files: UpstreamFiles, tmp_path: Path, prepared_var: Path
) -> Iterator[Hub]:
    """The hub has what upstream has."""
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "-q", str(github.git_dir), str(checkout)], check=True)
    with tempfile.TemporaryDirectory(prefix="hub-faults-") as var_dir:
        shutil.copy(prepared_var / "hub.sqlite3", var_dir)
        hub = Hub(Path(var_dir), github)
        hub.run("prepare", folder=str(checkout))
        yield hub
        hub.stop()


@pytest.fixture
def second_hub(hub: Hub, github: GitHubStandIn) -> Iterator[Hub]:
    """Another process with workers of the same hub."""
    other = Hub(hub.var_dir, github)
    yield other
    other.stop()
