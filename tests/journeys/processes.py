"""Hubs in processes of their own: how they are started, asked and awaited."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.environment import ROOT


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def installation(folder: Path, template: Path | None = None) -> dict[str, str]:
    """The environment of a hub of its own, on the embedded default.

    With a template, its state is a copy of that folder.
    """
    if template is None:
        (folder / "var").mkdir()
        (folder / "var" / "secret_key").write_text("for-tests-only-0123456789" + "k" * 40)
    else:
        shutil.copytree(template, folder / "var")
    kept = {
        k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
    }
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "hub.settings",
        "HUB_VAR_DIR": str(folder / "var"),
        "HUB_SKIP_IMPORT": "1",
        "WEB_PORT": str(free_port()),
    }


def manage(environment, *arguments, **options):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env={**environment, **options}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def nginx_places(folder: Path) -> str:
    """Where nginx may write without the rights of root, for its block `http`."""
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "".join(f"{name}_temp_path {folder}/{name};" for name in names)


def nginx_configuration(folder: Path, port: str, hub_port: str, *, workers: int = 1) -> Path:
    """`deploy/nginx.conf` with this machine's places, as a file in the folder."""
    text = (ROOT / "deploy/nginx.conf").read_text()
    # Its workers would be "nobody", who can't write below a test's folder.
    user = "user root;" if os.getuid() == 0 else ""
    text = f"daemon off; {user} pid {folder}/pid;\n{text}"
    text = text.replace("worker_processes auto", f"worker_processes {workers}")
    text = text.replace(
        "http {", f"error_log {folder}/error.log;\nhttp {{ {nginx_places(folder)}", 1
    )
    text = text.replace("web:8000 resolve", f"127.0.0.1:{hub_port}").replace(
        "listen 8000", f"listen {port}"
    )
    path = folder / "nginx.conf"
    path.write_text(text.replace("/var/cache/nginx/hub", f"{folder}/cache"))
    return path


def children_of(group: int) -> list[str]:
    """The command lines of all processes below one, found through /proc."""
    parents, found = {group}, []
    for _ in range(4):
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                stat = entry.read_text()
                line = (entry.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(stat.rpartition(")")[2].split()[1]) in parents:
                parents.add(int(entry.parent.name))
                found.append(line)
    return found


def wait_until(condition, seconds=120.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} seconds: {condition}")


def answers(port: str):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


def is_listening(port):
    try:
        socket.create_connection(("127.0.0.1", int(port)), timeout=2).close()
    except OSError:
        return False
    return True
