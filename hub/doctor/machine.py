"""The machine: room on the disk, who may read the state, and the place of uploads."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from itertools import islice

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.errors import DomainError
from hub import bucket_owner, var_folder
from hub.doctor.findings import Finding, ok, warning, wrong
from hub.doctor.services import is_answer
from models_registry.http.fetch import fetch

_MEGABYTE = 1024 * 1024
_LITTLE, _TOO_LITTLE = 1024 * _MEGABYTE, 100 * _MEGABYTE
_SHOWN = 3
_FETCH_SECONDS = 5.0


def disk() -> Iterator[Finding]:
    """Whether state can be written, and the room for it."""
    folder = settings.VAR_DIR
    if not os.access(folder, os.W_OK | os.X_OK):
        yield wrong(
            "disk",
            "The folder of all state can't be written to.",
            "Give the hub's user the right to write to HUB_VAR_DIR.",
        )
        return
    free = shutil.disk_usage(folder).free
    files = os.statvfs(folder)
    room = f"{free // _MEGABYTE:,} MB are free in the folder of all state."
    advice = "Make room on the disk of HUB_VAR_DIR, or move it to a larger one."
    if free < _TOO_LITTLE or (files.f_files and files.f_favail < 1000):
        yield wrong("disk", f"The disk is full: {room}", advice)
    elif free < _LITTLE:
        yield warning("disk", room, advice)
    else:
        yield ok("disk", room)


def rights() -> Iterator[Finding]:
    """Whether users of the machine besides the hub's own can read the state."""
    folder = settings.VAR_DIR
    open_paths = list(islice(var_folder.open_to_others(folder), 1000))
    if folder in open_paths:
        yield wrong(
            "file rights",
            "Every user of this machine can look into the folder of all state.",
            f"Make the hub's user its owner, and run `chmod -R go= {folder}`.",
        )
    elif open_paths:
        names = ", ".join(str(path.relative_to(folder)) for path in open_paths[:_SHOWN])
        more = ", …" if len(open_paths) > _SHOWN else ""
        yield warning(
            "file rights",
            f"Copies of these files would be readable by others: {names}{more}",
            "Run `manage.py prepare` as the hub's user.",
        )
    else:
        yield ok("file rights", "Only the hub's user can read the folder of all state.")


def uploads() -> Iterator[Finding]:
    """Whether pictures can be stored and read again, and by the hub only."""
    if not settings.ENV.s3_bucket:
        yield ok("uploads", "Uploads are in the folder of all state.")
        return
    body = secrets.token_bytes(16)
    try:
        name = default_storage.save(f"doctor/{secrets.token_hex(12)}", ContentFile(body))
        try:
            with default_storage.open(name) as file:
                is_same = file.read() == body
            is_open = _is_open_to_everybody(default_storage.url(name).partition("?")[0])
            is_foreign = bucket_owner.is_another_hub()
        finally:
            default_storage.delete(name)
    except OSError as error:
        text = f"An object can't be written, read and removed. {error}"
        yield wrong("uploads", text, "Compare HUB_S3_… with the bucket and the rights of the key.")
        return
    if is_foreign:
        text = "Another hub uses this bucket, or this one has moved: no picture is deleted in it."
        advice = (
            "Set HUB_S3_PREFIX or HUB_S3_BUCKET to a place of this hub's own. If no other hub uses "
            "it, remove the object `owner` below HUB_S3_PREFIX."
        )
        yield warning("uploads", text, advice)
    elif not is_same:
        text = "The bucket gives back something else than was stored."
        yield wrong("uploads", text, "Compare HUB_S3_ENDPOINT with the address of the storage.")
    elif is_open:
        text = "Everybody who knows an object's address can read the bucket."
        yield warning("uploads", text, "Block public access to the bucket: the hub serves uploads.")
    elif is_open is None:
        text = "Whether everybody can read the bucket could not be checked."
        advice = "Open the way from this machine to the bucket, or ask for an object without a key."
        yield warning("uploads", text, advice)
    else:
        yield ok("uploads", "The bucket stores, gives and removes objects, for the hub only.")


def _is_open_to_everybody(address: str) -> bool | None:
    """Whether the object is given without a key; None if nobody says so."""
    try:
        fetch(address, allowed_hosts=[address], max_bytes=1000, timeout=_FETCH_SECONDS)
    except DomainError as error:
        return False if is_answer(error) else None
    return True
