"""The catalogue as one file, to be carried to another hub."""

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

from models_registry.catalogue import build
from models_registry.catalogue.selection import select
from models_registry.catalogue.writing import write_whole
from models_registry.definitions.layouts import split_path
from models_registry.errors import InvalidParameter
from models_registry.models import RegisteredModel
from models_registry.sources.bundle import FORMAT, MANIFEST, SIGNATURE

# The earliest date that a zip archive can hold: the same catalogue gives the same bytes.
_DATE: Final = (1980, 1, 1, 0, 0, 0)


def export_catalogue(path: Path, *, signing_key: Path | None = None) -> int:
    """Write the published public models with their READMEs into one file.

    The manifest also says, as `lists`, what a hub that has these models alone serves of each type:
    the `sha256` of the list, and the names that are `left_out` of it.

    In: the file, which is replaced as a whole or not at all, and the PEM file of an Ed25519 private
    key that signs the manifest. Out: how many models are in it. Raises InvalidParameter where the
    key or the file can't be used.
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
        count += 1
    hashes = {name: hashlib.sha256(body).hexdigest() for name, body in sorted(contents.items())}
    told = {"format": FORMAT, "files": hashes, "lists": _lists(models)}
    manifest = json.dumps(told, indent=2).encode() + b"\n"
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
    for model_type, found in sorted(by_type.items()):
        selection = select(model_type, sorted(found, key=lambda model: model.pk))
        lists[model_type] = {
            "sha256": hashlib.sha256(build.joined(selection)).hexdigest(),
            "left_out": sorted(model.name for model, _ in selection.left_out),
        }
    return lists


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidParameter(f"{path} is no private key in PEM format.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidParameter(f"{path} is no Ed25519 key.")
    return key


def _zipped(contents: dict[str, bytes]) -> bytes:
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, body in contents.items():
                archive.writestr(zipfile.ZipInfo(name, _DATE), body, zipfile.ZIP_DEFLATED)
        file.seek(0)
        return file.read()
