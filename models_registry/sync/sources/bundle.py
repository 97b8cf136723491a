"""`file:PATH`: an exported catalogue in one file, with a manifest of hashes and perhaps a
signature.

A zip archive with `manifest.json`, whose `files` maps every other path to its SHA-256 and whose
optional `lists` has the digest of each type's list on a hub with only these models; definitions
under upstream's paths; READMEs as `readmes/TYPE/NAME.md`; `repositories.json` with what the hub saw
of source repositories (files of older hubs have none); and, if signed, `manifest.sig`, the 64 bytes
of the manifest's Ed25519 signature.
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

from models_registry.definitions.json_text.problems import quoted
from models_registry.definitions.upstream_files.layouts import not_text
from models_registry.errors import SourceUnavailable
from models_registry.sync import source_facts
from models_registry.sync.sources.tree import (
    MAX_FILE_BYTES,
    MAX_FILES,
    ExportedList,
    SourceTree,
    is_catalogue_path,
)

FORMAT: Final = "xinference-models-hub-catalogue/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
REPOSITORIES: Final = "repositories.json"
MAX_TOTAL_BYTES: Final = 512 * 1024 * 1024
_README: Final = re.compile(r"(readmes|readmes-zh)/([a-z]+)/([A-Za-z0-9][A-Za-z0-9._-]*)\.md")


def read_bundle(path: str, *, trusted_key: str = "") -> SourceTree:
    """Read an exported catalogue and verify every hash in it, and its signature.

    `trusted_key` is the path of the PEM public key that must have signed it (empty: no signature is
    required). Raises SourceUnavailable if a file is missing, is not in the manifest, differs from
    its hash, or the signature is not by that key.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            contents = _contents(archive, path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise SourceUnavailable("export_unreadable", path=path) from error
    manifest = contents.pop(MANIFEST, None)
    signature = contents.pop(SIGNATURE, b"")
    if manifest is None:
        raise SourceUnavailable("export_has_no_manifest", path=path, manifest=MANIFEST)
    if trusted_key:
        _verify_signature(path, manifest, signature, trusted_key)
    _verify_hashes(path, manifest, contents)
    return _tree(path, contents, _lists(json.loads(manifest).get("lists")))


def _contents(archive: zipfile.ZipFile, path: str) -> dict[str, bytes]:
    members = archive.infolist()
    sizes = [member.file_size for member in members]
    if len(members) > MAX_FILES or max(sizes, default=0) > MAX_FILE_BYTES:
        raise SourceUnavailable("export_has_too_many_files", path=path)
    if sum(sizes) > MAX_TOTAL_BYTES:
        raise SourceUnavailable(
            "export_is_too_large", path=path, max_total_bytes=f"{MAX_TOTAL_BYTES:,}"
        )
    if len({member.filename for member in members}) != len(members):
        raise SourceUnavailable("export_has_duplicate_file", path=path)
    return {member.filename: archive.read(member) for member in members}


def _verify_signature(path: str, manifest: bytes, signature: bytes, trusted_key: str) -> None:
    try:
        key = load_pem_public_key(Path(trusted_key).read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SourceUnavailable("public_key_unreadable", trusted_key=trusted_key) from error
    if not isinstance(key, Ed25519PublicKey):
        raise SourceUnavailable("export_key_is_not_ed25519", trusted_key=trusted_key)
    try:
        key.verify(signature, manifest)
    except InvalidSignature as error:
        problem = "is not signed by" if signature else "is not signed at all; it should be by"
        raise SourceUnavailable(
            "export_signature_invalid", path=path, said=problem, trusted_key=trusted_key
        ) from error


def _verify_hashes(path: str, manifest: bytes, contents: dict[str, bytes]) -> None:
    try:
        entries = json.loads(manifest)
        files = dict(entries["files"]) if entries["format"] == FORMAT else None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SourceUnavailable("manifest_unreadable", manifest=MANIFEST, path=path) from error
    if files is None:
        raise SourceUnavailable("export_format_unknown", path=path)
    apart = sorted(files.keys() ^ contents.keys())
    if apart:
        raise SourceUnavailable("manifest_lists_other_files", path=path, apart=quoted(apart[0]))
    for name, body in contents.items():
        if hashlib.sha256(body).hexdigest() != files[name]:
            raise SourceUnavailable("export_file_digest_differs", name=quoted(name), path=path)


def _lists(lists: object) -> dict[str, ExportedList]:
    """The lists in a manifest, by type; empty for a file from before they were introduced."""
    return {
        str(model_type): ExportedList(
            str(entry.get("sha256")), frozenset(map(str, entry.get("left_out") or ()))
        )
        for model_type, entry in (lists.items() if isinstance(lists, dict) else ())
        if isinstance(entry, dict) and isinstance(entry.get("left_out", []), list)
    }


def _tree(path: str, contents: dict[str, bytes], lists: dict[str, ExportedList]) -> SourceTree:
    tree = SourceTree(label=f"file:{Path(path).name}", files={}, lists=lists)
    for name, body in contents.items():
        if name == REPOSITORIES:
            tree.repositories.extend(source_facts.read(body))
            continue
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            tree.unreadable[name] = not_text(error.start)
            continue
        if is_catalogue_path(name):
            tree.files[name] = text
        elif match := _README.fullmatch(name):
            readmes = tree.readmes if match[1] == "readmes" else tree.readmes_zh
            readmes[match[2], match[3]] = text
    return tree
