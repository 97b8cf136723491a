"""App configuration: the audit log, a deployment check, and which static files are collected."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.staticfiles import apps as staticfiles
from django.core import checks
from django.utils.translation import gettext_lazy as _

from hub import admin_names, logs

# django-ace contains Ace for a hundred languages; the hub edits JSON only. Compressing all of it
# would make the first start half a minute longer.
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


@checks.register(checks.Tags.security)
def proxies_are_counted(**_options: Any) -> list[checks.CheckMessage]:
    """Warn about HTTPS without a trusted proxy: the hub itself speaks plain HTTP only."""
    if not settings.SITE_URL.startswith("https://") or settings.ENV.trusted_proxies:
        return []
    text = (
        "SITE_URL begins with https://, but HUB_TRUSTED_PROXIES is 0: the hub treats every request "
        "as plain HTTP, redirects nobody to HTTPS, and sees the proxy's address in place of each "
        "visitor's, so that all visitors share one rate limit."
    )
    hint = "Set HUB_TRUSTED_PROXIES to the number of proxies in front of the hub, usually 1."
    return [checks.Warning(text, hint=hint, id="hub.W001")]


class HubConfig(AppConfig):
    """Wiring and the audit log."""

    name = "hub"
    verbose_name = _("Hub")

    def ready(self) -> None:
        """Log slow queries, report errors, translate names; collect only files that pages load."""
        logs.log_slow_queries()
        if settings.ENV.sentry_dsn:
            # Loads slowly, and few hubs use it.
            from hub import error_reports

            error_reports.begin(settings.ENV.sentry_dsn)
        admin_names.translate_names()
        # A replacement in INSTALLED_APPS would not do: pytest-django looks for Django's by name.
        config = apps.get_app_config("staticfiles")
        if isinstance(config, staticfiles.StaticFilesConfig):
            config.ignore_patterns = [*config.ignore_patterns, *UNUSED_STATIC_FILES]
