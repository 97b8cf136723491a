"""A person's own Xinference server: saved, forgotten, and its secrets opened for one request.

SECURITY: whether the hub may go to an address is asked by whoever saves it and, again, by whoever
connects (models_registry.launch.servers). Here is only what is kept.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import vault
from accounts.errors import PasswordNeeded
from accounts.models import OwnServer, User
from hub import audit

# Of a shorter key, four characters would be too large a part to show.
SHOWN_FROM: Final = 12


@sensitive_variables("key", "password", "given")
def save_own_server(
    address: str,
    *,
    key: str | None,
    username: str = "",
    password: str | None = None,
    by: User,
) -> OwnServer:
    """Keep the address, which was checked before, and what the server asks for.

    In: `key` and `password` are None to keep the saved ones; without `username` there is no
    sign-in. SECURITY: they are kept for the same server, and the password for the same user, only;
    else somebody in a session that was left open could have them sent to a server of his own.
    Raises PasswordNeeded.
    """
    with transaction.atomic():
        earlier = OwnServer.objects.select_for_update().filter(user=by).first()
        is_same = earlier is not None and _origin(earlier.address) == _origin(address)
        values: dict[str, Any] = {
            "address": address, "username": username, "saved_at": timezone.now(),
        }  # fmt: skip
        if key is not None or not is_same:
            given = key or ""
            values["sealed_key"] = vault.seal(given) if given else ""
            values["last4"] = given[-4:] if len(given) >= SHOWN_FROM else ""
        if not username:
            values["sealed_password"] = ""
        elif password:
            values["sealed_password"] = vault.seal(password)
        elif earlier is None or not is_same or earlier.username != username:
            raise PasswordNeeded(_("Give the password of this user of the server, too."))
        saved, _created = OwnServer.objects.update_or_create(user=by, defaults=values)
        audit.record(
            audit.Tag.SERVER_SAVE,
            by=by,
            target=by,
            before=earlier.address if earlier else None,
            after=address,
            has_key=bool(saved.sealed_key),
            username=saved.username,
        )
    return saved


def forget_own_server(*, by: User) -> None:
    """Delete address, key and password; nothing happens where there is none."""
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


def password_of(server: OwnServer) -> str:
    """The password in clear; as `key_of`."""
    return vault.unseal(server.sealed_password) if server.sealed_password else ""


def note_use(pk: int) -> None:
    """Note that the server took what is saved for it."""
    OwnServer.objects.filter(pk=pk).update(last_used_at=timezone.now())


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port
