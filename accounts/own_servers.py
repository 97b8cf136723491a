"""A person's own Xinference server: saving, deleting, and unsealing its secrets for one request.

SECURITY: this module does not check whether the hub may connect to an address. Whoever saves an
address checks it, and whoever connects checks it again (models_registry.servers.allowed).
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts import vault
from accounts.errors import PasswordNeeded
from accounts.form_version import require, version
from accounts.models import OwnServer, User
from hub import audit

# Four characters of a shorter key would reveal too much of it.
SHOWN_FROM: Final = 12


@sensitive_variables("key", "password", "given")
def save_own_server(
    address: str,
    *,
    key: str | None,
    username: str = "",
    password: str | None = None,
    by: User,
    seen: str = "",
) -> OwnServer:
    """Save the address, which the caller has checked, and how to sign in to the server.

    `key` and `password` are None to keep the saved ones; without `username` nobody signs in.
    SECURITY: they are kept only for the same server, and the password only for the same user;
    otherwise somebody at a session that was left open could have them sent to their own server.
    `seen` is the `own_server_version` that the form carries. Raises PasswordNeeded, and StaleState
    if something else was saved meanwhile.
    """
    with transaction.atomic():
        earlier = OwnServer.objects.select_for_update().filter(user=by).first()
        require(seen, own_server_version(earlier))
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
            raise PasswordNeeded("server_password_missing")
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


def own_server_version(kept: OwnServer | None) -> str:
    """The version that forms about the server carry. SECURITY: secrets enter it as digests only."""
    if kept is None:
        return version(address="", username="", api_key="", password="")
    return version(
        address=kept.address,
        username=kept.username,
        api_key=kept.sealed_key,
        password=kept.sealed_password,
    )


def forget_own_server(*, by: User, seen: str = "") -> None:
    """Delete address, key and password, if there are any.

    Raises StaleState if the server is not the one that the form has seen (`own_server_version`).
    """
    with transaction.atomic():
        kept = OwnServer.objects.select_for_update().filter(user=by).first()
        if kept is not None:
            require(seen, own_server_version(kept))
            kept.delete()
            audit.record(audit.Tag.SERVER_FORGET, by=by, target=by, before=kept.address)


def key_of(server: OwnServer) -> str:
    """The key in clear text, or "" without one. Raises VaultClosed.

    SECURITY: use it at once; never store, log or show it.
    """
    return vault.unseal(server.sealed_key) if server.sealed_key else ""


def password_of(server: OwnServer) -> str:
    """The password in clear text, or "" without one; as `key_of`."""
    return vault.unseal(server.sealed_password) if server.sealed_password else ""


def record_use(pk: int) -> None:
    """Record that the server has accepted the saved secrets."""
    OwnServer.objects.filter(pk=pk).update(last_used_at=timezone.now())


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port
