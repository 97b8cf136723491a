"""A whole site on this machine: PostgreSQL, Redis, nginx with TLS, and two of each hub process.

Everything is its own: killing it harms nobody else. State and database are on a small disk (a
tmpfs), and the hub's processes have a clock that the test moves (moved_clock.c).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hub.management.commands.serve import _commands, _worker
from hub.task_queue import BACKGROUND, PEOPLE
from tests.environment import ROOT
from tests.journeys.processes import free_port, is_listening, nginx_configuration, wait_until

# Another loopback address than 127.0.0.1, which the doctor takes for an address of one machine.
HOST = "127.0.0.2"
APP = "tests.faults.site_app"
POSTGRESQL = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
MISSING = [
    name
    for name, there in {
        "PostgreSQL": POSTGRESQL,
        "redis-server": shutil.which("redis-server"),
        "nginx": shutil.which("nginx"),
        "openssl": shutil.which("openssl"),
        "a C compiler": shutil.which("cc"),
        "the rights of root": os.geteuid() == 0,
    }.items()
    if not there
]
Command = tuple[list[str], dict[str, str], str | None]


class Site:
    """Processes by name; one that ends is started again, unless it is away on purpose."""

    def __init__(self, github_url: str, mail_port: int, receiver: str) -> None:
        self.disk = Path(tempfile.mkdtemp(prefix="hub-site-"))
        self.folder = Path(tempfile.mkdtemp(prefix="hub-site-logs-"))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.away: set[str] = set()
        self._lock = threading.RLock()
        self._ended = threading.Event()
        try:
            self._begin(github_url, mail_port, receiver)
        except BaseException:
            self.stop()
            raise

    def _begin(self, github_url: str, mail_port: int, receiver: str) -> None:
        self._mount("size=2g")
        self.folder.chmod(0o755)
        self.clock = self.folder / "clock"
        self.move_clock(0)
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-o", self.folder / "clock.so",
             ROOT / "tests/faults/moved_clock.c"], check=True,
        )  # fmt: skip
        self.ports = {
            name: free_port() for name in ("postgres", "redis", "nginx", "web-1", "web-2")
        }
        self.url = f"https://{HOST}:{self.ports['nginx']}"
        self.certificate = self.folder / "site.pem"
        self._make_certificate()
        self.environment = self._environment(github_url, mail_port)
        self.commands = self._commands()
        self._make_database()
        for name in ("postgres", "redis"):
            self._start(name)
        wait_until(lambda: is_listening(self.ports["redis"]) and self._has_database())
        self.tokens = json.loads(self._run("tests.faults.site_command", "prepare", receiver).stdout)
        for name in self.commands:
            if name not in self.processes:
                self._start(name)
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """Kill everything, and give the disk back."""
        self._ended.set()
        with self._lock:
            for process in self.processes.values():
                _kill(process)
        subprocess.run(["umount", "--lazy", str(self.disk)], check=False)
        shutil.rmtree(self.disk, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- What fails -------------------------------------------------------------------------------

    def kill(self, *names: str) -> None:
        """Kill processes as a machine that fails does; they stay away."""
        with self._lock:
            self.away |= set(names)
            for name in names:
                _kill(self.processes[name])

    def bring_back(self, *names: str) -> None:
        """Let the processes be started again."""
        with self._lock:
            self.away -= set(names)

    def fill_disk(self) -> None:
        """Leave 64 KB on the disk of database and state."""
        room = os.statvfs(self.disk)
        used = (room.f_blocks - room.f_bfree) * room.f_frsize // 1024
        self._mount(f"remount,size={used + 64}k")

    def make_room(self) -> None:
        """Make the disk large again."""
        self._mount("remount,size=2g")

    def move_clock(self, seconds: int) -> None:
        """Set the clock of the hub's processes so many seconds ahead of all others."""
        # In place: the processes have the file in their memory.
        with self.clock.open("r+b" if self.clock.exists() else "wb") as file:
            file.write(struct.pack("l", seconds))

    # --- What is asked ----------------------------------------------------------------------------

    def doctor(self) -> dict[str, str]:
        """What the doctor finds wrong now: check → text and advice."""
        done = self._run("tests.faults.site_command", "doctor", check=False)
        assert done.stdout.strip(), done.stderr[-3000:]
        found = json.loads(done.stdout)["findings"]
        return {
            one["check"]: f"{one['text']} {one['advice']}" for one in found
            if one["severity"] != "ok"
        }  # fmt: skip

    def rows(self, query: str) -> list[list[str]]:
        """The answer of the database to a query."""
        done = subprocess.run(
            ["psql", "-h", "127.0.0.1", "-p", str(self.ports["postgres"]), "-U", "postgres", "hub",
             "--no-align", "--tuples-only", "--command", query],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return [line.split("|") for line in done.stdout.splitlines()]

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # --- How it is made ---------------------------------------------------------------------------

    def _environment(self, github_url: str, mail_port: int) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items()
            if name in {"PATH", "HOME"} or name.startswith("HUB_S3_")
        }  # fmt: skip
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "hub.settings",
            "SECRET_KEY": "for-outages-only-0123456789-abcdefghijklmnop",
            "HUB_VAULT_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "HUB_VAR_DIR": str(self.disk / "var"),
            "DATABASE_URL": f"postgres://postgres@127.0.0.1:{self.ports['postgres']}/hub",
            "REDIS_URL": f"redis://127.0.0.1:{self.ports['redis']}/0",
            "SITE_URL": self.url,
            "HUB_TRUSTED_PROXIES": "1",
            "HUB_OPEN_REGISTRATION": "0",
            "HUB_SKIP_IMPORT": "1",
            "HUB_SOURCE": "dir:/nowhere",
            "HUB_SOURCE_VISITS": "0",
            "HUB_SERVER_ADDRESSES": "127.0.0.1",
            "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "DEFAULT_FROM_EMAIL": "hub@example.org",
            "GITHUB_API_URL": github_url,
            "GITHUB_TOKEN": "ghp_" + "h" * 36,
            "GITHUB_WEBHOOK_SECRET": "a secret of the webhook",
            "HUB_GATHER_SECONDS": "0",
            "SSL_CERT_FILE": str(self.certificate),
            "LD_PRELOAD": str(self.folder / "clock.so"),
            "MOVED_CLOCK": str(self.clock),
        }

    def _commands(self) -> dict[str, Command]:
        bare = {"PATH": os.environ["PATH"]}
        web = [sys.executable, "manage.py", "serve", "--only", "web"]
        beat = _commands("127.0.0.1", 0)["beat"]
        beat[beat.index("--app") + 1] = APP
        backends = f"{self.ports['web-1']}; server 127.0.0.1:{self.ports['web-2']}"
        key = self.folder / "site.key"
        listen = f"{HOST}:{self.ports['nginx']} ssl; ssl_certificate {self.certificate}; "
        listen += f"ssl_certificate_key {key}"
        nginx = nginx_configuration(self.folder, listen, backends)
        found: dict[str, Command] = {
            "postgres": (
                [str(POSTGRESQL / "postgres"), "-D", str(self.disk / "database"),
                 "-p", str(self.ports["postgres"]), "-c", "listen_addresses=127.0.0.1",
                 "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_wal_size=16MB"],
                bare, "postgres",
            ),
            # Nothing is kept: what the broker had is lost with it.
            "redis": (
                ["redis-server", "--port", str(self.ports["redis"]), "--bind", "127.0.0.1",
                 "--save", "", "--appendonly", "no", "--dir", str(self.folder)],
                bare, None,
            ),
            "nginx": (["nginx", "-c", str(nginx)], bare, None),
        }  # fmt: skip
        for number in (1, 2):
            port = {"WEB_PORT": str(self.ports[f"web-{number}"])}
            worker = _worker(f"worker-{number}", [PEOPLE, BACKGROUND], 2)
            worker[worker.index("--app") + 1] = APP
            found[f"web-{number}"] = (web, self.environment | port, None)
            found[f"worker-{number}"] = (worker, self.environment, None)
            found[f"beat-{number}"] = (beat, self.environment, None)
        return found

    def _start(self, name: str) -> None:
        command, environment, user = self.commands[name]
        with (self.folder / f"{name}.log").open("a") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd="/" if user else ROOT, env=environment, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True, user=user, group=user,
                extra_groups=[] if user else None, umask=0o077,
            )  # fmt: skip

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            with self._lock:
                for name, process in list(self.processes.items()):
                    if process.poll() is not None and name not in self.away:
                        _kill(process)
                        self._start(name)

    def _run(self, *module: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", *module], cwd=ROOT, env=self.environment, capture_output=True,
            text=True, check=False, timeout=300, umask=0o077,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr[-3000:]
        return done

    def _mount(self, options: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.disk], check=True)
        self.disk.chmod(0o755)

    def _make_certificate(self) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "30", "-subj", "/CN=hub", "-addext", f"subjectAltName=IP:{HOST}",
             "-out", self.certificate, "-keyout", self.folder / "site.key"],
            check=True, capture_output=True,
        )  # fmt: skip

    def _make_database(self) -> None:
        place = self.disk / "database"
        place.mkdir(mode=0o700)
        shutil.chown(place, "postgres", "postgres")
        subprocess.run(
            [str(POSTGRESQL / "initdb"), "-D", place, "-U", "postgres", "--auth=trust",
             "--no-sync", "--encoding=UTF8", "--no-locale", "--wal-segsize=1"],
            cwd="/", user="postgres", group="postgres", extra_groups=[], check=True,
            capture_output=True,
        )  # fmt: skip

    def _has_database(self) -> bool:
        made = subprocess.run(
            ["createdb", "-h", "127.0.0.1", "-p", str(self.ports["postgres"]), "-U", "postgres",
             "hub"], capture_output=True, check=False,
        )  # fmt: skip
        return made.returncode == 0


def settled(condition: Callable[[], Any], expected: Any, seconds: float = 300) -> None:
    """Wait until the condition gives what is expected; fails with what it gave last."""
    until = time.monotonic() + seconds
    while (found := condition()) != expected:
        assert time.monotonic() < until, f"expected {expected}, found {found}"
        time.sleep(0.3)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and everything that it has started, in sessions of their own too."""
    if process.returncode is not None:
        return  # awaited already: the system may have given its number to another process
    below = _below(process.pid)
    for pid in (process.pid, *below):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _below(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, found) for one in (child, *_below(child))]
