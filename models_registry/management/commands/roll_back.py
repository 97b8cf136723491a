"""`manage.py roll_back TYPE REVISION`: serves an older revision of a list until it is released."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import DomainError
from hub.audit import RequestOrigin, acting_from
from models_registry.catalogue import pinning
from models_registry.definitions.facts.kinds import MODEL_TYPES


class Command(BaseCommand):
    """Pins or releases a list, and prints what servers get from now on."""

    help = "Serve REVISION of the list of TYPE whatever is published, or --release it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("type", metavar="TYPE", choices=MODEL_TYPES)
        target = parser.add_mutually_exclusive_group(required=True)
        target.add_argument("revision", metavar="REVISION", type=int, nargs="?")
        target.add_argument(
            "--release", action="store_true", help="rebuild the newest revision and serve it again"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        model_type, number = options["type"], options["revision"]
        try:
            with acting_from(RequestOrigin(channel="roll_back")):
                if options["release"]:
                    self._release(model_type)
                else:
                    self._pin(model_type, number)
        except DomainError as error:
            raise CommandError(error.message) from error

    def _pin(self, model_type: str, number: int) -> None:
        pinned = pinning.pin(model_type, number, by=None)
        built = f"{pinned.revision.created_at:%Y-%m-%d %H:%M} UTC"
        self.stdout.write(
            f"{model_type}: revision {number} of {built} is served now "
            f"({pinned.revision.model_count} models, before: revision {pinned.before})."
        )
        self.stdout.write(f"sha256: {pinned.revision.sha256}")
        if pinned.withdrawn:
            names = ", ".join(pinned.withdrawn)
            self.stderr.write(
                self.style.WARNING(
                    f"Not public here any more, but in this revision: {names}. Everybody gets "
                    "them again. If nobody may, release the list and run forget_list_revisions."
                )
            )
        if pinned.held_back:
            names = ", ".join(pinned.held_back)
            self.stderr.write(
                self.style.WARNING(
                    f"Held back from lists by now, but in this revision: {names}. "
                    f"`manage.py lists {model_type}` says why; servers may fail to load them."
                )
            )
        self.stdout.write(
            "What is published from now on is kept as new revisions and not served. "
            f"To serve it again: manage.py roll_back {model_type} --release"
        )

    def _release(self, model_type: str) -> None:
        listing = pinning.release(model_type, by=None)
        self.stdout.write(
            f"{model_type}: released. Revision {listing.revision}, the newest one, is served now "
            f"({listing.model_count} models)."
        )
        self.stdout.write(f"sha256: {listing.sha256}")
