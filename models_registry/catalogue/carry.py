"""The catalogue outside of the hub: as one file for another hub, as lists in a server's folder."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from models_registry.catalogue import build
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.layouts import split_path
from models_registry.errors import InvalidParameter
from models_registry.models import CatalogueList, RegisteredModel
from models_registry.sources.bundle import FORMAT, MANIFEST, SIGNATURE

# The earliest date that a zip archive can hold: the same catalogue gives the same bytes.
_DATE: Final = (1980, 1, 1, 0, 0, 0)
# Where a server keeps what it downloaded (core/worker.py of Xinference 4.1.0), below its home.
_LIST_PATH: Final = "model/v2/builtin/{type}/{type}_models.json"


def export_catalogue(path: Path, *, signing_key: Path | None = None) -> int:
    """Write the published public models with their READMEs into one file.

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
    manifest = json.dumps({"format": FORMAT, "files": hashes}, indent=2).encode() + b"\n"
    sealed = {MANIFEST: manifest}
    if signing_key is not None:
        sealed[SIGNATURE] = _key(signing_key).sign(manifest)
    _write_whole(path, _zipped({**sealed, **contents}))
    return count


def install_lists(home: Path, *, only_types: Collection[str] = ()) -> dict[str, int]:
    """Write the lists into the folder of an Xinference server, as its Update would.

    In: the server's XINFERENCE_HOME and the types to write (none: all). Out: models by type. Each
    file is replaced as a whole: a server that reads meanwhile sees the old list or the new one. A
    type without a model is passed over, since an empty list would take the server's own away.
    Raises InvalidParameter where the folder is not there or can't be written.
    """
    if not home.is_dir():
        raise InvalidParameter(f"There is no folder {home}. Name the server's XINFERENCE_HOME.")
    build.rebuild_stale()
    written: dict[str, int] = {}
    for listing in CatalogueList.objects.filter(model_type__in=only_types or MODEL_TYPES):
        if listing.model_count:
            path = home / _LIST_PATH.format(type=listing.model_type)
            _write_whole(path, bytes(listing.body))
            written[listing.model_type] = listing.model_count
    return written


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


def _write_whole(path: Path, body: bytes) -> None:
    """Write a file beside its place and move it there when all of it is on the disk."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InvalidParameter(f"{path} can't be written: {error.strerror}.") from error
