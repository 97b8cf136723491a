"""All secrets that the vault has sealed, wherever they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Model

from accounts import vault
from accounts.models import GitHubToken, OwnServer
from hub.models import OutgoingMail, Webhook


class SealedSecret(NamedTuple):
    """One secret: its name for people, and its place: a field, or a key in a JSON field."""

    name: str
    model: type[Model]
    pk: Any
    field: str
    text: str
    key: str = ""

    def can_be_opened(self) -> bool:
        """Whether one of the vault's keys opens it."""
        try:
            vault.unseal(self.text)
        except vault.VaultClosed:
            return False
        return True

    def seal_again(self) -> None:
        """Seal it with the vault's first key. Raises VaultClosed."""
        with transaction.atomic():
            # Read again under a lock: its owner may be saving another secret right now.
            row = self.model._default_manager.select_for_update().filter(pk=self.pk).first()
            if row is None:
                return
            if self.key:
                values = getattr(row, self.field)
                if values.get(self.key):
                    values[self.key] = vault.rotate(values[self.key])
            elif text := getattr(row, self.field):
                setattr(row, self.field, vault.rotate(text))
            row.save(update_fields=[self.field])


def everything() -> Iterator[SealedSecret]:
    """Every sealed secret of the database."""
    for token in GitHubToken.objects.select_related("user").iterator():
        name = f"GitHub token of {token.user}"
        yield SealedSecret(name, GitHubToken, token.pk, "sealed", token.sealed)
    for server in OwnServer.objects.select_related("user").iterator():
        for field in ("sealed_key", "sealed_password"):
            if text := getattr(server, field):
                name = f"{field.removeprefix('sealed_')} of the server of {server.user}"
                yield SealedSecret(name, OwnServer, server.pk, field, text)
    for factor in Authenticator.objects.select_related("user").iterator():
        # allauth keeps a TOTP `secret`, or the `seed` that all recovery codes are made from.
        for key in ("secret", "seed"):
            if text := factor.data.get(key):
                name = f"{factor.type} of {factor.user}"
                yield SealedSecret(name, Authenticator, factor.pk, "data", text, key)
    for hook in Webhook.objects.select_related("user").iterator():
        name = f"secret of {hook} of {hook.user or 'the site'}"
        yield SealedSecret(name, Webhook, hook.pk, "sealed_secret", hook.sealed_secret)
    for mail in OutgoingMail.objects.waiting().iterator():
        yield SealedSecret(str(mail), OutgoingMail, mail.pk, "sealed", mail.sealed)
