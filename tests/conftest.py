"""Fixtures that every room's tests may use."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.utils import translation

from tests.environment import ROOT

UPSTREAM = ROOT.parent / "shared" / "upstream"


@pytest.fixture(autouse=True)
def _test_settings(settings):
    """Plain static files, quick password hashes, mail in memory, a cache of the test's own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if not settings.ENV.redis_url:
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture(autouse=True)
def _language():
    """Each test begins in the language of the settings.

    A request leaves its language behind in the thread: a server's next request chooses anew, but
    the test client runs in the thread of the tests.
    """
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _groups(request):
    """The groups that a migration made, also after a test that emptied every table.

    Tests with real transactions end by truncating, which takes what migrations brought, too.
    """
    marked = request.node.get_closest_marker("django_db") is not None
    if marked or {"db", "transactional_db", "live_server"} & set(request.fixturenames):
        request.getfixturevalue("db")
        if not Group.objects.exists():
            import_module("models_registry.migrations.0002_groups").create_groups(apps, None)


@pytest.fixture(scope="session")
def upstream_dir() -> Path:
    """The folder with real definitions of Xinference and real changes of them."""
    if not UPSTREAM.is_dir():
        pytest.skip(f"the real upstream definitions are not beside this checkout ({UPSTREAM})")
    return UPSTREAM


@pytest.fixture(scope="session")
def released_catalogue(upstream_dir: Path) -> Path:
    """A folder with the split catalogue of Xinference 4.1.0, under upstream's paths."""
    return upstream_dir / "catalogue-4.1.0"


@pytest.fixture(scope="session")
def aggregate_catalogue(upstream_dir: Path) -> Path:
    """A folder with a catalogue in the aggregate layout of Xinference 3.x."""
    return upstream_dir / "catalogue"
