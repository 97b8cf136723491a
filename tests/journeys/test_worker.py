"""A real Celery worker on the services that the tests run on: PostgreSQL and Redis."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from models_registry.models import CatalogueList
from models_registry.tasks import rebuild_stale_lists
from tests.environment import ROOT
from tests.factories import a_model
from tests.journeys.processes import wait_until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(
        not (os.environ.get("REDIS_URL") and os.environ.get("DATABASE_URL")),
        reason="needs PostgreSQL and Redis, named by DATABASE_URL and REDIS_URL",
    ),
]


@pytest.fixture
def worker(transactional_db, tmp_path):
    """A worker process of its own, on the test's database and broker."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hub.settings",
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "REDIS_URL": settings.ENV.redis_url,
    }
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "hub", "worker", "--concurrency", "1"],
            cwd=ROOT, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        yield process
        process.terminate()
        process.wait(timeout=90)


def test_a_worker_takes_a_task_from_redis_and_writes_to_the_database(worker):
    a_model("one")
    CatalogueList.objects.filter(model_type="llm").update(fingerprint="stale")
    rebuild_stale_lists.delay()
    wait_until(lambda: CatalogueList.objects.get(model_type="llm").fingerprint != "stale")
    assert worker.poll() is None
