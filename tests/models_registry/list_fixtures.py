"""Keys to sign with, and a memory of downloads that no other test has filled."""

from __future__ import annotations

import dataclasses
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.core.management import call_command

from models_registry.catalogue import fleet


@pytest.fixture(autouse=True)
def _fresh_memory(monkeypatch):
    monkeypatch.setattr(fleet, "memory", fleet.Memory())


@pytest.fixture
def keys(tmp_path):
    """Two pairs of keys: private and public of ours, and those of somebody else."""
    for name in ("", "other-"):
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}private.pem").write_bytes(private)
        (tmp_path / f"{name}public.pem").write_bytes(public)
    return tmp_path


@pytest.fixture
def signing(settings, keys):
    """A hub that signs with our key."""
    settings.ENV = dataclasses.replace(settings.ENV, signing_key=str(keys / "private.pem"))
    return keys


@pytest.fixture
def run():
    """Runs a command and returns what it said, on both channels."""

    def called(*arguments, **options) -> str:
        out = StringIO()
        call_command(*map(str, arguments), stdout=out, stderr=out, verbosity=0, **options)
        return out.getvalue()

    return called
