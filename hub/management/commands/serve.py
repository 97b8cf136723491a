"""`manage.py serve`: web server, worker and beat in one terminal, stopped together."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from honcho.manager import Manager
from honcho.printer import Printer

from accounts.first_admin import hint


class Command(BaseCommand):
    """Runs the three processes until one of them ends or a signal comes."""

    help = "Serve the hub: web server, worker and beat. SIGTERM or SIGINT stops all of them."

    def handle(self, *args: Any, **options: Any) -> None:
        bin_dir = Path(sys.executable).parent
        env = {**os.environ, "PYTHONUNBUFFERED": "1"}
        address = f"127.0.0.1:{settings.ENV.web_port}"
        manager = Manager(Printer(sys.stdout))
        for name, command in _commands(bin_dir, address).items():
            manager.add_process(name, command, env=env, cwd=str(settings.BASE_DIR))
        self.stdout.write(f"The hub is at http://{address} (Ctrl-C stops it)")
        if first_steps := hint():
            self.stdout.write(self.style.NOTICE(first_steps))
        threading.Thread(target=_follow_parent, args=(os.getppid(),), daemon=True).start()
        manager.loop()
        # A stop by signal is an orderly end; a process that ended by itself hands on its code.
        code = manager.returncode or 0
        sys.exit(0 if code in {128 + signal.SIGINT, 128 + signal.SIGTERM, -15, -2} else code)


def _commands(bin_dir: Path, address: str) -> dict[str, str]:
    programs = shlex.quote(str(bin_dir))
    celery = f"{programs}/celery --app hub"
    quiet = "--without-gossip --without-mingle --without-heartbeat"
    return {
        "web": (
            f"exec {programs}/gunicorn hub.wsgi --bind {address} --worker-class gthread "
            "--workers 2 --threads 8 --timeout 60 --graceful-timeout 5 --keep-alive 5 "
            "--max-requests 20000 --max-requests-jitter 2000"
        ),
        "worker": f"exec {celery} worker --loglevel INFO --concurrency 2 {quiet}",
        "beat": f"exec {celery} beat --loglevel WARNING --pidfile=",
    }


def _follow_parent(parent: int) -> None:
    """End when the parent is gone, or when it was told to end and could not pass that on.

    `make` hands a SIGTERM on to its recipe, but not a SIGINT that was sent to it alone: it resets
    its handler and waits for the recipe. The handler's bit in /proc tells. Without /proc only the
    parent's death is seen.
    """
    status = Path(f"/proc/{parent}/status")
    had_handler = _catches_sigint(status)
    while True:
        time.sleep(0.5)
        interrupted = had_handler and _catches_sigint(status) is False
        if os.getppid() != parent or interrupted:
            os.kill(os.getpid(), signal.SIGTERM)
            return


def _catches_sigint(status: Path) -> bool | None:
    """Whether the process has a handler for SIGINT; None where that can't be told."""
    try:
        for line in status.read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) & (1 << (signal.SIGINT - 1)))
    except OSError:
        return None
    return None
