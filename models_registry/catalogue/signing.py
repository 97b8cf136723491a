"""Ed25519 signatures of the lists, in a form that plain `openssl` can verify.

The signed statement has four lines, each ending in a line feed: the kind, the model type, the
revision, and the SHA-256 of the uncompressed list. So nobody can pass off an old revision as a new
one, or a list of one type as a list of another. The signature is over the bytes of the statement,
as in RFC 8032 (`openssl pkeyutl -rawin`).
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

LIST: Final = "xinference-models-hub-list/1"
# A list that includes what the caller's token may see; its revision is the public list's.
TOKEN_LIST: Final = "xinference-models-hub-token-list/1"  # noqa: S105
# A list for servers of one release; in place of the type stands TYPE/RELEASE.
RELEASE_LIST: Final = "xinference-models-hub-release-list/1"
_SCHEME: Final = "ed25519="


def statement(model_type: str, revision: int, sha256: str, *, kind: str = LIST) -> bytes:
    """Return the statement that is signed for a list."""
    return f"{kind}\n{model_type}\n{revision}\n{sha256}\n".encode("ascii")


@lru_cache(maxsize=4)
def private_key(path: str) -> Ed25519PrivateKey:
    """Read a private key from a PEM file. Raises ValueError if the file has no Ed25519 key."""
    try:
        key = load_pem_private_key(Path(path).read_bytes(), password=None)
    except (OSError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError
    return key


@lru_cache(maxsize=4)
def public_key(path: str) -> Ed25519PublicKey:
    """Read a public key from a PEM file. Raises ValueError if the file has no Ed25519 key."""
    try:
        key = load_pem_public_key(Path(path).read_bytes())
    except (OSError, UnsupportedAlgorithm) as error:
        raise ValueError from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError
    return key


def public_pem(key: Ed25519PrivateKey) -> str:
    """Return the public half of a key in PEM format."""
    return (
        key.public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii")
    )


def is_signed(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Return whether the key signed exactly these bytes."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def as_header(signature: bytes) -> str:
    """Return a signature as the value of `X-Hub-Signature`: ed25519= and Base64."""
    return _SCHEME + base64.b64encode(signature).decode("ascii")


def from_header(header: str) -> bytes:
    """Return the signature in an `X-Hub-Signature` header; empty if it has none."""
    if not header.startswith(_SCHEME):
        return b""
    try:
        return base64.b64decode(header.removeprefix(_SCHEME), validate=True)
    except (binascii.Error, ValueError):
        return b""
