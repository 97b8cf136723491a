"""The files with which the hub is deployed by systemd and by containers."""

from __future__ import annotations

import configparser
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hub import env
from tests.environment import ROOT

UNITS = sorted((ROOT / "deploy/systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str
    parser.read_string(path.read_text())
    return parser


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_runs_one_process_as_a_user_without_rights(path):
    found = unit(path)
    process = path.stem.removeprefix("hub-")
    service = found["Service"]
    command = f"/srv/hub/.venv/bin/python manage.py serve --only {process}"
    assert service["ExecStart"] == command
    assert (service["User"], service["Restart"], service["UMask"]) == ("hub", "always", "0077")
    assert (service["StateDirectory"], service["ProtectSystem"]) == ("hub", "strict")
    assert found["Install"]["WantedBy"] == "hub.target"
    assert path.name in unit(ROOT / "deploy/systemd/hub.target")["Unit"]["Wants"].split()


def processes() -> set[str]:
    """Those that `serve --only` starts."""
    help_text = (ROOT / "hub/management/commands/serve.py").read_text()
    choices = set(re.findall(r'"(\w+)"', re.search(r"choices=\[(.*?)\]", help_text)[1]))
    return choices - {"worker"}


def test_the_processes_are_those_of_the_command():
    assert {path.stem.removeprefix("hub-") for path in SERVICES} == processes()


def test_compose_starts_each_process_with_settings_that_the_hub_takes(tmp_path):
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    hubs = {name: service for name, service in services.items() if "build" in service}
    assert set(hubs) == processes() | {"prepare"}
    for name, service in hubs.items():
        # The web process is the command of the image, which a journey starts.
        command = "prepare" if name == "prepare" else f"serve --only {name}"
        assert service.get("command") == (None if name == "web" else f"python manage.py {command}")
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        written = {name: str(value) for name, value in service["environment"].items()}
        filled = {
            name: re.sub(r"\$\{\w+:[-?]([^}]*)\}", lambda found: found[1].split()[0], value)
            for name, value in written.items()
        }
        found = env.read(
            {**filled, "SECRET_KEY": secrets.token_hex(), "HUB_VAR_DIR": str(tmp_path)}, tmp_path
        )
        assert found.database["HOST"] == "db" in services
        assert found.redis_url == "redis://redis:6379/0"
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            place = volume.partition(":")[0]
            is_file = place.startswith("./")
            assert (ROOT / place).is_file() if is_file else place in compose["volumes"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_has_nothing_to_say_against_the_units(tmp_path):
    for path in UNITS:
        # What the file names is not installed here.
        text = path.read_text().replace("/srv/hub/.venv/bin/python", sys.executable)
        text = text.replace("/srv/hub", str(ROOT)).replace("User=hub", "User=root")
        (tmp_path / path.name).write_text(text.replace("Group=hub", "Group=root"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    complaints = [
        line for line in done.stderr.splitlines() if str(tmp_path) in line or "hub" in line
    ]
    assert complaints == []
