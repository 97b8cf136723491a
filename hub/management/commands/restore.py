"""`manage.py restore FILE`: restores a backup into an empty hub."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import sealed
from hub import heartbeat, var_folder
from hub.backup import archive, keys
from hub.backup.archive import BackupReader
from hub.backup.restore import RestoreRefused, RestoreUnfinished, restore
from hub.backup.rows import DamagedBackup
from hub.management.passphrase import add_argument, passphrase_of

# Workers that run note twice a minute that they do.
_STILL_SECONDS = 90.0


class Command(BaseCommand):
    """Restores database and media from a file of `manage.py backup`, and compares every row."""

    help = "Restore a backup into an empty hub, of this or a later version, on any database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--check", action="store_true", help="only check that FILE is complete")
        parser.add_argument("--replace", action="store_true", help="delete what this hub has now")
        parser.add_argument(
            "--force", action="store_true", help="--replace although workers have just worked"
        )
        parser.add_argument("--keys", action="store_true", help="write the hub's keys into files")
        add_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with archive.reading(options["file"], settings.VAR_DIR) as backup:
                manifest = backup.manifest
                self.stdout.write(
                    f"The backup of {manifest['created_at']} (version {manifest['version']}, "
                    f"{manifest['database']}) is complete."
                )
                if not options["check"]:
                    self._restore(backup, options)
        except (RestoreRefused, RestoreUnfinished, DamagedBackup, OSError) as error:
            raise CommandError(str(error)) from error

    def _restore(self, backup: BackupReader, options: dict[str, Any]) -> None:
        try:
            var_folder.lock_alone(
                settings.VAR_DIR, f"process {os.getpid()}, which restores a backup"
            )
        except var_folder.FolderInUse as other:
            raise CommandError(f"Stop the hub first ({other}).") from other
        if options["replace"] and not options["force"]:
            _refuse_while_workers_work()
        var_folder.make_private(settings.VAR_DIR)
        if options["keys"]:
            self._write_keys(backup, options)
        count = restore(backup, replace=options["replace"])
        self.stdout.write(f"Restored {count} rows and {len(backup.media)} files; all are the same.")
        closed = sum(not secret.can_be_opened() for secret in sealed.everything())
        if closed:
            self.stdout.write(
                self.style.WARNING(
                    f"This hub's keys don't open {closed} of the stored secrets. Set SECRET_KEY "
                    "and HUB_VAULT_KEYS to those of the hub that was backed up."
                )
            )
        self.stdout.write("Now run `manage.py prepare`, and start the hub.")

    def _write_keys(self, backup: BackupReader, options: dict[str, Any]) -> None:
        if not backup.has_keys:
            raise CommandError("The backup has no keys: it was made without --keys.")
        try:
            written = keys.write_keys(
                backup.read(archive.KEYS), passphrase_of(options), settings.VAR_DIR
            )
        except keys.WrongPassphrase:
            raise CommandError("The passphrase does not open the keys.") from None
        names = ", ".join(str(path) for path in written)
        self.stdout.write(
            f"The keys are in {names}: set the variables of the same names, and delete the files."
        )


def _refuse_while_workers_work() -> None:
    """Processes on other machines, or that another command has started, hold no lock here."""
    newest = heartbeat.seconds_since_anybody()
    if newest is not None and newest < _STILL_SECONDS:
        raise CommandError(
            f"A worker of this hub worked {newest:.0f} seconds ago. Stop all processes, on all "
            f"machines; {_STILL_SECONDS:.0f} seconds later this command goes on, or now with "
            "--force."
        )
