"""`python -m hub.secret_key`: makes the key for `make run`, unless there is one.

It reads HUB_VAR_DIR as the hub does; make would interpret a `$` or a space in it.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from hub import env, var_folder


def ensure(base_dir: Path) -> None:
    """Write a file with a key, which only its owner may read, into the folder of all state."""
    path = env.var_dir(os.environ, base_dir) / env.SECRET_KEY_FILE
    var_folder.open_folder(path.parent)
    if path.is_file() and path.stat().st_size:
        return
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(60) + "\n")


if __name__ == "__main__":
    try:
        ensure(Path(__file__).resolve().parent.parent)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
