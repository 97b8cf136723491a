"""`manage.py forget_list_revisions TYPE --containing NAME`: deletes old lists with a model."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import DomainError
from hub.audit import RequestOrigin, acting_from
from models_registry.catalogue import pinning
from models_registry.definitions.facts.kinds import MODEL_TYPES


class Command(BaseCommand):
    """Permanently deletes revisions and prints their numbers."""

    help = "Delete every revision of the list of TYPE that contains the model NAME."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("type", metavar="TYPE", choices=MODEL_TYPES)
        parser.add_argument("--containing", metavar="NAME", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        model_type, name = options["type"], options["containing"]
        try:
            with acting_from(RequestOrigin(channel="forget_list_revisions")):
                gone = pinning.forget(model_type, name, by=None)
        except DomainError as error:
            raise CommandError(error.message) from error
        if not gone:
            self.stdout.write(f"{model_type}: no revision has {name}. Nothing was deleted.")
            return
        numbers = ", ".join(map(str, gone))
        self.stdout.write(f"{model_type}: forgot {len(gone)} revisions with {name}: {numbers}.")
        self.stdout.write(
            "Caches and mirrors in front of the hub may still hold them: empty those, too."
        )
