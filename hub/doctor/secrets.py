"""The sealed secrets: whether the vault's keys open them."""

from __future__ import annotations

from collections.abc import Iterator

from accounts import sealed
from hub.doctor.findings import Finding, ok, wrong

_SHOWN = 5


def secrets() -> Iterator[Finding]:
    """Whether a key opens each stored secret."""
    closed = [secret.name for secret in sealed.everything() if not secret.can_be_opened()]
    if not closed:
        yield ok("secrets", "The vault's keys open all stored secrets.")
        return
    names = ", ".join(closed[:_SHOWN]) + (", …" if len(closed) > _SHOWN else "")
    yield wrong(
        "secrets",
        f"No key opens {len(closed)} stored secrets: {names}.",
        "Add the former SECRET_KEY to SECRET_KEY_FALLBACKS, or the former key to HUB_VAULT_KEYS. "
        "If it is lost: `manage.py reset_second_factor NAME` lets a person sign in again, and "
        "they enter their other secrets again.",
    )
