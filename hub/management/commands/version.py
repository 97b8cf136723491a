"""`manage.py version`: prints the version of the hub."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from hub.version import VERSION


class Command(BaseCommand):
    """Prints the version only, for scripts; `doctor` says more."""

    help = "Print the version of the hub."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(VERSION)
