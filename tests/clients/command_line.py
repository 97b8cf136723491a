"""hubctl as people run it, against the hub of a test."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from accounts import tokens
from accounts.models import Scope
from tests.environment import ROOT

SCRIPT = ROOT / "clients/hubctl.py"


def _loaded():
    spec = importlib.util.spec_from_file_location("hubctl", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["hubctl"] = module
    spec.loader.exec_module(module)
    return module


hubctl = _loaded()


def token_of(person) -> str:
    return tokens.issue(by=person, name="ci", scope=Scope.WRITE, expires_at=None)[1]


@pytest.fixture
def run(live_server, monkeypatch, capsys, tmp_path):
    """Runs a command as a person; returns its exit status and what it printed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HUB_URL", live_server.url)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    known = {}

    def command(*arguments, by=None, **environment):
        if by is not None:
            known.setdefault(by.pk, token_of(by))
            monkeypatch.setenv("HUB_TOKEN", known[by.pk])
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        code = hubctl.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.err + printed.out

    return command
