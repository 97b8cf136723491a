"""The passphrase that seals keys in a backup: asked for, or read from a file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from hub.backup.keys import SHORTEST_PASSPHRASE


def add_argument(parser: ArgumentParser) -> None:
    """Add --passphrase-file. SECURITY: never the passphrase itself, which other users would see."""
    parser.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="read the keys' passphrase from there"
    )


def passphrase_of(options: dict[str, Any], *, again: bool = False) -> str:
    """The passphrase. Raises CommandError if it is missing, too short, or mistyped (`again`)."""
    path: Path | None = options["passphrase_file"]
    if path is not None:
        try:
            given = path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise CommandError(f"The passphrase can't be read: {error}") from error
    elif sys.stdin.isatty():
        given = getpass("Passphrase of the keys: ")
        if again and getpass("Once more: ") != given:
            raise CommandError("The two passphrases differ.")
    else:
        raise CommandError("Name a file with the passphrase: --passphrase-file FILE.")
    if len(given) < SHORTEST_PASSPHRASE:
        raise CommandError(f"The passphrase needs {SHORTEST_PASSPHRASE} or more characters.")
    return given
