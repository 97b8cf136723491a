"""A hub whose surroundings fail as the fault table says."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery
from django.core.cache import caches
from django.db import connection, connections
from django.test import Client

from hub import mail_outbox, object_storage, readiness, task_queue
from hub.cache_backends import outage
from hub.celery import app as hub_app
from tests.environment import ROOT
from tests.standins import s3
from tests.standins.faulty import FaultyServer

PASSWORD = "correct horse battery"
SECRET = "s3cret-of-the-webhook"
HUB_TOKEN = "ghp_" + "h" * 36
SPEAKS = {"broker": "redis", "cache": "redis", "mail server": "smtp", "database": "postgresql"}
# A fault costs a timeout each time, and none of the real ones are needed to see what it leads to.
TIMEOUTS = {
    "accounts.github.TIMEOUT_SECONDS": 0.5,
    "models_registry.upstream.github.TIMEOUT_SECONDS": 1,
    "models_registry.sync.sources.github.TIMEOUT_SECONDS": 0.5,
    "models_registry.upstream.github_app._TIMEOUT_SECONDS": 1,
    "models_registry.sync.sources.hub.LIST_SECONDS": 1.5,
    "models_registry.repositories.repository.LOOK_UP_SECONDS": 1.5,
    "models_registry.repositories.visit.SECONDS": 1.5,
    "hub.object_storage._READ_SECONDS": 0.5,
    "hub.object_storage._PAUSE_SECONDS": 0.5,
    "models_registry.servers.requests.READ_SECONDS": 1.0,
    "models_registry.servers.client.LIST_SECONDS": 1.0,
    "models_registry.servers.session.SIGN_IN_SECONDS": 1.0,
    "reviews.webhooks.SECONDS": 1.0,
}


class World:
    """One hub, one integration of which fails."""

    def __init__(self, settings: Any, patch: Any, capture: Any, folder: Path) -> None:
        self.settings, self.patch, self.capture, self.folder = settings, patch, capture, folder
        self.client = Client(raise_request_exception=False)
        self.answer: Any = None
        self.made: dict[str, Any] = {}
        self.servers: list[Any] = []
        for name, seconds in TIMEOUTS.items():
            patch.setattr(name, seconds)
        self.env(github_webhook_secret=SECRET)

    def env(self, **values: Any) -> None:
        """Replace what was read from the environment."""
        self.settings.ENV = dataclasses.replace(self.settings.ENV, **values)

    def start(self, server: Any) -> Any:
        """Have a server stopped at the end."""
        self.servers.append(server)
        return server

    def stop(self) -> None:
        """Stop all servers, and forget what failed."""
        for server in self.servers:
            server.stop()
        hub_app.set_current()
        hub_app.set_default()
        task_queue._paused_until = 0.0
        object_storage._BucketOutage.is_known, object_storage._BucketOutage.until = False, 0.0
        outage.end()
        readiness.forget()

    # --- What breaks ------------------------------------------------------------------------------

    def break_(self, integration: str, fault: str) -> None:
        """Let the integration have the fault from now on."""
        if integration == "disk" and fault in {"rubbish", "cut off"}:
            self.made["database"] = damaged(self.folder, fault)
            return
        if integration == "disk":
            self.made["disk"] = disk_answers(self.folder, fault)
            return
        fault = "refused" if fault == "back later" else fault
        speaks = SPEAKS.get(integration, "http")
        self.point(integration, self.start(FaultyServer(speaks, fault)).port)

    def point(self, integration: str, port: int) -> None:
        """Have the hub look for the integration at that port."""
        url = f"http://127.0.0.1:{port}"
        if integration == "broker":
            address = f"redis://127.0.0.1:{port}/0"
            broker = Celery("elsewhere", broker=address)
            broker.conf.broker_transport_options = {
                "socket_connect_timeout": 0.5,
                "socket_timeout": 0.5,
            }
            broker.set_current()
        elif integration == "cache":
            self.settings.CACHES = {
                "default": {
                    "BACKEND": "hub.cache_backends.ForgivingRedisCache",
                    "LOCATION": f"redis://127.0.0.1:{port}/0",
                    "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
                }
            }
            caches["default"]._local.clear()
        elif integration == "mail server":
            self.settings.EMAIL_BACKEND = "hub.mail.OutboxBackend"
            self.settings.MAIL_DELIVERY_BACKEND = mail_outbox.SMTP
            self.settings.EMAIL_HOST, self.settings.EMAIL_PORT = "127.0.0.1", port
            self.settings.EMAIL_TIMEOUT = 0.5
        elif integration == "object storage":
            self.settings.STORAGES = {**self.settings.STORAGES, "default": s3.options(port)}
        elif integration == "database":
            self.made["database"] = port
        elif integration == "GitHub":
            self.env(github_api_url=url, github_token=HUB_TOKEN, gather_seconds=0)
        elif integration == "single sign-on":
            app = {
                "provider_id": "sso", "name": "Acme", "client_id": "hub", "secret": "secret",
                "settings": {"server_url": url},
            }  # fmt: skip
            self.env(oidc_url=url)
            self.settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
            self.settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.5
        elif integration == "source hub":
            self.env(hub_source=f"hub:{url}")
        elif integration == "Hugging Face and ModelScope":
            self.env(hf_endpoint=url, modelscope_endpoint=url)
        elif integration == "Xinference server":
            self.env(xinference_endpoint=url)
        elif integration == "receiver of webhooks":
            self.env(server_addresses=["127.0.0.1"])
            self.made["receiver"] = f"{url}/hook"

    @contextmanager
    def where_the_database_is(self) -> Iterator[None]:
        """Have new threads look for the database at the port of the fault."""
        place = self.made.pop("database")
        there: dict[str, Any] = {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": "127.0.0.1",
            "PORT": place,
            "NAME": "hub",
            "USER": "hub",
            "PASSWORD": "hub",
            "OPTIONS": {"connect_timeout": 2},
        }
        if isinstance(place, Path):
            there = {"ENGINE": "hub.sqlite3", "NAME": str(place), "OPTIONS": {}}
        before = connections.settings["default"]
        connections.settings["default"] = {**before, **there}
        try:
            yield
        finally:
            connections.settings["default"] = before

    def ask(self, method: str, path: str, data: Any = None, **options: Any) -> int:
        """Send a request, with what happens after its commit; the status of the answer."""
        if "database" in self.made:
            with self.where_the_database_is():
                thread = threading.Thread(target=self._ask, args=(method, path, data, options))
                thread.start()
                thread.join(30)
        else:
            with self.capture(execute=True):
                self._ask(method, path, data, options)
        return int(self.answer.status_code)

    def _ask(self, method: str, path: str, data: Any, options: dict[str, Any]) -> None:
        try:
            self.answer = getattr(self.client, method)(path, data, **options)
        finally:
            if threading.current_thread() is not threading.main_thread():
                connections.close_all()


PREPARED: dict[str, Path] = {}
ANSWERED: dict[str, dict[str, list[Any]]] = {}


def prepare_disk(folder: Path) -> None:
    """Keep an empty database as a file, on whose copies faults are tried."""
    path = folder / "prepared.sqlite3"
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with sqlite3.connect(path) as copy:
            connection.connection.backup(copy)
    else:
        _run(path, "migrate")
    PREPARED["file"] = path


def disk_answers(folder: Path, fault: str) -> dict[str, list[Any]]:
    """What a hub on such a disk answers; it is started once for each fault."""
    fault = "full" if fault == "back later" else fault
    if fault not in ANSWERED:
        path = _copy(folder)
        ANSWERED[fault] = json.loads(_run(path, fault).splitlines()[-1])
        path.parent.chmod(0o755)
    return ANSWERED[fault]


def damaged(folder: Path, fault: str) -> Path:
    """A database whose file is damaged."""
    path = _copy(folder)
    path.write_bytes(os.urandom(200_000) if fault == "rubbish" else path.read_bytes()[:30_000])
    return path


def _copy(folder: Path) -> Path:
    """In a folder of its own that everybody may read."""
    place = folder / "disk"
    place.mkdir()
    for above in (place, folder):
        above.chmod(0o755)
    return Path(shutil.copy(PREPARED["file"], place / "hub.sqlite3"))


def _run(path: Path, what: str) -> str:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{path}"}
    environment.pop("REDIS_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.full_disk", what],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
