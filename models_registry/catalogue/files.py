"""Writes files atomically."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from models_registry.errors import InvalidParameter


def write_whole(path: Path, body: bytes) -> None:
    """Write a file atomically: to a temporary file beside it, then renamed.

    Raises InvalidParameter if it can't be written.
    """
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
        raise InvalidParameter("file_not_written", path=path, strerror=error.strerror) from error
