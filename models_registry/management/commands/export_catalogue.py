"""`manage.py export_catalogue FILE`: writes the public catalogue to one file for another hub."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.errors import InvalidParameter
from models_registry.sync.catalogue_export import export_catalogue


class Command(BaseCommand):
    """Writes the file and prints the number of models in it."""

    help = "Write the published public models and their READMEs into FILE, with a manifest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--key", metavar="PEM", type=Path, help="Ed25519 private key that signs the manifest"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = export_catalogue(options["file"], signing_key=options["key"])
        except InvalidParameter as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"exported {count} models to {options['file']}")
