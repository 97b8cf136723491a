"""`manage.py derive_again`: facts, facets, search and loading problems by today's rules."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.deriving import derive_all_again


class Command(BaseCommand):
    """For after an update of the hub that brought other rules; running it again is harmless."""

    help = (
        "Derive again what lists, search and pages know of all published models, and build the "
        "lists anew where anything came out otherwise."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stale",
            action="store_true",
            help="only models that were derived by other rules than today's; silent without any",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = derive_all_again(only_stale=options["stale"])
        if options["verbosity"] > 1:
            for changed in report.changed:
                self.stdout.write(f"changed {changed}")
        for failure in report.failures:
            self.stderr.write(self.style.WARNING(failure))
        if report.checked or not options["stale"]:
            told = f"{len(report.changed)} changed, {len(report.failures)} failed"
            self.stdout.write(f"derived {report.checked} models again: {told}")
        if report.failures:
            raise CommandError("Some models can't be read; they stay as they were.")
