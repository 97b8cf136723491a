"""One stage for all tests here: a hub, a proxy under the compiled-in name, and a server."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.trial.processes import NAME, Hub, Server
from tests.trial.tls import Proxy, make_certificates

LOOKED_FOR = "import pathlib, xinference; print(pathlib.Path(xinference.__file__).parents[1])"


@dataclass(frozen=True)
class Stage:
    """What runs; `packages` is the folder in which the server's package is installed."""

    hub: Hub
    proxy: Proxy
    server: Server
    python: Path
    packages: Path
    hosts: Path
    authority: Path


@pytest.fixture(scope="session")
def xinference_python() -> Path:
    """The Python of an environment with the server, where the trial can be held."""
    named = os.environ.get("XINFERENCE_PYTHON", "")
    if not named:
        pytest.skip("XINFERENCE_PYTHON names no Python that has xinference installed: `make trial`")
    if sys.platform != "linux" or os.geteuid():
        pytest.skip("answering under the servers' name needs Linux and root")
    return Path(named).absolute()


@pytest.fixture(scope="session")
def stage(xinference_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A hub with the catalogue of the server's own package, and a server that asks it."""
    folder = tmp_path_factory.mktemp("trial")
    found = subprocess.run(
        [xinference_python, "-c", LOOKED_FOR], capture_output=True, text=True, check=True
    )
    packages = Path(found.stdout.strip())
    authority, own = make_certificates(folder, NAME)
    address = f"127.{random.randint(64, 127)}.{random.randint(1, 254)}.{random.randint(1, 254)}"
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n{address} {NAME}\n")
    server = Server(xinference_python, folder / "home", hosts=hosts, authority=authority)
    hub = Hub(folder / "var", catalogue=packages, server=server.url)
    proxy = Proxy(address, own, hub.port)
    with hub.serving(), proxy.answering(), server.serving():
        yield Stage(hub, proxy, server, xinference_python, packages, hosts, authority)


@pytest.fixture
def hub(stage: Stage) -> Hub:
    return stage.hub


@pytest.fixture
def server(stage: Stage) -> Server:
    return stage.server
