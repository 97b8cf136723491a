"""`manage.py rotate_secret_key`: replaces SECRET_KEY without signing anybody out."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from hub import env, new_key


class Command(BaseCommand):
    """Makes a new key and keeps the former one, until `--finish` removes it."""

    help = (
        "Make a new SECRET_KEY. What the former one has signed or sealed stays valid until you run "
        "this again with --finish, which seals all secrets again and removes the former key."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--finish", action="store_true", help="remove the former key")

    def handle(self, *args: Any, **options: Any) -> None:
        kept = settings.VAR_DIR / env.SECRET_KEY_FILE
        former = settings.VAR_DIR / env.FORMER_KEY_FILE
        if options["finish"]:
            self._finish(former)
        elif former.exists():
            raise CommandError("A former key is still there. Run this with --finish first.")
        elif not kept.is_file() or kept.read_text(encoding="utf-8").strip() != settings.SECRET_KEY:
            self.stdout.write(
                f"SECRET_KEY stands in the environment. Set it to\n{new_key.secret()}\n"
                "and SECRET_KEY_FALLBACKS to the present value, restart all processes, "
                "then run `manage.py rotate_secret_key --finish`."
            )
        else:
            _write(former, settings.SECRET_KEY)
            _write(kept, new_key.secret())
            self.stdout.write(
                f"There is a new key in {kept}. Restart all processes now. In two weeks, when "
                "sessions are renewed, run `manage.py rotate_secret_key --finish`."
            )

    def _finish(self, former: Path) -> None:
        call_command("rotate_vault", stdout=self.stdout)
        if former.exists():
            former.unlink()
            self.stdout.write("The former key is removed. Restart all processes.")
        else:
            self.stdout.write("Remove the former key from SECRET_KEY_FALLBACKS, and restart.")


def _write(path: Path, key: str) -> None:
    """Write a key, so that a crash leaves the whole old file or the whole new one."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
