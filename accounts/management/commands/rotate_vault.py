"""`manage.py rotate_vault`: seal every secret again, with the first of the vault's keys."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import vault
from accounts.models import GitHubToken, OwnServer


class Command(BaseCommand):
    """Re-seals GitHub tokens, what opens people's servers, and the seeds of second factors."""

    help = (
        "Seal all stored secrets again with the first key of HUB_VAULT_KEYS. Put the new key in "
        "front, restart, run this, then take the old key away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        closed: list[str] = []
        sealed = 0
        for token in GitHubToken.objects.select_related("user").iterator():
            sealed += _attempt(_reseal_token, token, f"GitHub token of {token.user}", closed)
        for server in OwnServer.objects.select_related("user").iterator():
            for field in ("sealed_key", "sealed_password"):
                if getattr(server, field):
                    reseal = partial(_reseal_server, field=field)
                    name = f"{field.removeprefix('sealed_')} of the server of {server.user}"
                    sealed += _attempt(reseal, server, name, closed)
        for factor in Authenticator.objects.select_related("user").iterator():
            sealed += _attempt(_reseal_factor, factor, f"{factor.type} of {factor.user}", closed)
        self.stdout.write(f"Sealed {sealed} secrets with the first key.")
        if closed:
            raise CommandError(
                f"No key opens {len(closed)} secrets: {', '.join(closed)}. "
                "Add the key that sealed them to HUB_VAULT_KEYS and run this again."
            )


def _attempt(reseal: Any, row: Any, name: str, closed: list[str]) -> int:
    try:
        with transaction.atomic():
            reseal(row)
    except vault.VaultClosed:
        closed.append(name)
        return 0
    return 1


def _reseal_token(token: GitHubToken) -> None:
    # Read again under a lock: its owner may be saving another one right now.
    current = GitHubToken.objects.select_for_update().filter(pk=token.pk).first()
    if current is not None:
        current.sealed = vault.rotate(current.sealed)
        current.save(update_fields=["sealed"])


def _reseal_server(server: OwnServer, *, field: str) -> None:
    current = OwnServer.objects.select_for_update().filter(pk=server.pk).first()
    if current is not None and getattr(current, field):
        setattr(current, field, vault.rotate(getattr(current, field)))
        current.save(update_fields=[field])


def _reseal_factor(factor: Authenticator) -> None:
    """allauth keeps a TOTP `secret`, or the `seed` that all recovery codes are made from."""
    current = Authenticator.objects.select_for_update().filter(pk=factor.pk).first()
    if current is None:
        return
    for name in ("secret", "seed"):
        if name in current.data:
            current.data[name] = vault.rotate(current.data[name])
    current.save(update_fields=["data"])
