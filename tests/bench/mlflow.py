"""MLflow's model registry with the hub's models, which the API is compared with.

It is measured if `make mlflow` has installed it, in an environment of its own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from tests.bench.search import ROOT
from tests.bench.servers import Server, wait_for
from tests.journeys.processes import free_port

PROGRAM = ROOT / ".venv-mlflow/bin/mlflow"
_API = "/api/2.0/mlflow/registered-models"
# What the hub's rows ask: twenty of all models, of those found by a text, and one.
LIST = f"{_API}/search?max_results=20"
SEARCH = f"{LIST}&filter=name%20ILIKE%20%27%25qwen%25%27"
ONE = f"{_API}/get?name=qwen3"
TRIES = 5


@contextmanager
def served(folder: Path, models: Iterable[Mapping[str, Any]]) -> Iterator[Server]:
    """MLflow's server with these models of the hub's API, on SQLite as the hub."""
    folder.mkdir()
    port = free_port()
    command = [
        str(PROGRAM), "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--default-artifact-root", str(folder), "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2",
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True,
            env={"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "HOME": str(folder)},
        )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{base}/health", seconds=180)
        for model in models:
            tags = [
                {"key": "abilities", "value": ", ".join(model["abilities"])},
                {"key": "model_type", "value": model["model_type"]},
            ]
            named = {"name": model["model_name"], "description": model["description"], "tags": tags}
            _post(f"{base}{_API}/create", named)
        yield Server("MLflow", base, (process.pid,))
    finally:
        # With the processes that it has started.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=60)


def _post(url: str, content: Mapping[str, Any]) -> None:
    """Send it, and again if a worker of a busy MLflow ends meanwhile."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(content).encode(), headers)
    for attempt in range(TRIES):
        try:
            urllib.request.urlopen(request, timeout=60).close()
        except HTTPError as error:
            # It was made before the connection broke.
            if attempt and error.code == 400:
                return
            raise
        except OSError:
            if attempt + 1 == TRIES:
                raise
            time.sleep(1)
        else:
            return
