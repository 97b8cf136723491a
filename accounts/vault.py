"""The vault: the only place where secrets that must be used again are sealed and opened.

What is sealed: GitHub tokens, keys and passwords of people's own Xinference servers, what servers
give for them, and the seeds of second factors. Keys are HUB_VAULT_KEYS, Fernet keys separated by
commas: the first one seals, all of them open. A key made of SECRET_KEY opens, too, and seals where
HUB_VAULT_KEYS is empty; so a hub can start without, and move on later with
`manage.py rotate_vault`.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class VaultClosed(Exception):
    """None of the keys opens what is sealed: its key was taken away, or the text was changed."""


def seal(secret: str) -> str:
    """Encrypt and sign the secret with the first key; the result is printable ASCII."""
    return _keys().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises VaultClosed."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise VaultClosed("No key of the vault opens this secret.") from None


def rotate(sealed: str) -> str:
    """Seal the same secret again, with the first key. Raises VaultClosed."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise VaultClosed("No key of the vault opens this secret.") from None


def check_keys() -> None:
    """Raise ImproperlyConfigured, naming HUB_VAULT_KEYS, where one of its keys can't be used."""
    _keys()


def _keys() -> MultiFernet:
    return _fernets(tuple(settings.ENV.vault_keys), settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _fernets(given: tuple[str, ...], secret_key: str) -> MultiFernet:
    fernets = []
    for number, key in enumerate(given, start=1):
        try:
            fernets.append(Fernet(key))
        except ValueError:
            # The key itself must not show up in a log.
            raise ImproperlyConfigured(
                f"The environment variable HUB_VAULT_KEYS can't be used: key {number} of "
                f"{len(given)} is no Fernet key, which is 32 random bytes in URL-safe base64. "
                "cryptography.fernet.Fernet.generate_key() makes one."
            ) from None
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"models-hub vault v1")
    fernets.append(Fernet(base64.urlsafe_b64encode(derived.derive(secret_key.encode()))))
    return MultiFernet(fernets)
