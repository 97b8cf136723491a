"""A person's own Xinference server: saved, forgotten, and its key opened for one request.

SECURITY: whether the hub may go to an address is asked by whoever saves it and, again, by whoever
connects (models_registry.launch.servers). Here is only what is kept.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from accounts import vault
from accounts.models import OwnServer, User
from hub import audit

# Of a shorter key, four characters would be too large a part to show.
SHOWN_FROM: Final = 12


def save_own_server(address: str, *, key: str | None, by: User) -> OwnServer:
    """Keep the address, which was checked before, and the key, in place of earlier ones.

    In: `key` is None to keep the saved one. SECURITY: it is kept for the same server only; else
    somebody in a session that was left open could have it sent to a server of his own.
    """
    with transaction.atomic():
        earlier = OwnServer.objects.select_for_update().filter(user=by).first()
        values = {"address": address, "saved_at": timezone.now()}
        if key is not None or earlier is None or _origin(earlier.address) != _origin(address):
            given = key or ""
            values["sealed_key"] = vault.seal(given) if given else ""
            values["last4"] = given[-4:] if len(given) >= SHOWN_FROM else ""
        saved, _created = OwnServer.objects.update_or_create(user=by, defaults=values)
        audit.record(
            audit.Tag.SERVER_SAVE,
            by=by,
            target=by,
            before=earlier.address if earlier else None,
            after=address,
            has_key=bool(saved.sealed_key),
        )
    return saved


def forget_own_server(*, by: User) -> None:
    """Delete address and key; nothing happens where there is none."""
    with transaction.atomic():
        kept = OwnServer.objects.select_for_update().filter(user=by).first()
        if kept is not None:
            kept.delete()
            audit.record(audit.Tag.SERVER_FORGET, by=by, target=by, before=kept.address)


def key_of(server: OwnServer) -> str:
    """The key in clear, to be used at once and never stored, logged or shown.

    Empty where there is none. Raises VaultClosed.
    """
    return vault.unseal(server.sealed_key) if server.sealed_key else ""


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port
