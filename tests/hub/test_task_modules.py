"""Tasks are sent with the settings of the hub's Celery application, whoever sends them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("accounts", "hub", "models_registry", "reviews")
WITH_TASKS = sorted(
    path.relative_to(ROOT)
    for app in APPS
    for path in (ROOT / app).rglob("*.py")
    if "@shared_task" in path.read_text()
)
SENT_WITH = """
import django, importlib, sys
django.setup()
from celery import current_app
assert "hub.celery" not in sys.modules, "something else imports it already"
importlib.import_module(sys.argv[1])
assert current_app.main == "hub", current_app.main
"""


def test_there_are_modules_with_tasks():
    assert len(WITH_TASKS) >= 3


@pytest.mark.parametrize("path", WITH_TASKS, ids=str)
def test_a_module_with_tasks_brings_the_settings_of_their_queue(path):
    module = ".".join(path.with_suffix("").parts)
    command = [sys.executable, "-c", SENT_WITH, module]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
