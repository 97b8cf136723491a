"""`manage.py serve`: web server, workers and beat in one terminal, stopped together."""

from __future__ import annotations

import errno
import os
import resource
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.first_admin import hint
from hub import var_folder
from hub.announcement import Announcement
from hub.supervisor import Supervisor
from hub.task_queue import BACKGROUND, PEOPLE

# Each connection is an open file, and macOS allows only 256 by default.
_OPEN_FILES = 4096
# The others start when the web server answers, or after this time.
_ALONE_SECONDS = 10.0


class Command(BaseCommand):
    """Runs the hub's four processes, or replaces itself with one of them."""

    # They would load all views, which only the web server needs. `prepare` makes those of security.
    requires_system_checks: list[str] = []
    help = "Serve the hub: web server, workers and beat. SIGTERM or SIGINT stops all of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address of the web server")
        parser.add_argument(
            "--only",
            choices=["web", "worker", "people", "background", "beat"],
            help="run one process, without supervisor; worker does the work of both queues, people "
            "only what somebody waits for, background only the rest",
        )

        parser.add_argument(
            "--prepare",
            action="store_true",
            help="do what `prepare` does first, while the web server starts",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["only"] and options["prepare"]:
            raise CommandError(
                "--prepare goes with all processes, not with --only: run `manage.py prepare` first."
            )
        host, port = options["host"], settings.ENV.web_port
        commands = _commands(host, port)
        _allow_open_files()
        var_folder.make_private(settings.VAR_DIR)
        os.chdir(settings.BASE_DIR)
        os.environ["PYTHONUNBUFFERED"] = "1"
        if options["only"]:
            try:
                var_folder.share(settings.VAR_DIR)
            except var_folder.FolderInUse as other:
                raise CommandError(f"The folder of all state is in use ({other}).") from other
            command = {**commands, "worker": _worker("worker", [PEOPLE, BACKGROUND], 2)}[
                options["only"]
            ]
            os.execv(command[0], command)  # noqa: S606 - intentionally without a shell
        _check_port(host, port)
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        _lock_folder(address)
        first_steps: list[str | None] = []
        announcement = Announcement(host, port, lambda: self._announce(address, *first_steps))
        supervisor = Supervisor(
            commands, settings.BASE_DIR, self._say, announcement.look, alone_seconds=_ALONE_SECONDS
        )

        def prepare() -> None:
            call_command("prepare", skip_checks=False, stdout=self.stdout)
            first_steps.append(hint())

        if options["prepare"]:
            with var_folder.preparing(settings.VAR_DIR):
                supervisor.begin_with(prepare)
        else:
            first_steps.append(hint())
        supervisor.run()

    def _announce(self, address: str, first_steps: str | None) -> None:
        self._say(f"The hub is at {address} (Ctrl-C stops it)")
        if first_steps:
            self._say(self.style.NOTICE(first_steps))

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _commands(host: str, port: int) -> dict[str, list[str]]:
    """Command lines by process. No shell reads them: a path may contain any character."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--app", "hub"]
    return {
        "web": [
            *python, "granian", "--interface", "rsgi", "hub.rsgi:application",
            "--host", host, "--port", str(port), "--http", "1", "--no-ws",
            "--workers", "2", "--respawn-failed-workers", "--workers-kill-timeout", "10",
            # A client must send its headers within this time; bodies have a separate limit.
            "--http1-header-read-timeout", "10000", "--log-level", "warning",
            # Headers far longer are refused. granian's default takes 400 KB.
            "--http1-buffer-size", "65536",
        ],
        # Each with processes of its own: a long sync never delays an Update click.
        "people": _worker("people", [PEOPLE], 2),
        "background": _worker("background", [BACKGROUND], 1),
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--pidfile="],
    }  # fmt: skip


def _worker(name: str, queues: list[str], processes: int) -> list[str]:
    """The command line of a worker."""
    return [
        sys.executable, "-m", "celery", "--app", "hub", "worker", "--hostname", f"{name}@%h",
        "--queues", ",".join(queues), "--concurrency", str(processes),
        "--loglevel", settings.ENV.log_level,
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip


def _lock_folder(address: str) -> None:
    """Keep a second hub off the same folder: both would run its schedule, on one SQLite file."""
    try:
        var_folder.lock(settings.VAR_DIR, f"process {os.getpid()}, {address}")
    except var_folder.FolderInUse as other:
        raise CommandError(
            f"Another hub ({other}) is served from {settings.VAR_DIR}. Stop it, or give this one a "
            "folder of its own with HUB_VAR_DIR. More workers: `manage.py serve --only worker`."
        ) from None
    except OSError as error:
        raise CommandError(f"The hub can't write to {settings.VAR_DIR}: {error}") from error


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Another program uses port {port}. Stop it, or set WEB_PORT to another port."
                ) from error
            raise CommandError(f"The hub can't listen on {host}, port {port}: {error}") from error


def _allow_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
