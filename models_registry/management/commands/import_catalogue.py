"""`manage.py import_catalogue SOURCE`: imports a catalogue of Xinference."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import User
from hub.audit import RequestOrigin, acting_from
from models_registry.actions.recommend import recommend, recommend_new
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.errors import SourceUnavailable
from models_registry.sync.catalogue_import import import_catalogue
from models_registry.sync.sources.reader import KINDS, read_source


class Command(BaseCommand):
    """Imports a catalogue and reports what changed; the last line has the numbers."""

    # The others would load all views: longer than an import of what has not changed.
    requires_system_checks = [Tags.security]

    help = (
        "Import the models of a catalogue. Running it again changes nothing that has not changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-input", dest="interactive", action="store_false", help="ask nothing"
        )
        parser.add_argument("source", metavar="SOURCE", help=KINDS)
        parser.add_argument(
            "--type",
            dest="types",
            action="append",
            default=[],
            choices=MODEL_TYPES,
            help="import only models of this type; may be given several times",
        )
        parser.add_argument(
            "--owner", metavar="NAME", help="user who becomes the owner of new models"
        )
        parser.add_argument(
            "--trusted-key",
            metavar="PEM",
            default="",
            help="Ed25519 public key that must have signed a file: or hub: source",
        )
        parser.add_argument(
            "--roll-back",
            action="store_true",
            help="also take definitions that are older than those imported before; without it, the "
            "command asks on a terminal, and else keeps the newer ones",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="report the changes, but make none"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        owner = self._owner(options["owner"])
        bar = tqdm(total=0, unit=" models", file=sys.stderr, disable=options["verbosity"] == 0)

        def progress(done: int, total: int, step: str) -> None:
            bar.total = total or None
            bar.n = done
            bar.set_description(step, refresh=done in {0, total} or time.monotonic() > next_draw[0])
            if time.monotonic() > next_draw[0]:
                next_draw[0] = time.monotonic() + 0.1

        next_draw = [0.0]
        try:
            tree = read_source(
                options["source"],
                progress,
                only_types=options["types"],
                trusted_key=options["trusted_key"],
            )
            with acting_from(RequestOrigin(channel="import_catalogue")):
                importing = partial(
                    import_catalogue,
                    tree,
                    by=None,
                    only_types=options["types"],
                    owner=owner,
                    dry_run=options["dry_run"],
                    progress=progress,
                )
                report = importing(roll_back=options["roll_back"])
                if report.newer_here and self._wants_to_roll_back(report.newer_here, options):
                    report = importing(roll_back=True)
        except SourceUnavailable as error:
            raise CommandError(error.message) from error
        finally:
            bar.close()
        for label in report.newer_here:
            text = f"kept: {label} is newer here than in the source."
            self.stderr.write(self.style.WARNING(text))
        if report.newer_here:
            count = len(report.newer_here)
            self.stdout.write(f"{count} models are newer here. To roll them back: --roll-back")
        for label in report.rolled_back:
            self.stderr.write(self.style.WARNING(f"rolled back: {label}"))
        for note in report.warnings:
            self.stderr.write(self.style.WARNING(f"warning: {note}"))
        for note in report.failures:
            self.stderr.write(self.style.ERROR(f"failed: {note}"))
        if report.same_lists:
            types = ", ".join(report.same_lists)
            self.stdout.write(f"same lists as the exporting hub: {types}")
        if options["dry_run"]:
            self.stdout.write("This was a dry run: nothing was changed.")
        elif report.added or report.updated or report.repositories:
            recommend()
        else:
            recommend_new()
        self.stdout.write(report.summary())

    def _wants_to_roll_back(self, labels: list[str], options: dict[str, Any]) -> bool:
        """Ask on a terminal whether to roll models back."""
        if options["dry_run"] or not options["interactive"] or not sys.stdin.isatty():
            return False
        for label in labels:
            self.stderr.write(f"newer here than in the source: {label}")
        answer = input(f"Roll these {len(labels)} models back? [y/N] ")
        return answer.strip().lower() in {"y", "yes"}

    def _owner(self, name: str | None) -> User | None:
        if name is None:
            return None
        try:
            return User.objects.get(username=name)
        except User.DoesNotExist:
            raise CommandError(f"There is no user named {name!r}.") from None
