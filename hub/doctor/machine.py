"""The machine: room on the disk, who may read the state, and the clock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import islice

from django.conf import settings

from hub import var_folder
from hub.doctor.findings import Finding, ok, warning, wrong

_MEGABYTE = 1024 * 1024
_LITTLE, _TOO_LITTLE = 1024 * _MEGABYTE, 100 * _MEGABYTE
_SHOWN = 3


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
