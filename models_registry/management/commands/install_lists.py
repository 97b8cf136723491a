"""`manage.py install_lists DIR`: the lists into the folder of an Xinference server."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.catalogue.carry import install_lists
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.errors import InvalidParameter


class Command(BaseCommand):
    """Writes each list as a whole and says which."""

    help = "Write the lists into DIR, a server's XINFERENCE_HOME; it reads them when it starts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dir", metavar="DIR", type=Path)
        parser.add_argument(
            "--type", dest="types", action="append", default=[], choices=MODEL_TYPES
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = install_lists(options["dir"], only_types=options["types"])
        except InvalidParameter as error:
            raise CommandError(error.message) from error
        for model_type, count in sorted(written.items()):
            self.stdout.write(f"{model_type}: {count} models")
        self.stdout.write(f"installed {len(written)} lists in {options['dir']}")
