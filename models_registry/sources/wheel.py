"""`pypi:xinference==X`: a released Xinference wheel, from pip's package index.

Only the JSON in the wheel is read; nothing of it is installed or run.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from models_registry.errors import SourceUnavailable
from models_registry.sources.tree import (
    MAX_FILE_BYTES,
    MAX_FILES,
    Progress,
    SourceTree,
    is_catalogue_path,
    silent,
)

# A project's name, then at most one exact version: nothing that pip could take for an option.
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(==[A-Za-z0-9][A-Za-z0-9._+!-]*)?")
DOWNLOAD_SECONDS = 600


def read_wheel(requirement: str, progress: Progress = silent) -> SourceTree:
    """Download a wheel with pip, as pip is configured here, and read the catalogue in it.

    In: a requirement such as "xinference==4.1.0". Out: its files. Raises SourceUnavailable, with
    what pip said, where the index can't be reached or has no such wheel.
    """
    if not _REQUIREMENT.fullmatch(requirement):
        raise SourceUnavailable(
            f"{requirement!r} is not a package with an exact version, such as xinference==4.1.0."
        )
    with tempfile.TemporaryDirectory(prefix="catalogue-") as folder:
        progress(0, 0, f"Downloading {requirement}")
        _download(requirement, folder)
        wheels = sorted(Path(folder).glob("*.whl"))
        if not wheels:
            raise SourceUnavailable(f"The package index has no wheel of {requirement}.")
        files, unreadable = _read(wheels[0])
        return SourceTree(label=f"pypi:{requirement}", files=files, unreadable=unreadable)


def _download(requirement: str, folder: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"]
    command += ["--timeout", "15", "--dest", folder, "--", requirement]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SourceUnavailable(
            f"Downloading {requirement} took longer than {DOWNLOAD_SECONDS} seconds."
        ) from error
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        said = " ".join((errors or done.stderr.splitlines() or ["pip said nothing."])[-2:])
        raise SourceUnavailable(
            f"{requirement} can't be downloaded from the package index. pip says: {said[:500]}"
        )


def _read(wheel: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of the model files in a wheel, and why some of them can't be read."""
    files: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [m for m in archive.infolist() if is_catalogue_path(m.filename)]
            if len(members) > MAX_FILES:
                raise SourceUnavailable(f"{wheel.name} has more than {MAX_FILES} model files.")
            for member in members:
                if member.file_size > MAX_FILE_BYTES:
                    unreadable[member.filename] = f"It is larger than {MAX_FILE_BYTES} bytes."
                    continue
                try:
                    files[member.filename] = archive.read(member).decode("utf-8")
                except UnicodeDecodeError as error:
                    unreadable[member.filename] = f"It is not UTF-8 text (byte {error.start})."
    except zipfile.BadZipFile as error:
        raise SourceUnavailable(f"{wheel.name} can't be read: {error}.") from error
    return files, unreadable
