"""The file of a backup: a compressed tar archive whose manifest has the digest of each member."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import secrets
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from django.core.files.storage import Storage

from hub.backup.rows import DamagedBackup

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
KEYS: Final = "keys.json"
MEDIA: Final = "media/"
_IN_MEMORY: Final = 4 * 1024 * 1024
_CHUNK: Final = 256 * 1024


class BackupWriter:
    """Adds members to an archive, and counts what it has added.

    Tables that are too large for the memory go through a file in `folder`.
    """

    def __init__(self, archive: tarfile.TarFile, folder: Path) -> None:
        self._archive = archive
        self._folder = folder
        self.digests: dict[str, str] = {}

    def add_lines(self, name: str, lines: Iterable[bytes]) -> int:
        """Add a file of lines, and return how many."""
        count = 0
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self._folder)) as file:
            for line in lines:
                file.write(line)
                count += 1
            size = file.tell()
            file.seek(0)
            self._add(name, file, size)
        return count

    def add_bytes(self, name: str, body: bytes) -> None:
        """Add a small file."""
        self._add(name, io.BytesIO(body), len(body))

    def add_folder(self, prefix: str, folder: Path) -> None:
        """Add the files below a folder that have not been added; one that goes away is left out."""
        for path in sorted(folder.rglob("*")):
            name = prefix + path.relative_to(folder).as_posix()
            if name in self.digests or path.is_symlink():
                continue
            try:
                with path.open("rb") as file:
                    self._add(name, file, os.fstat(file.fileno()).st_size)
            except (FileNotFoundError, IsADirectoryError):
                continue

    def add_objects(self, prefix: str, storage: Storage, path: str) -> None:
        """Add the objects directly below a path of a storage on another machine, which ends with
        "/". Folders there are not the hub's, and one without a name would have itself in it."""
        for name in storage.listdir(path)[1]:
            key = f"{path}{name}"
            if name in {"", ".", ".."} or prefix + key in self.digests:
                continue
            try:
                with storage.open(key) as file:
                    self.add_bytes(prefix + key, file.read())
            except FileNotFoundError:
                continue

    def finish(self, manifest: dict[str, Any]) -> None:
        """Add the manifest, as the last member."""
        content = {"format": FORMAT, **manifest, "digests": self.digests}
        body = json.dumps(content, indent=1).encode()
        self._archive.addfile(_member(MANIFEST, len(body)), io.BytesIO(body))

    def _add(self, name: str, file: Any, size: int) -> None:
        reader = _DigestReader(file)
        self._archive.addfile(_member(name, size), reader)  # type: ignore[arg-type]
        self.digests[name] = reader.digest.hexdigest()


class _DigestReader:
    """A file that computes the digest of what is read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        body = self._file.read(size)
        self.digest.update(body)
        return body


@contextmanager
def writing(path: Path) -> Iterator[BackupWriter]:
    """A context manager that makes an archive; it appears under its name only when complete.

    Raises FileExistsError if the file is already there.
    """
    if path.exists():
        raise FileExistsError(path)
    # SECURITY: in a folder like /tmp somebody may have put a link there, or keep a file open.
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with open(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
                yield BackupWriter(archive, path.parent)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


class BackupReader:
    """A complete archive whose members have been checked against their digests."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        try:
            self.manifest: dict[str, Any] = json.loads(self._open(MANIFEST).read())
            if self.manifest["format"] != FORMAT:
                raise DamagedBackup("The backup has a format that this version can't read.")
            digests = self.manifest["digests"]
            for name, digest in digests.items():
                self._check(name, digest)
        except (KeyError, ValueError, EOFError, OSError, tarfile.TarError) as error:
            raise DamagedBackup(f"This is not a complete backup: {error}") from error
        self.media = [name for name in digests if name.startswith(MEDIA)]
        self.has_keys = KEYS in digests

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a member."""
        return iter(self._open(name))

    def read(self, name: str) -> bytes:
        """A whole member."""
        return self._open(name).read()

    def extract_media(self, folder: Path) -> None:
        """Write the media below a folder."""
        whole = folder.resolve()
        for name in self.media:
            path = (whole / name.removeprefix(MEDIA)).resolve()
            if not path.is_relative_to(whole):
                raise DamagedBackup(f"The backup contains a file with the name {name}.")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.read(name))

    def _open(self, name: str) -> IO[bytes]:
        file = self._archive.extractfile(name)
        if file is None:
            raise KeyError(name)
        return file

    def _check(self, name: str, digest: str) -> None:
        # SECURITY: a name must not lead out of the folder that it is written into.
        path = PurePosixPath(name)
        if path.as_posix() != name or path.is_absolute() or ".." in path.parts:
            raise DamagedBackup(f"The backup contains a file with the name {name}.")
        file, computed = self._open(name), hashlib.sha256()
        while body := file.read(_CHUNK):
            computed.update(body)
        if computed.hexdigest() != digest:
            raise DamagedBackup(f"{name} in the backup has changed since it was made.")


@contextmanager
def reading(path: Path, folder: Path) -> Iterator[BackupReader]:
    """A context manager with the archive, checked. Raises DamagedBackup and OSError.

    It is unpacked into a temporary file in `folder` first: reading here and there in a compressed
    one is slow, and in a container /tmp is memory.
    """
    with tempfile.TemporaryFile(dir=folder) as plain:
        try:
            with gzip.open(path, "rb") as packed:
                shutil.copyfileobj(packed, plain, _CHUNK)
            plain.seek(0)
            archive = tarfile.open(fileobj=plain, mode="r:")
        except (EOFError, gzip.BadGzipFile, zlib.error, tarfile.TarError) as error:
            raise DamagedBackup(f"This is not a complete backup: {error}") from error
        with archive:
            yield BackupReader(archive)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    return member
