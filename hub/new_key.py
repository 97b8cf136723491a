"""`python -m hub.new_key secret|vault|token|signing FILE`: makes a key.

It needs no settings, since a wrong key there would stop every other command.
"""

from __future__ import annotations

import os
import secrets
import sys

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

_USAGE = """\
python -m hub.new_key secret        a value for SECRET_KEY
python -m hub.new_key vault         a value to put first into HUB_VAULT_KEYS
python -m hub.new_key token         a value for HUB_METRICS_TOKEN or GITHUB_WEBHOOK_SECRET
python -m hub.new_key signing FILE  a new file for HUB_SIGNING_KEY; prints the public key
"""


def secret() -> str:
    """A value for SECRET_KEY."""
    return secrets.token_urlsafe(60)


def signing(path: str) -> str:
    """Write a private Ed25519 key into a new file, and return the public one; both are PEM.

    Raises OSError, also if the file exists.
    """
    key = Ed25519PrivateKey.generate()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode().strip()


def main(arguments: list[str]) -> int:
    """Print the key, or how to call the command; returns the exit status."""
    match arguments:
        case ["secret"]:
            made = secret()
        case ["vault"]:
            made = Fernet.generate_key().decode()
        case ["token"]:
            made = secrets.token_urlsafe(40)
        case ["signing", path]:
            try:
                made = signing(path)
            except OSError as error:
                sys.stderr.write(f"The key can't be written: {error}\n")
                return 1
        case _:
            sys.stderr.write(_USAGE)
            return 2
    sys.stdout.write(made + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
