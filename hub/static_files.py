"""Collects static files, only if one of them has changed."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.storage import Storage
from django.core.management import call_command

# Files of installed packages that no page loads: the editor's languages, themes and key bindings
# except those for JSON.
UNUSED = [
    "mode-[!j]*", "mode-j[!s]*", "mode-js[!o]*", "theme-*", "keybinding-*", "worker-*",
    "snippets", "ext-[!ls]*",
]  # fmt: skip


def collect(digest: str) -> None:
    """Collect all files, whose digest `outdated` has computed."""
    stamp = _stamp()
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
    stamp.write_text(digest, encoding="utf-8")


def outdated() -> str | None:
    """The digest of this version's files if one is missing or is another; None if all are there."""
    digest = _digest()
    return None if _read(_stamp()) == digest and _is_complete() else digest


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / ".collected"


def _digest() -> str:
    """A digest of all files, and of the packages that process them."""
    digest = hashlib.sha256()
    for package in ("django", "whitenoise", "brotli"):
        digest.update(f"{package} {version(package)}\n".encode())
    digest.update(repr(UNUSED).encode())
    storage: Storage
    for finder in get_finders():
        for path, storage in finder.list(UNUSED):
            digest.update(f"\n{path}\n".encode())
            with storage.open(path) as file:
                digest.update(file.read())
    return digest.hexdigest()


def _is_complete() -> bool:
    """True if each file of the manifest exists."""
    root = Path(settings.STATIC_ROOT)
    try:
        paths = json.loads((root / "staticfiles.json").read_bytes())["paths"]
    except (OSError, ValueError, KeyError):
        return False
    return all((root / path).is_file() for path in paths.values())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
