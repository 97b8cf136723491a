"""The hub's keys, sealed with a passphrase: whoever has them and the database has everything."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings

SHORTEST_PASSPHRASE = 12


class WrongPassphrase(Exception):
    """The passphrase does not open the sealed keys."""


def sealed_keys(passphrase: str) -> bytes:
    """SECRET_KEY, former ones, the vault's keys and the signing key, sealed."""
    env = settings.ENV
    content = {
        "SECRET_KEY": settings.SECRET_KEY,
        "SECRET_KEY_FALLBACKS": list(settings.SECRET_KEY_FALLBACKS),
        "HUB_VAULT_KEYS": env.vault_keys,
        "HUB_SIGNING_KEY": Path(env.signing_key).read_text() if env.signing_key else "",
    }
    salt = os.urandom(16)
    body = _fernet(passphrase, salt).encrypt(json.dumps(content).encode())
    return json.dumps({"salt": salt.hex(), "sealed": body.decode()}).encode()


def write_keys(sealed: bytes, passphrase: str, folder: Path) -> list[Path]:
    """Open sealed keys, and write them into files that only the hub's user may read.

    Raises WrongPassphrase.
    """
    try:
        stored = json.loads(sealed)
        fernet = _fernet(passphrase, bytes.fromhex(stored["salt"]))
        content = json.loads(fernet.decrypt(stored["sealed"].encode()))
    except (InvalidToken, ValueError, KeyError, TypeError):
        raise WrongPassphrase from None
    settings_text = "".join(
        f"{name}={value if isinstance(value, str) else ','.join(value)}\n"
        for name, value in content.items()
        if name != "HUB_SIGNING_KEY" and value
    )
    written = [_write(folder / "restored_keys.env", settings_text)]
    if content["HUB_SIGNING_KEY"]:
        written.append(_write(folder / "restored_signing_key.pem", content["HUB_SIGNING_KEY"]))
    return written


def _write(path: Path, text: str) -> Path:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _fernet(passphrase: str, salt: bytes) -> Fernet:
    derived = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
