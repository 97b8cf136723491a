"""Whole servers of several releases: what they offer after Update is what docs/releases.md says."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.releases import matrix
from tests.trial.conftest import LOOKED_FOR
from tests.trial.processes import NAME, TYPES, Hub, Server
from tests.trial.tls import Proxy, make_certificates

pytestmark = pytest.mark.xinference

# The hub's records are newer by this than those in any package, so that what a server offers tells
# where it comes from.
NEWER_BY = 30 * 24 * 3600
VERSION = "import importlib.metadata as m; print(m.version('xinference'))"


@dataclass(frozen=True)
class Fleet:
    """A hub with the newest catalogue, and the name under which all servers ask it."""

    hub: Hub
    proxy: Proxy
    hosts: Path
    authority: Path


@pytest.fixture(scope="module")
def fleet(xinference_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    authority, own = make_certificates(folder, NAME)
    address = "127.63.1.1"
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n{address} {NAME}\n")
    packages = Path(said_by(xinference_python, LOOKED_FOR))
    hub = Hub(folder / "var", catalogue=newer_catalogue(packages, folder / "catalogue"), server="")
    proxy = Proxy(address, own, hub.port)
    with hub.serving(), proxy.answering():
        yield Fleet(hub, proxy, hosts, authority)


@pytest.fixture(
    scope="module",
    params=[*os.environ.get("XINFERENCE_OLDER", "").split(), "XINFERENCE_PYTHON"],
    ids=lambda named: Path(named).parts[-3] if os.sep in named else named,
)
def release(request, fleet, tmp_path_factory) -> Iterator[tuple[str, Server]]:
    """A release, and a server of it that has never had a list."""
    python = Path(os.environ.get(request.param, request.param)).absolute()
    home = tmp_path_factory.mktemp("home") / "home"
    server = Server(python, home, hosts=fleet.hosts, authority=fleet.authority)
    with server.serving():
        yield said_by(python, VERSION), server


def said_by(python: Path, script: str) -> str:
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def newer_catalogue(packages: Path, folder: Path) -> Path:
    """A copy of a package's models in which every time is later."""
    models = Path("xinference/model")
    shutil.copytree(packages / models, folder / models, ignore=only_models)
    for path in folder.glob("xinference/model/*/models/*.json"):
        records = json.loads(path.read_text("utf-8"))
        for record in records:
            if "updated_at" in record:
                record["updated_at"] += NEWER_BY
        path.write_text(json.dumps(records, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return folder


def only_models(folder, names):
    return [
        name for name in names if not name.endswith(".json") and not (Path(folder) / name).is_dir()
    ]


def taken(server: Server, model_type: str, listed: list) -> int:
    """How many models of a list a server offers as the hub has them."""
    times = {record["updated_at"] for record in listed}
    offered = server.registrations(model_type)
    from_hub = {name for name, one in offered.items() if one.get("updated_at") in times}
    return matrix.count(model_type, listed, from_hub)


@contextlib.contextmanager
def asking_for(proxy: Proxy, version: str) -> Iterator[None]:
    proxy.prefix = f"/v/{version}"
    try:
        yield
    finally:
        proxy.prefix = ""


@pytest.mark.parametrize("stated", [False, True], ids=["no version", "its version"])
def test_a_server_takes_what_the_table_says_and_starts_again(release, fleet, stated):
    version, server = release
    wanted = {model_type: numbers[stated] for model_type, numbers in expected(version).items()}
    with asking_for(fleet.proxy, version) if stated else contextlib.nullcontext():
        assert {each: server.update_type(each) for each in wanted} == dict.fromkeys(wanted, 200)
    rows = {each: taken(server, each, server.kept(each)) for each in wanted}
    assert rows == wanted
    before = {model_type: server.registrations(model_type).keys() for model_type in rows}
    server.restart()
    after = {model_type: server.registrations(model_type).keys() for model_type in rows}
    assert after == before
    assert {each: taken(server, each, server.kept(each)) for each in rows} == rows


def expected(version: str) -> dict[str, tuple[int, int]]:
    """The numbers of a row of the table: from the list without a version, and with it."""
    cells = [cell.strip() for cell in matrix.lines_in_docs()[version].split("|")[2:-2]]
    numbers = {}
    for model_type, cell in zip(TYPES, cells, strict=True):
        if cell != "–":
            one, _, other = cell.removeprefix("all ").partition(" → ")
            numbers[model_type] = (int(one), int(other or one))
    return numbers
