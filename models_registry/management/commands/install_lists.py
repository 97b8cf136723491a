"""`manage.py install_lists DIR`: writes the lists into the folder of an Xinference server."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import DomainError
from models_registry.catalogue.folders import install_lists, verify_lists
from models_registry.definitions.facts.kinds import MODEL_TYPES


class Command(BaseCommand):
    """Writes each list atomically, or with --verify compares the lists in a folder with its
    manifest."""

    help = "Write the lists into DIR, a server's XINFERENCE_HOME; it reads them when it starts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dir", metavar="DIR", type=Path)
        parser.add_argument(
            "--type", dest="types", action="append", default=[], choices=MODEL_TYPES
        )
        parser.add_argument(
            "--revision", metavar="N", type=int, help="an older revision; needs exactly one --type"
        )
        parser.add_argument(
            "--for",
            dest="version",
            metavar="VERSION",
            default="",
            help="the version of the servers, such as 3.0.0: everything that they take",
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
                self._install(options)
        except DomainError as error:
            raise CommandError(error.message) from error

    def _install(self, options: dict[str, Any]) -> None:
        home: Path = options["dir"]
        written = install_lists(
            home,
            only_types=options["types"],
            revision=options["revision"],
            version=options["version"],
        )
        for model_type, installed in sorted(written.items()):
            self.stdout.write(
                f"{model_type}: {installed.model_count} models, revision {installed.revision}"
            )
        self.stdout.write(f"installed {len(written)} lists in {home}")

    def _verify(self, home: Path, trusted_key: str) -> None:
        results = verify_lists(home, trusted_key=trusted_key)
        for result in results:
            label = f"{result.model_type}: revision {result.revision} of {result.hub}"
            if result.problem:
                self.stderr.write(self.style.ERROR(f"{label}: {result.problem}"))
            else:
                self.stdout.write(f"{label}: as the manifest says")
        wrong = sum(bool(result.problem) for result in results)
        if wrong:
            raise CommandError(
                f"{wrong} of {len(results)} lists in {home} failed the verification."
            )
        self.stdout.write(f"verified {len(results)} lists in {home}")
