"""The servers that the bench loads, and how they are loaded."""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from tests.bench.search import ROOT
from tests.journeys.processes import free_port, nginx_configuration


@dataclass(frozen=True)
class Server:
    """A server that runs: its name in the tables, its address, and the processes whose CPU time
    its answers cost."""

    name: str
    base: str
    pids: tuple[int, ...]


@dataclass(frozen=True)
class Asked:
    """An address of a server, with the headers of the request."""

    server: Server
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Measured:
    """Requests a second, requests a CPU second of the server, and p99 in milliseconds."""

    rate: float
    per_cpu: float
    p99: float


def median(rounds: Sequence[Measured]) -> Measured:
    rates, per_cpu, p99 = zip(
        *((each.rate, each.per_cpu, each.p99) for each in rounds), strict=True
    )
    return Measured(statistics.median(rates), statistics.median(per_cpu), statistics.median(p99))


def cpu_seconds(pids: Sequence[int]) -> float:
    """The CPU seconds of processes and all below them."""
    seconds = 0.0
    waiting = list(pids)
    while waiting:
        process = waiting.pop()
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        except OSError:
            continue
        # Its own, and those of children that have ended.
        seconds += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        waiting += map(int, children)
    return seconds


def fetch(url: str, headers: Mapping[str, str]) -> tuple[bytes, Message]:
    request = urllib.request.Request(url, headers=dict(headers))
    with urllib.request.urlopen(request) as response:
        return response.read(), response.headers


def load(asked: Asked, seconds: int, connections: int) -> Measured:
    """Load one address for some seconds; an error ends the run."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    for name, value in asked.headers.items():
        command += ["-H", f"{name}: {value}"]
    url = asked.server.base + asked.path
    before = cpu_seconds(asked.server.pids)
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    spent = max(cpu_seconds(asked.server.pids) - before, 0.01)
    if "Non-2xx" in out:
        sys.exit(f"{url} failed: {out}")
    count = int(re.search(r"(\d+) requests in", out).group(1))
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", out).groups()
    p99 = float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}[unit]
    return Measured(count / seconds, count / spent, p99)


def environment_of(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hub.settings",
        "SECRET_KEY": "for-the-benchmark-only-" + "x" * 40,
        "HUB_VAR_DIR": str(folder / "var"),
        "HUB_SKIP_IMPORT": "1",
        # The nginx of the production set-up.
        "HUB_TRUSTED_PROXIES": "1",
        "WEB_PORT": str(free_port()),
    }


def manage(environment: Mapping[str, str], *arguments: str) -> float:
    """Run a command of the hub; returns its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start_hub(environment: Mapping[str, str]) -> tuple[subprocess.Popen, Server]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--only", "web"], cwd=ROOT, env=environment
    )
    return process, Server("hub", f"http://127.0.0.1:{environment['WEB_PORT']}", (process.pid,))


def start_files(folder: Path, bodies: Mapping[str, bytes]) -> tuple[subprocess.Popen, Server]:
    """nginx with these files."""
    port = free_port()
    site = folder / "site"
    site.mkdir()
    for name, body in bodies.items():
        (site / name).write_bytes(body)
    config = folder / "nginx.conf"
    config.write_text(
        f"""daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 2;
        events {{ worker_connections 512; }}
        http {{ access_log off; sendfile on; keepalive_requests 1000000;
          client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
          uwsgi_temp_path {folder}; scgi_temp_path {folder};
          server {{ listen 127.0.0.1:{port}; root {site}; }} }}"""
    )
    return _nginx(config, port, "nginx")


def start_front(folder: Path, hub: Server) -> tuple[subprocess.Popen, Server]:
    """The production set-up: `deploy/nginx.conf` before the hub, which counts for its CPU time."""
    port = free_port()
    folder.mkdir()
    config = nginx_configuration(folder, str(port), hub.base.rpartition(":")[2], workers=2)
    process, front = _nginx(config, port, "hub behind nginx")
    return process, Server(front.name, front.base, (*front.pids, *hub.pids))


def _nginx(config: Path, port: int, name: str) -> tuple[subprocess.Popen, Server]:
    process = subprocess.Popen(["nginx", "-c", str(config)], stderr=subprocess.DEVNULL)
    return process, Server(name, f"http://127.0.0.1:{port}", (process.pid,))


def wait_for(url: str, *, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    sys.exit(f"{url} does not answer.")
