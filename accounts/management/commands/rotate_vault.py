"""`manage.py rotate_vault`: seal every secret again, with the first of the vault's keys."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import sealed, vault


class Command(BaseCommand):
    """Seals GitHub tokens, secrets of people's servers, two-factor seeds and waiting mail again."""

    help = (
        "Seal all stored secrets again with the first key of HUB_VAULT_KEYS. Put the new key in "
        "front, restart, run this, then remove the old key."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        closed: list[str] = []
        count = 0
        for secret in sealed.everything():
            try:
                secret.seal_again()
                count += 1
            except vault.VaultClosed:
                closed.append(secret.name)
        self.stdout.write(f"Sealed {count} secrets with the first key.")
        if closed:
            raise CommandError(
                f"No key opens {len(closed)} secrets: {', '.join(closed)}. "
                "Add the key that sealed them to HUB_VAULT_KEYS and run this again."
            )
