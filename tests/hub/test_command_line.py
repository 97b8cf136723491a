"""What an operator sees when a command can't begin: one line that says what to do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hub.version import VERSION
from tests.environment import ROOT
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


def test_a_command_loads_only_what_it_needs():
    """Starting takes most of the time of an import that changes nothing."""
    slow = {"celery", "kombu", "jsonschema", "pydantic"}
    code = (
        "import sys, django; django.setup();"
        "import models_registry.management.commands.import_catalogue;"
        "print(*(name for name in sys.modules if '.' not in name))"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "hub.settings"}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "django" in ran.stdout.split()
    assert not slow & set(ran.stdout.split())


def test_the_message_of_a_process_goes_to_the_hubs_own_broker():
    """Without the hub's application, Celery has one that knows no settings."""
    code = (
        "import django; django.setup(); from hub import task_queue;"
        "print(task_queue.load().conf.broker_url, task_queue.load().main)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "hub.settings", "REDIS_URL": ""}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert ran.stdout.split() == ["folder://localhost", "hub"]
