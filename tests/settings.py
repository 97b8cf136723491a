"""The hub's own settings, read in the environment of the test run."""

import tests.environment  # noqa: F401 - it must come first: the settings read the environment
from hub.settings import *  # noqa: F403

# The live server of pytest-django serves static files only where it finds Django's own app.
_PICKED = "hub.static_files.PickedStaticFiles"
INSTALLED_APPS = [
    "django.contrib.staticfiles" if app == _PICKED else app
    for app in INSTALLED_APPS  # noqa: F405
]
