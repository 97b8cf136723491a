"""The hub's own settings, read in the environment of the test run."""

import dataclasses

import tests.environment  # noqa: F401 - it must come first: the settings read the environment
from hub.settings import *  # noqa: F403

# Off only for the processes that tests start: here nobody visits unless a test asks for it.
ENV = dataclasses.replace(ENV, source_visits=True)  # noqa: F405

# pytest-django keeps only databases of Django's own SQLite engine in memory by itself.
if DATABASES["default"]["ENGINE"] == "hub.sqlite3":  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}  # noqa: F405

# Plain static files, quick password hashes, and a cache that ends with the process.
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if not ENV.redis_url:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
