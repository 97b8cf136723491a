"""`manage.py install_lists DIR`: the lists into the folder of an Xinference server."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import DomainError
from models_registry.catalogue.folders import install_lists, verify_lists
from models_registry.definitions.kinds import MODEL_TYPES


class Command(BaseCommand):
    """Writes each list as a whole and says which; or says whether those in a folder are right."""

    help = "Write the lists into DIR, a server's XINFERENCE_HOME; it reads them when it starts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dir", metavar="DIR", type=Path)
        parser.add_argument(
            "--type", dest="types", action="append", default=[], choices=MODEL_TYPES
        )
        parser.add_argument(
            "--revision", metavar="N", type=int, help="an older revision, of one --type alone"
        )
        parser.add_argument(
            "--verify",
            action="store_true",
            help="write nothing; compare the lists in DIR with its manifest",
        )
        parser.add_argument(
            "--trusted-key",
            metavar="PEM",
            default="",
            help="with --verify: Ed25519 public key that must have signed the lists",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["verify"]:
                self._verify(options["dir"], options["trusted_key"])
            else:
                self._install(options["dir"], options["types"], options["revision"])
        except DomainError as error:
            raise CommandError(error.message) from error

    def _install(self, home: Path, types: list[str], revision: int | None) -> None:
        written = install_lists(home, only_types=types, revision=revision)
        for model_type, one in sorted(written.items()):
            self.stdout.write(f"{model_type}: {one.model_count} models, revision {one.revision}")
        self.stdout.write(f"installed {len(written)} lists in {home}")

    def _verify(self, home: Path, trusted_key: str) -> None:
        found = verify_lists(home, trusted_key=trusted_key)
        for one in found:
            told = f"{one.model_type}: revision {one.revision} of {one.hub}"
            if one.problem:
                self.stderr.write(self.style.ERROR(f"{told}: {one.problem}"))
            else:
                self.stdout.write(f"{told}: as the manifest says")
        wrong = sum(bool(one.problem) for one in found)
        if wrong:
            raise CommandError(
                f"{wrong} of {len(found)} lists in {home} are not what they should be."
            )
        self.stdout.write(f"verified {len(found)} lists in {home}")
