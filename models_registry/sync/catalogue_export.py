"""Exports the catalogue as one file for another hub."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from models_registry.catalogue.files import write_whole
from models_registry.catalogue.selection import joined, select
from models_registry.definitions.upstream_files.layouts import split_path
from models_registry.errors import InvalidParameter
from models_registry.models import RegisteredModel
from models_registry.sync import source_facts
from models_registry.sync.sources.bundle import FORMAT, MANIFEST, REPOSITORIES, SIGNATURE

# The earliest date in a zip archive, so that the same catalogue gives the same bytes.
_DATE: Final = (1980, 1, 1, 0, 0, 0)


def export_catalogue(path: Path, *, signing_key: Path | None = None) -> int:
    """Write the published public models with their READMEs, and what the hub saw of their source
    repositories, into one file; the number of models.

    The manifest's `lists` says what a hub with only these models serves for each type: the `sha256`
    of the list, and the names that are `left_out` of it. The file is replaced atomically.
    `signing_key` is the PEM file of an Ed25519 private key that signs the manifest. Raises
    InvalidParameter if the key or the file can't be used.
    """
    models = (
        RegisteredModel.objects.public()
        .select_related("published_revision")
        .order_by("model_type", "name_key")
    )
    contents: dict[str, bytes] = {}
    count = 0
    for model in models:
        revision = model.published_revision
        if revision is None:
            continue
        contents[split_path(model.model_type, model.name)] = revision.definition.encode()
        contents[f"readmes/{model.model_type}/{model.name}.md"] = revision.readme.encode()
        if revision.readme_zh:
            # In a folder of its own: a model may be called NAME.zh.
            readme = f"readmes-zh/{model.model_type}/{model.name}.md"
            contents[readme] = revision.readme_zh.encode()
        count += 1
    contents[REPOSITORIES] = source_facts.written()
    hashes = {name: hashlib.sha256(body).hexdigest() for name, body in sorted(contents.items())}
    entries = {"format": FORMAT, "files": hashes, "lists": _lists(models)}
    manifest = json.dumps(entries, indent=2).encode() + b"\n"
    sealed = {MANIFEST: manifest}
    if signing_key is not None:
        sealed[SIGNATURE] = _key(signing_key).sign(manifest)
    write_whole(path, _zipped({**sealed, **contents}))
    return count


def _lists(models: Iterable[RegisteredModel]) -> dict[str, dict[str, object]]:
    by_type: dict[str, list[RegisteredModel]] = {}
    for model in models:
        by_type.setdefault(model.model_type, []).append(model)
    lists: dict[str, dict[str, object]] = {}
    for model_type, type_models in sorted(by_type.items()):
        selection = select(model_type, sorted(type_models, key=lambda model: model.pk))
        lists[model_type] = {
            "sha256": hashlib.sha256(joined(selection)).hexdigest(),
            "left_out": sorted(model.name for model, _ in selection.left_out),
        }
    return lists


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidParameter("private_key_unreadable", path=path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidParameter("private_key_is_not_ed25519", path=path)
    return key


def _zipped(contents: dict[str, bytes]) -> bytes:
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, body in contents.items():
                archive.writestr(zipfile.ZipInfo(name, _DATE), body, zipfile.ZIP_DEFLATED)
        file.seek(0)
        return file.read()
