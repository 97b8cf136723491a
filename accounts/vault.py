"""The vault: encrypts the secrets that the hub must be able to read again.

These are GitHub tokens, keys and passwords of people's own Xinference servers, the session tokens
of those servers, and the seeds of two-factor authentication. HUB_VAULT_KEYS has Fernet keys
separated by commas: the first one encrypts, all of them decrypt. Keys derived from SECRET_KEY and
from each of SECRET_KEY_FALLBACKS decrypt, too, and the first of them encrypts if HUB_VAULT_KEYS is
empty: so a hub can start without keys, and change all of them later with `manage.py rotate_vault`.
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
    """No key decrypts the secret: its key was removed, or the sealed text was changed."""


def seal(secret: str) -> str:
    """Encrypt and sign the secret with the first key; the result is printable ASCII."""
    return _keys().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret in clear text. Raises VaultClosed."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise VaultClosed("No key of the vault opens this secret.") from None


def rotate(sealed: str) -> str:
    """The same secret, sealed with the first key. Raises VaultClosed."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise VaultClosed("No key of the vault opens this secret.") from None


def check_keys() -> None:
    """Raise ImproperlyConfigured, which names HUB_VAULT_KEYS, if one of its keys is not valid."""
    _keys()


def _keys() -> MultiFernet:
    secret_keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return _fernets(tuple(settings.ENV.vault_keys), secret_keys)


@lru_cache(maxsize=4)
def _fernets(configured: tuple[str, ...], secret_keys: tuple[str, ...]) -> MultiFernet:
    fernets = []
    for number, key in enumerate(configured, start=1):
        try:
            fernets.append(Fernet(key))
        except ValueError:
            # SECURITY: the key itself must not appear in a log.
            raise ImproperlyConfigured(
                f"The environment variable HUB_VAULT_KEYS can't be used: key {number} of "
                f"{len(configured)} is not a Fernet key (32 random bytes in URL-safe base64). "
                "`python -m hub.new_key vault` makes one."
            ) from None
    for secret_key in secret_keys:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"models-hub vault v1")
        fernets.append(Fernet(base64.urlsafe_b64encode(derived.derive(secret_key.encode()))))
    return MultiFernet(fernets)
