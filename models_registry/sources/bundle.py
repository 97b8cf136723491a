"""`file:PATH`: a catalogue carried as one file, with a manifest of hashes and maybe a signature.

A zip archive: `manifest.json`, an object whose `files` maps every other path to its SHA-256 and
whose `lists`, if there, says of each type what a hub that has these models alone serves;
definitions under upstream's paths; READMEs as `readmes/TYPE/NAME.md`; and, where it is signed,
`manifest.sig`, the 64 bytes of the manifest's Ed25519 signature.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from models_registry.definitions.problems import quoted
from models_registry.errors import SourceUnavailable
from models_registry.sources.tree import (
    MAX_FILE_BYTES,
    MAX_FILES,
    ListTold,
    SourceTree,
    is_catalogue_path,
)

FORMAT: Final = "xinference-models-hub-catalogue/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
MAX_TOTAL_BYTES: Final = 512 * 1024 * 1024
_README: Final = re.compile(r"readmes/([a-z]+)/([A-Za-z0-9][A-Za-z0-9._-]*)\.md")


def read_bundle(path: str, *, trusted_key: str = "") -> SourceTree:
    """Read an exported catalogue and verify every hash in it, and its signature.

    In: the file, and the path of the PEM public key that must have signed it (empty: a signature is
    not asked for). Out: its files and READMEs. Raises SourceUnavailable where anything is missing,
    more than the manifest says, other than its hash, or not signed by that key.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            contents = _contents(archive, path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise SourceUnavailable(f"{path} can't be read as an exported catalogue.") from error
    manifest = contents.pop(MANIFEST, None)
    signature = contents.pop(SIGNATURE, b"")
    if manifest is None:
        raise SourceUnavailable(f"{path} has no {MANIFEST}, so it is no exported catalogue.")
    if trusted_key:
        _verify_signature(path, manifest, signature, trusted_key)
    _verify_hashes(path, manifest, contents)
    return _tree(path, contents, _lists(json.loads(manifest).get("lists")))


def _contents(archive: zipfile.ZipFile, path: str) -> dict[str, bytes]:
    members = archive.infolist()
    sizes = [one.file_size for one in members]
    if len(members) > MAX_FILES or max(sizes, default=0) > MAX_FILE_BYTES:
        raise SourceUnavailable(f"{path} has too many files, or too large ones.")
    if sum(sizes) > MAX_TOTAL_BYTES:
        raise SourceUnavailable(f"{path} holds more than {MAX_TOTAL_BYTES:,} bytes.")
    if len({one.filename for one in members}) != len(members):
        raise SourceUnavailable(f"{path} has a file twice.")
    return {one.filename: archive.read(one) for one in members}


def _verify_signature(path: str, manifest: bytes, signature: bytes, trusted_key: str) -> None:
    try:
        key = load_pem_public_key(Path(trusted_key).read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SourceUnavailable(f"{trusted_key} is no public key in PEM format.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SourceUnavailable(f"{trusted_key} is no Ed25519 key.")
    try:
        key.verify(signature, manifest)
    except InvalidSignature as error:
        said = "is not signed by" if signature else "is not signed at all; it should be by"
        raise SourceUnavailable(f"{path} {said} {trusted_key}. Nothing was imported.") from error


def _verify_hashes(path: str, manifest: bytes, contents: dict[str, bytes]) -> None:
    try:
        told = json.loads(manifest)
        files = dict(told["files"]) if told["format"] == FORMAT else None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SourceUnavailable(f"The {MANIFEST} in {path} can't be read.") from error
    if files is None:
        raise SourceUnavailable(f"{path} has a format that this hub does not know.")
    apart = sorted(files.keys() ^ contents.keys())
    if apart:
        raise SourceUnavailable(
            f"{path} and its manifest do not have the same files: {quoted(apart[0])}."
        )
    for name, body in contents.items():
        if hashlib.sha256(body).hexdigest() != files[name]:
            raise SourceUnavailable(
                f"{quoted(name)} in {path} is not what its manifest says. Nothing was imported."
            )


def _lists(told: object) -> dict[str, ListTold]:
    """What a manifest says of the lists; a file from before there was that says nothing."""
    return {
        str(model_type): ListTold(
            str(entry.get("sha256")), frozenset(map(str, entry.get("left_out") or ()))
        )
        for model_type, entry in (told.items() if isinstance(told, dict) else ())
        if isinstance(entry, dict) and isinstance(entry.get("left_out", []), list)
    }


def _tree(path: str, contents: dict[str, bytes], lists: dict[str, ListTold]) -> SourceTree:
    tree = SourceTree(label=f"file:{Path(path).name}", files={}, lists=lists)
    for name, body in contents.items():
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            tree.unreadable[name] = f"It is not UTF-8 text (byte {error.start})."
            continue
        if is_catalogue_path(name):
            tree.files[name] = text
        elif found := _README.fullmatch(name):
            tree.readmes[found[1], found[2]] = text
    return tree
