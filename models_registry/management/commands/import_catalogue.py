"""`manage.py import_catalogue SOURCE`: brings a catalogue of Xinference into the hub."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import User
from hub.audit import Origin, acting_from
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.errors import SourceUnavailable
from models_registry.imports import import_catalogue
from models_registry.sources.open import KINDS, read_source


class Command(BaseCommand):
    """Imports a catalogue and says what it did; the last line has the numbers."""

    help = (
        "Import the models of a catalogue. Running it again changes nothing that has not changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="SOURCE", help=KINDS)
        parser.add_argument(
            "--type",
            dest="types",
            action="append",
            default=[],
            choices=MODEL_TYPES,
            help="import models of this type alone; may be given several times",
        )
        parser.add_argument("--owner", metavar="NAME", help="user whom new models shall belong to")
        parser.add_argument(
            "--trusted-key",
            metavar="PEM",
            default="",
            help="Ed25519 public key that must have signed a file: or hub: source",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, only")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = self._owner(options["owner"])
        bar = tqdm(total=0, unit=" models", file=sys.stderr, disable=options["verbosity"] == 0)

        def progress(done: int, total: int, what: str) -> None:
            bar.total = total or None
            bar.n = done
            bar.set_description(what, refresh=done in {0, total} or time.monotonic() > next_draw[0])
            if time.monotonic() > next_draw[0]:
                next_draw[0] = time.monotonic() + 0.1

        next_draw = [0.0]
        try:
            with acting_from(Origin(channel="import_catalogue")):
                report = import_catalogue(
                    read_source(
                        options["source"],
                        progress,
                        only_types=options["types"],
                        trusted_key=options["trusted_key"],
                    ),
                    by=None,
                    only_types=options["types"],
                    owner=owner,
                    dry_run=options["dry_run"],
                    progress=progress,
                )
        except SourceUnavailable as error:
            raise CommandError(error.message) from error
        finally:
            bar.close()
        for note in report.warnings:
            self.stderr.write(self.style.WARNING(f"warning: {note}"))
        for note in report.failures:
            self.stderr.write(self.style.ERROR(f"failed: {note}"))
        if report.same_lists:
            types = ", ".join(report.same_lists)
            self.stdout.write(f"the very lists of the hub that exported it: {types}")
        if options["dry_run"]:
            self.stdout.write("This was a dry run: nothing was kept.")
        self.stdout.write(report.summary())

    def _owner(self, name: str | None) -> User | None:
        if name is None:
            return None
        try:
            return User.objects.get(username=name)
        except User.DoesNotExist:
            raise CommandError(f"There is no user named {name!r}.") from None
