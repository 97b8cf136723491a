"""`pypi:xinference==X`: a released Xinference wheel from pip's package index.

Only the JSON in the wheel is read; nothing is installed or run.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from models_registry.definitions.json_text.messages import Message
from models_registry.definitions.upstream_files.layouts import not_text
from models_registry.errors import SourceUnavailable
from models_registry.sync.sources.tree import (
    MAX_FILE_BYTES,
    MAX_FILES,
    TOO_LARGE,
    Progress,
    SourceTree,
    is_catalogue_path,
    silent,
)

# A project's name and at most one exact version, so that pip can't take it for an option.
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(==[A-Za-z0-9][A-Za-z0-9._+!-]*)?")
DOWNLOAD_SECONDS = 600


def read_wheel(requirement: str, progress: Progress = silent) -> SourceTree:
    """Download a wheel with pip, as pip is configured here, and read the catalogue in it.

    The requirement is one like "xinference==4.1.0". Raises SourceUnavailable with pip's message if
    the index can't be reached or has no such wheel.
    """
    if not _REQUIREMENT.fullmatch(requirement):
        raise SourceUnavailable("package_version_is_not_exact", requirement=repr(requirement))
    with tempfile.TemporaryDirectory(prefix="catalogue-") as folder:
        progress(0, 0, f"Downloading {requirement}")
        _download(requirement, folder)
        wheels = sorted(Path(folder).glob("*.whl"))
        if not wheels:
            raise SourceUnavailable("package_has_no_wheel", requirement=requirement)
        files, unreadable = _read(wheels[0])
        return SourceTree(label=f"pypi:{requirement}", files=files, unreadable=unreadable)


def _download(requirement: str, folder: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"]
    command += ["--timeout", "15", "--dest", folder, "--", requirement]
    try:
        process = subprocess.run(
            command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SourceUnavailable(
            "package_download_timed_out",
            requirement=requirement,
            download_seconds=DOWNLOAD_SECONDS,
        ) from error
    if process.returncode != 0:
        errors = [line for line in process.stderr.splitlines() if line.startswith("ERROR")]
        message = " ".join((errors or process.stderr.splitlines() or ["pip said nothing."])[-2:])
        raise SourceUnavailable(
            "package_download_failed", requirement=requirement, said=message[:500]
        )


def _read(wheel: Path) -> tuple[dict[str, str], dict[str, Message]]:
    """The texts of the model files in a wheel, and why some of them can't be read."""
    files: dict[str, str] = {}
    unreadable: dict[str, Message] = {}
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [
                member for member in archive.infolist() if is_catalogue_path(member.filename)
            ]
            if len(members) > MAX_FILES:
                raise SourceUnavailable(
                    "package_has_too_many_files", name=wheel.name, max_files=MAX_FILES
                )
            for member in members:
                if member.file_size > MAX_FILE_BYTES:
                    unreadable[member.filename] = TOO_LARGE
                    continue
                try:
                    files[member.filename] = archive.read(member).decode("utf-8")
                except UnicodeDecodeError as error:
                    unreadable[member.filename] = not_text(error.start)
    except zipfile.BadZipFile as error:
        raise SourceUnavailable("package_unreadable", name=wheel.name, error=error) from error
    return files, unreadable
