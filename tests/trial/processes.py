"""The processes of the trial: each starts when it is entered and is gone when it is left."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.environment import ROOT
from tests.journeys.processes import answers, free_port, manage, wait_until

ADMIN = {
    "DJANGO_SUPERUSER_USERNAME": "root",
    "DJANGO_SUPERUSER_EMAIL": "root@example.org",
    "DJANGO_SUPERUSER_PASSWORD": "correct horse battery",
}
NAME = "model.xinference.io"
TYPES = ("llm", "embedding", "rerank", "image", "audio", "video", "world")
# The server imports PyTorch twice before it answers.
START_SECONDS = 300.0


def call(
    method: str, url: str, body: Any = None, *, token: str = "", timeout: float = 120.0
) -> tuple[int, Any]:
    """Send a request; the status and the JSON of the answer, or its text."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, sent, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            status, content = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    try:
        return status, json.loads(content) if content else None
    except ValueError:
        return status, content.decode()


class Process:
    """A command in a process group of its own, which ends with all that is in it."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        with log.open("a") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=out, stderr=out, start_new_session=True
            )

    def stop(self) -> None:
        """Ask all to end; after a minute they are not asked any more."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(60)
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


class Hub:
    """A hub with the models of a catalogue, an administrator, and a server to talk to."""

    def __init__(self, folder: Path, *, catalogue: Path, server: str) -> None:
        folder.mkdir()
        (folder / "secret_key").write_text("for-tests-only-0123456789" + "k" * 40)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"
        kept = {
            key: value
            for key, value in os.environ.items()
            if key not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
        }
        self.env = {
            **kept,
            **ADMIN,
            "DJANGO_SETTINGS_MODULE": "hub.settings",
            "HUB_VAR_DIR": str(folder),
            "HUB_SKIP_IMPORT": "1",
            "WEB_PORT": str(self.port),
            "ALLOWED_HOSTS": f"127.0.0.1,localhost,{NAME}",
            "HUB_SOURCE": f"dir:{catalogue}",
            "XINFERENCE_ENDPOINT": server,
        }
        for command in (
            ["prepare"],
            ["createsuperuser", "--noinput"],
            ["import_catalogue", f"dir:{catalogue}"],
        ):
            done = manage(self.env, *command)
            assert done.returncode == 0, done.stderr

    @contextlib.contextmanager
    def serving(self) -> Iterator[Hub]:
        """Web server, worker and beat, until the block ends."""
        process = Process([sys.executable, "manage.py", "serve"], self.env, self.log)
        try:
            wait_until(lambda: answers(str(self.port)))
            yield self
        finally:
            process.stop()

    @functools.cached_property
    def token(self) -> str:
        """An access token of the administrator."""
        form = {
            "usernameOrEmail": ADMIN["DJANGO_SUPERUSER_USERNAME"],
            "password": ADMIN["DJANGO_SUPERUSER_PASSWORD"],
        }
        return call("POST", f"{self.url}/api/users/login", form)[1]["data"]["accessToken"]

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask the hub's API, as the administrator."""
        return call(method, self.url + path, body, token=self.token)

    def register(self, model_type: str, records: list[dict[str, Any]], visibility: str) -> int:
        """Register a model; its number."""
        body = {"model_type": model_type, "definition": records, "visibility": visibility}
        status, answer = self.api("POST", "/api/models", body)
        assert (status, answer["data"]["state"]) == (201, "published"), answer
        return answer["data"]["id"]

    def listed(self, model_type: str) -> list[dict[str, Any]]:
        """What every server is given."""
        return call("GET", f"{self.url}/api/models/download?model_type={model_type}")[1]

    def of(self, model_type: str, name: str) -> list[dict[str, Any]]:
        """The records of one public model."""
        asked = f"model_type={model_type}&model_name={quote(name)}"
        found = call("GET", f"{self.url}/api/models/download?{asked}")[1]
        return found if isinstance(found, list) else [found]

    def number(self, model_type: str, name: str) -> int:
        """The number of a model."""
        return self.api("GET", f"/api/models/{quote(name)}?model_type={model_type}")[1]["data"][
            "id"
        ]

    def edit(self, model_type: str, name: str, **changes: Any) -> list[dict[str, Any]]:
        """Change the first record of a public model; its records as the hub publishes them."""
        number = self.number(model_type, name)
        records = self.of(model_type, name)
        records[0] |= changes
        revisions = self.api("GET", f"/api/models/{number}/revisions")[1]["data"]
        body = {"definition": records, "base_revision": max(one["revision"] for one in revisions)}
        status, answer = self.api("PUT", f"/api/models/{number}", body)
        assert status == 200, answer
        return self.of(model_type, name)


class Server:
    """An Xinference server with a home of its own, which sees `hosts` as its hosts file."""

    def __init__(self, python: Path, home: Path, *, hosts: Path, authority: Path) -> None:
        home.mkdir(exist_ok=True)
        self.home = home
        self.log = home.with_suffix(".log")
        self.token_file = home.with_suffix(".token")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        overlay = 'mount --bind "$0" /etc/hosts && exec "$@"'
        self.command = [
            "unshare", "--mount", "sh", "-c", overlay, str(hosts),
            str(python.parent / "xinference-local"), "-H", "127.0.0.1", "-p", str(self.port),
        ]  # fmt: skip
        foreign = ("XINFERENCE_", "SSL_CERT", "CURL_CA", "DJANGO_", "HUB_")
        self.env = {
            **{key: value for key, value in os.environ.items() if not key.startswith(foreign)},
            "XINFERENCE_HOME": str(home),
            # With it, 4.1.0 lets nobody update or launch but people who signed in to it.
            "XINFERENCE_AUTH_ADVANCED": "false",
            "XINFERENCE_DISABLE_METRICS": "1",
            # On a busy machine, a worker that is slow must not count as dead.
            "XINFERENCE_DISABLE_HEALTH_CHECK": "1",
            "XINFERENCE_HEALTH_CHECK_FAILURE_THRESHOLD": "60",
            "XINFERENCE_HEALTH_CHECK_TIMEOUT": "200",
            # A launch would else make an environment per model, out of a package index.
            "XINFERENCE_ENABLE_VIRTUAL_ENV": "0",
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
            "REQUESTS_CA_BUNDLE": str(authority),
            "XINFERENCE_EXTENSIONS": "catalogue_token:CatalogueToken",
            "PYTHONPATH": str(Path(__file__).parent / "extension"),
            "TRIAL_TOKEN_FILE": str(self.token_file),
        }

    @contextlib.contextmanager
    def serving(self) -> Iterator[Server]:
        """The server's processes, until the block ends."""
        self._start()
        try:
            yield self
        finally:
            self.process.stop()

    def restart(self) -> str:
        """Stop and start the server; what it says while it starts."""
        self.process.stop()
        said_before = self.log.stat().st_size
        self._start()
        return self.log.read_bytes()[said_before:].decode(errors="replace")

    def _start(self) -> None:
        self.process = Process(self.command, self.env, self.log)
        try:
            wait_until(self._is_up, START_SECONDS)
        except BaseException:
            self.process.stop()
            raise

    def _is_up(self) -> bool:
        try:
            return call("GET", f"{self.url}/v1/cluster/auth")[0] == 200
        except OSError:
            return False

    @contextlib.contextmanager
    def sending(self, token: str) -> Iterator[None]:
        """Let the server send the hub a token until the block ends."""
        self.token_file.write_text(token)
        try:
            yield
        finally:
            self.token_file.unlink()

    def update_type(self, model_type: str) -> int:
        """Press Update; the status of the answer."""
        return call("POST", f"{self.url}/v1/models/update_type", {"model_type": model_type})[0]

    def update_spec(self, model_type: str, name: str) -> tuple[int, Any]:
        """Have one model fetched."""
        body = {"model_type": model_type, "model_name": name}
        return call("POST", f"{self.url}/v1/models/update_spec", body)

    def registrations(self, model_type: str) -> dict[str, dict[str, Any]]:
        """What the server offers to launch, by name."""
        kind = "LLM" if model_type == "llm" else model_type
        found = call("GET", f"{self.url}/v1/model_registrations/{kind}?detailed=true")[1]
        return {one["model_name"]: one for one in found}

    def kept(self, model_type: str) -> list[dict[str, Any]]:
        """The list that the server wrote into its folder."""
        path = self.home / f"model/v2/builtin/{model_type}/{model_type}_models.json"
        return json.loads(path.read_text(encoding="utf-8"))
