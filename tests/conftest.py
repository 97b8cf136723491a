"""Fixtures that every room's tests may use."""

from __future__ import annotations

import fcntl
import os
from functools import partial
from pathlib import Path
from socketserver import StreamRequestHandler

import pytest
from django.core import management
from django.core.cache import cache
from django.db import transaction
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck, settings

from hub import readiness, task_queue
from hub.later import Later
from models_registry.definitions.checks import schema
from models_registry.upstream import schemas
from tests import databases
from tests.environment import ROOT
from tests.journeys.processes import installation, manage
from tests.threads import at_once  # noqa: F401 - a fixture
from tests.upstream_data import UPSTREAM

# What stays the same on every database and broker: the browser's pages, stand-ins that take the
# place of the servers, and the time that a page of a large model takes.
_SAME_EVERYWHERE = (
    "tests/browser/",
    "tests/faults/test_fault_table.py",
    "tests/hub/test_large_content.py",
    "tests/hub/test_large_models.py",
)
_PROCESSES_AND_CACHES = ("tests/journeys/", "tests/faults/", "tests/hub/")
# Hubs in processes of their own that are always on the embedded default.
_EMBEDDED = {"environment", "prepared_var"}

# http.server writes head and body apart: with Nagle's algorithm, each answer of a stand-in waits
# 40 ms for a delayed acknowledgement.
StreamRequestHandler.disable_nagle_algorithm = True

# A busy machine makes single examples slow, which is no fault of what they test.
settings.register_profile("hub", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hub")


def pytest_xdist_auto_num_workers() -> int:
    """Two test processes per core: half of the time, tests wait for servers, browsers and locks."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what may behave otherwise on PostgreSQL and Redis, for `make test-servers`."""
    for item in items:
        path = item.path.relative_to(ROOT).as_posix()
        if path.startswith(_SAME_EVERYWHERE):
            continue
        is_embedded = bool(_EMBEDDED & set(item.fixturenames))
        if _has_database(item) or (path.startswith(_PROCESSES_AND_CACHES) and not is_embedded):
            item.add_marker("database")


def _has_database(item) -> bool:
    fixtures = {"db", "transactional_db", "live_server"} & set(item.fixturenames)
    return item.get_closest_marker("django_db") is not None or bool(fixtures)


@pytest.fixture(autouse=True)
def _empty_cache():
    """Each test begins without what another has left in the cache."""
    cache.clear()
    readiness.forget()
    # And is not refused a worker because another test's broker failed.
    task_queue._paused_until = 0.0


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_written_later():
    """No thread writes into the database of a test that has gone on; tests write themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Later, "ask", lambda self: None)
        yield


@pytest.fixture(autouse=True)
def _language():
    """Each test begins in the language of the settings.

    A request leaves its language behind in the thread: a server's next request chooses again, but
    the test client runs in the thread of the tests.
    """
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _schemas(request):
    """Upstream's schemas are in the database: tests without one have the vendored schemas."""
    schemas.cache.forget()
    schema.use(schemas.current if _has_database(request.node) else None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory):
    """Before the database is made: migrations run once for all processes of a run."""
    patch = pytest.MonkeyPatch()
    once = partial(databases.migrate_once, _shared_folder(tmp_path_factory))
    patch.setattr(management, "call_command", once)
    return patch


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings, django_db_setup, django_db_blocker):
    """The database of the process. Tests with real transactions leave what migrations brought."""
    django_db_modify_db_settings.undo()
    with django_db_blocker.unblock():
        databases.remember()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", databases.empty)
        yield


@pytest.fixture(scope="module")
def module_db(django_db_setup, django_db_blocker):
    """A database for what the tests of one module share: they roll back only what each adds.

    A fixture of a module writes `with module_db.unblock():`, to a transaction that ends with it;
    all tests of the module see it, so those that need an empty database are in another.
    """
    with django_db_blocker.unblock():
        block = transaction.atomic()
        block.__enter__()
        schema.use(schemas.current)
    yield django_db_blocker
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        block.__exit__(None, None, None)


def _shared_folder(tmp_path_factory) -> Path:
    """A folder that all processes of a run have."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def prepared_var(tmp_path_factory) -> Path:
    """The state folder of a hub that `prepare` has made ready: copy it, preparing takes 12 s.

    All processes of a run share it: their folders for temporary files stand side by side.
    """
    shared = _shared_folder(tmp_path_factory)
    folder = shared / "prepared"
    with (shared / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = tmp_path_factory.mktemp("making")
            done = manage(installation(making), "prepare")
            assert done.returncode == 0, done.stderr
            making.rename(folder)
    return folder / "var"


@pytest.fixture(scope="session")
def upstream_dir() -> Path:
    """The folder with real definitions of Xinference and real changes of them."""
    return UPSTREAM


@pytest.fixture(scope="session")
def released_catalogue(upstream_dir: Path) -> Path:
    """A folder with the split catalogue of Xinference 4.1.0, under upstream's paths."""
    return upstream_dir / "catalogue-4.1.0"


@pytest.fixture(scope="session")
def aggregate_catalogue(upstream_dir: Path) -> Path:
    """A folder with a catalogue in the aggregate layout of Xinference 3.x."""
    return upstream_dir / "catalogue"
