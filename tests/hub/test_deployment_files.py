"""The files with which the hub is deployed by systemd."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_the_processes_are_those_of_the_command():
    help_text = (ROOT / "hub/management/commands/serve.py").read_text()
    choices = set(re.findall(r'"(\w+)"', re.search(r"choices=\[(.*?)\]", help_text)[1]))
    assert {path.stem.removeprefix("hub-") for path in SERVICES} == choices - {"worker"}


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
