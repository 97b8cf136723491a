"""Keeps the hub's processes running: a process that ends is started again."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

TICK_SECONDS = 0.2
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
# After a process has run for this long, its delay before a restart is reset.
STEADY_SECONDS = 60.0
# A process that has not ended after this time is killed; the broker redelivers its tasks.
STOP_SECONDS = 15.0
_PR_SET_PDEATHSIG = 1


class Process:
    """One command, in its own process group."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        self.name = name
        self._command = command
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._wait = FIRST_WAIT_SECONDS
        self._started = self._start_at = time.monotonic()

    def tend(self, say: Callable[[str], None]) -> None:
        """Start the process when it is due; notice when it has ended."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._start_at:
                self._start()
            return
        code = self._process.poll()
        if code is None:
            return
        # Processes that it has left behind must not hold the port or a task.
        self.signal(signal.SIGKILL)
        self._process = None
        if now - self._started >= STEADY_SECONDS:
            self._wait = FIRST_WAIT_SECONDS
        say(f"{self.name} ended ({_reason(code)}) and starts again in {self._wait:.0f} s.")
        self._start_at = now + self._wait
        self._wait = min(2 * self._wait, LONGEST_WAIT_SECONDS)

    def has_ended(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            self.signal(signal.SIGKILL)
            self._process = None
        return self._process is None

    def terminate(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and to all processes that it has started."""
        if self._process is not None:
            try:
                os.killpg(self._process.pid, number)
            except (ProcessLookupError, PermissionError):
                pass  # macOS reports this for a group in which only zombies are left

    def _start(self) -> None:
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, stdin=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )  # fmt: skip


class Supervisor:
    """Runs commands until it gets a signal to stop.

    The first one starts alone, so that it does not share the machine with the others meanwhile:
    they follow when it answers, or after `alone_seconds`.
    """

    def __init__(
        self,
        commands: Mapping[str, list[str]],
        folder: Path,
        say: Callable[[str], None],
        look: Callable[[], bool],
        *,
        alone_seconds: float = 0.0,
    ) -> None:
        """`look` is called again and again while the processes run, and says whether the first one
        has answered."""
        self._processes = [Process(name, line, folder) for name, line in commands.items()]
        self._alone_seconds = alone_seconds
        self._say = say
        self._look = look
        self._signals = 0
        self._make = _make_above()

    def begin_with(self, work: Callable[[], object]) -> None:
        """Do some work while the first process starts; end that one if the work fails, or if a
        signal ends it."""
        _on_signals(_exit)
        self._processes[0].tend(self._say)
        try:
            work()
        except BaseException:
            # From now on another signal does not wait, as in `run`.
            _on_signals(self._on_signal)
            self._stop()
            raise

    def run(self) -> None:
        """Return when all processes have ended after SIGTERM, SIGINT or SIGHUP.

        A second signal does not wait for what the processes are doing.
        """
        _on_signals(self._on_signal)
        alone_until = time.monotonic() + self._alone_seconds
        while not self._signals and not (self._make and self._make.is_gone()):
            has_answered = self._look()
            is_alone = not has_answered and time.monotonic() < alone_until
            for process in self._processes[: 1 if is_alone else None]:
                process.tend(self._say)
            time.sleep(TICK_SECONDS)
        self._stop()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1

    def _stop(self) -> None:
        self._say("Stopping.")
        for process in self._processes:
            process.terminate()
        until, signals = time.monotonic() + STOP_SECONDS, self._signals
        while running := [process for process in self._processes if not process.has_ended()]:
            if time.monotonic() > until or self._signals > signals:
                for process in running:
                    process.signal(signal.SIGKILL)
            time.sleep(TICK_SECONDS)


class Make:
    """The `make` that has started the supervisor and waits for it.

    make passes SIGTERM on to its recipe, but not a SIGINT that only make gets: then it resets the
    signal's action to the default and waits, which /proc shows. Other parents are not considered:
    shells change their handling of SIGINT within a script, and may end before us.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._had_handler = self._catches_sigint()

    def is_gone(self) -> bool:
        """True if it has ended or has got SIGINT."""
        return os.getppid() != self._pid or (self._had_handler and not self._catches_sigint())

    def _catches_sigint(self) -> bool:
        try:
            for line in Path(f"/proc/{self._pid}/status").read_text().splitlines():
                if line.startswith("SigCgt:"):
                    return bool(int(line.split()[1], 16) & (1 << (signal.SIGINT - 1)))
        except OSError:
            pass
        return False


def _make_above() -> Make | None:
    parent = os.getppid()
    try:
        name = Path(f"/proc/{parent}/comm").read_text().strip()
    except OSError:
        return None  # no /proc: macOS
    return Make(parent) if name in {"make", "gmake"} else None


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # Keep nohup's setting. A shell's background jobs ignore SIGINT; ours must not.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _end_with_parent() -> None:
    """Have Linux send SIGTERM when the supervisor is killed, so that no process keeps the port."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
