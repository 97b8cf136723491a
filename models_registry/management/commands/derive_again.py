"""`manage.py derive_again`: derives facts, facets, search fields and loading problems again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.actions.derive_again import derive_all_again


class Command(BaseCommand):
    """Run it after an update of the hub that changed the rules; running it twice is harmless."""

    help = (
        "Recompute the data that lists, search and pages use for all published models, and rebuild "
        "the lists of types in which anything changed."
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
            summary = f"{len(report.changed)} changed, {len(report.failures)} failed"
            self.stdout.write(f"derived {report.checked} models again: {summary}")
        if report.failures:
            raise CommandError("Some models can't be read; they stay as they were.")
