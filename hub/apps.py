"""The roof's part in Django: the audit log, and which files of installed packages are collected."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.contrib.staticfiles import apps as staticfiles

# django-ace brings Ace for a hundred languages; the hub edits JSON. Compressing all of it would
# make the first start half a minute longer.
_ACE = "django_ace/ace"
UNUSED_STATIC_FILES = [
    f"{_ACE}/mode-[!j]*",
    f"{_ACE}/mode-j[!s]*",
    f"{_ACE}/mode-js[!o]*",
    f"{_ACE}/mode-json[!.]*",
    f"{_ACE}/worker-*",
    f"{_ACE}/theme-*",
    f"{_ACE}/keybinding-*",
    f"{_ACE}/snippets/*",
    f"{_ACE}/ext-[!ls]*",
    f"{_ACE}/css/theme/*",
    f"{_ACE}/css/[!m]*.png",
]


class HubConfig(AppConfig):
    """Wiring and the audit log."""

    name = "hub"
    verbose_name = "Hub"

    def ready(self) -> None:
        """Leave out what no page loads when static files are collected."""
        # Not by a config of our own in INSTALLED_APPS: pytest-django looks for Django's by name.
        found = apps.get_app_config("staticfiles")
        if isinstance(found, staticfiles.StaticFilesConfig):
            found.ignore_patterns = [*found.ignore_patterns, *UNUSED_STATIC_FILES]
