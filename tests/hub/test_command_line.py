"""What an operator sees when a command can't begin: one line that says what to do."""

from __future__ import annotations

import os

import pytest

from hub.version import VERSION
from tests.journeys.processes import installation, manage


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return installation(tmp_path_factory.mktemp("hub"))


@pytest.mark.parametrize("command", ["prepare", "serve"])
def test_a_wrong_setting_is_one_line_and_exit_status_2(environment, command):
    done = manage(environment, command, HUB_OPENREGISTRATION="0")
    assert done.returncode == 2
    assert done.stderr == (
        "The environment variable HUB_OPENREGISTRATION is not one of the hub's settings. "
        "Did you mean HUB_OPEN_REGISTRATION?\n"
    )


def test_wrong_vault_keys_are_one_line_too(environment):
    done = manage(environment, "prepare", HUB_VAULT_KEYS="nonsense")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "HUB_VAULT_KEYS" in done.stderr
    assert "nonsense" not in done.stderr


def test_a_database_that_is_away_is_one_line(environment):
    done = manage(environment, "prepare", DATABASE_URL="postgres://u:hunter2@127.0.0.1:1/hub")
    assert done.returncode == 1
    assert done.stderr.startswith("The database can't be used: ")
    assert len(done.stderr.splitlines()) == 1
    assert "hunter2" not in done.stderr


def test_the_version_is_printed_alone(environment):
    done = manage(environment, "version")
    assert done.returncode == 0
    assert done.stdout == f"{VERSION}\n", "and not Django's"
    asked = manage(environment, "version", "--help")
    assert asked.returncode == 0
    assert "Print the version of the hub." in asked.stdout


def test_a_plan_on_an_empty_hub_closes_nothing_that_it_has_made(tmp_path, request):
    environment = installation(tmp_path)
    before = os.umask(0o022)
    request.addfinalizer(lambda: os.umask(before))
    (tmp_path / "var/secret_key").chmod(0o600)  # the test has made it
    for _ in range(2):
        planned = manage(environment, "prepare", "--plan")
        assert planned.returncode == 0, planned.stderr
        assert "Creating the tables of the database." in planned.stdout
        assert "Closing" not in planned.stdout
