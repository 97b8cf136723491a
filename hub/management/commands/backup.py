"""`manage.py backup FILE`: writes everything that the hub knows into one file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hub.backup.create import back_up
from hub.management.passphrase import add_argument, passphrase_of


class Command(BaseCommand):
    """Backs up database and media, with lists and their revisions; the hub may go on running."""

    help = (
        "Write database, lists and media into a new file, which only you may read. "
        "Keep it secret: it has the addresses and the password hashes of all people."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--keys", action="store_true", help="with the hub's keys, sealed with a passphrase"
        )
        add_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        passphrase = passphrase_of(options, again=True) if options["keys"] else ""
        try:
            summary = back_up(options["file"], passphrase=passphrase)
        except FileExistsError as error:
            raise CommandError(f"{options['file']} exists already. Choose another name.") from error
        except OSError as error:
            raise CommandError(f"The backup can't be written: {error}") from error
        self.stdout.write(
            f"{summary.rows} rows of {summary.tables} tables and {summary.media} files are in "
            f"{options['file']}."
        )
        if not summary.has_keys:
            self.stdout.write(
                "The keys are not in it. Keep SECRET_KEY, HUB_VAULT_KEYS and the file of "
                "HUB_SIGNING_KEY in another place, or add --keys."
            )
