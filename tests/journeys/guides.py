"""The commands of the guides: found in their text, and typed on a machine like the guides'."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import textwrap
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.environment import ROOT

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.M | re.S)
_SPAN = re.compile(r"`([^`\n]+)`")
# What stands between backticks in a sentence, and is typed.
_PROGRAM = re.compile(r"(\.venv/|manage\.py |python -m hub\.|make |docker |systemctl |nohup ).+")
_NO_PART = {"tests", "var", "node_modules", "site"}
_SECONDS = 120


class Step(NamedTuple):
    """What is to be done next in a guide: a command, or a file's content."""

    text: str
    language: str = "sh"
    in_block: bool = True


def steps(path: Path) -> list[Step]:
    """Every command of a guide, and every block of another language, in their order."""
    text, at, found = path.read_text(), 0, []
    for block in (*_BLOCK.finditer(text), None):
        for span in _SPAN.findall(text[at : block.start() if block else None]):
            if _PROGRAM.fullmatch(span):
                found.append(Step(_plain(span), in_block=False))
        if block is None:
            return found
        at, inside = block.end(), textwrap.dedent(block["text"])
        if block["language"] == "sh":
            found += [Step(_plain(line)) for line in _typed(inside)]
        elif block["language"] == "cron":
            found += [Step(f"({line.split(maxsplit=5)[5]})") for line in _cron(inside)]
        elif block["language"] == "yaml":
            found += [Step(_plain(line)) for line in _runs(inside)]
        else:
            found.append(Step(inside, block["language"]))
    return found


def _cron(block: str) -> list[str]:
    """The lines of a crontab, in which a % must be escaped."""
    return block.replace("\\%", "%").splitlines()


def _runs(block: str) -> Iterator[str]:
    """What the jobs of a workflow of GitHub Actions run."""
    for job in yaml.safe_load(block).get("jobs", {}).values():
        yield from (step["run"] for step in job["steps"] if "run" in step)


def _typed(block: str) -> Iterator[str]:
    """What is typed at once: a line, or several that the shell takes for one command."""
    lines: list[str] = []
    for line in block.splitlines():
        if not lines and (not line.strip() or line.lstrip().startswith("#")):
            continue
        lines.append(line)
        text = "\n".join(lines)
        if not line.endswith("\\") and _is_complete(text):
            yield text
            lines = []
    assert not lines, f"This is no command: {lines}"


def _is_complete(text: str) -> bool:
    done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False)
    return done.returncode == 0


def _plain(text: str) -> str:
    """Without the comment, and with the whole of what sentences write short."""
    text = re.sub(r"\s+# .*$", "", text)
    return re.sub(r"^(?:manage\.py|(?=python -m hub))", _whole, text)


def _whole(short: re.Match[str]) -> str:
    return f".venv/bin/python {short[0]}" if short[0] else ".venv/bin/"


class Machine:
    """A folder with the hub's project, and a shell that stays open in it."""

    def __init__(self, folder: Path, var: Path, environment: Mapping[str, str]) -> None:
        self.folder, self.project = folder, folder / "srv"
        for name in ("bin", "units", "home", "xinference"):
            (folder / name).mkdir()
        shutil.copytree(ROOT, self.project, ignore=_left_out)
        shutil.copytree(var, self.project / "var")
        (self.project / ".venv").symlink_to(ROOT / ".venv")
        # Older than what is installed: make installs nothing.
        for path in self.project.glob("requirements*.txt"):
            os.utime(path, (0, 0))
        python = f"{self.project}/.venv/bin/python"
        self._add_program("hubctl", f"{python} {self.project}/clients/hubctl.py")
        # An answer that is an error is not what a guide wants, where it prints answers, too.
        self._add_program("curl", f"{shutil.which('curl')} --fail")
        self.environment = {
            **environment,
            "PATH": f"{folder}/bin:{environment['PATH']}",
            "HOME": f"{folder}/home",
        }
        self.processes: dict[str, str] = {}
        self._shell = subprocess.Popen(
            ["bash", "--norc"], cwd=self.project, env=self.environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def _add_program(self, name: str, command: str) -> None:
        program = self.folder / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(0o755)

    def type(self, text: str) -> tuple[int, str]:
        """Type a command; returns its exit status, and what it printed."""
        command, printed = self.folder / "command", self.folder / "printed"
        command.write_text(text + "\n")
        return int(self._ask(f". {command} > {printed} 2>&1 < /dev/null; echo $?")), (
            printed.read_text(errors="replace")
        )

    def start(self, text: str) -> None:
        """Type a command that goes on until it is stopped."""
        log = self.folder / f"{len(self.processes)}.log"
        inner = text.removesuffix("&")
        self.processes[text] = self._ask(f"{inner} > {log} 2>&1 < /dev/null & echo $!")

    def stop(self) -> dict[str, int]:
        """Stop what was started; returns the exit statuses."""
        stopped, self.processes = self.processes, {}
        for pid in stopped.values():
            self._ask(f"kill -TERM {pid}; echo")
        return {text: int(self._ask(f"wait {pid}; echo $?")) for text, pid in stopped.items()}

    def close(self) -> None:
        self.stop()
        self._shell.stdin.close()
        self._shell.wait(timeout=_SECONDS)

    def answer(self, text: str, answers: Mapping[str, str]) -> tuple[int, str]:
        """Type a command at a terminal, and an answer whenever it has asked."""
        ours, its = pty.openpty()
        process = subprocess.Popen(
            ["bash", "-c", text], cwd=self.project, env=self.environment, stdin=its, stdout=its,
            stderr=its, start_new_session=True,
        )  # fmt: skip
        os.close(its)
        printed, left = "", list(answers.items())
        timer = threading.Timer(_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        while True:
            try:
                printed += os.read(ours, 4096).decode(errors="replace")
            except OSError:  # its end is closed
                break
            if left and left[0][0] in printed.splitlines()[-1]:
                os.write(ours, left.pop(0)[1].encode() + b"\n")
        timer.cancel()
        os.close(ours)
        return process.wait(), printed

    def _ask(self, line: str) -> str:
        timer = threading.Timer(_SECONDS, os.killpg, (self._shell.pid, signal.SIGKILL))
        timer.start()
        try:
            self._shell.stdin.write(line + "\n")
            self._shell.stdin.flush()
            return self._shell.stdout.readline().strip()
        finally:
            timer.cancel()


def _left_out(folder: str, names: list[str]) -> set[str]:
    """What is no part of an installation."""
    if Path(folder) != ROOT:
        return set()
    return {name for name in names if name in _NO_PART or name.startswith(".")}
