"""The folder of all state is private: database, sessions, mail, keys and the broker's messages.

The folder itself is closed to other users of the machine at every start of any process; what is in
it is closed by `prepare` and `serve`, so that a copy of a file is private, too.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

PRIVATE_UMASK = 0o077
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LOCK = "serve.lock"
# Of the processes that no supervisor has started. Many may share it, also beside a supervisor.
_PROCESSES_LOCK = "processes.lock"
# Held while `serve` prepares the folder.
_PREPARING_LOCK = "preparing.lock"
# What only a hub leaves in its folder.
_OWN = ("hub.sqlite3", "secret_key", "celerybeat-schedule", _LOCK, "static/.collected")


class FolderInUse(Exception):
    """Another hub is served from the folder; the text says which."""


def open_folder(folder: Path) -> None:
    """Create the folder, and close it to everybody but its owner.

    Raises ImproperlyConfigured for one that others may read and that has only what is not the
    hub's: somebody may have named /srv or their home.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _is_open(folder) and _is_foreign(folder):
        raise ImproperlyConfigured(
            f"HUB_VAR_DIR is {folder}, where other things are. The hub closes its folder to other "
            "users: name one of its own, which may be missing or empty. If this is the hub's, "
            f"run: chmod 700 {shlex.quote(str(folder))}"
        )
    _close(folder)


def make_private(folder: Path) -> int:
    """Close everything in the folder to others, now and for files that this process will create.

    Returns how many files and folders were open. Those of another owner stay as they are; the
    doctor names them.
    """
    os.umask(PRIVATE_UMASK)
    return sum(_close(path) for path in open_to_others(folder))


def open_to_others(folder: Path) -> Iterator[Path]:
    """The folder and what is in it, where users of the machine besides the owner have rights."""
    if _is_open(folder):
        yield folder
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            if _is_open(path):
                yield path


def lock(folder: Path, what: str) -> int:
    """Reserve the folder for this process until it ends; returns the open file.

    `what` describes the process for a later caller. Raises FolderInUse. The system releases the
    lock when the process dies, however it dies.
    """
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.read(descriptor, 300).decode(errors="replace").strip()
        os.close(descriptor)
        raise FolderInUse(other or "another process") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, what.encode(), 0)
    return descriptor


def share(folder: Path) -> None:
    """Note that this process uses the folder until it ends, also after an exec.

    Raises FolderInUse while somebody has it for themselves.
    """
    try:
        descriptor = os.open(folder / _PROCESSES_LOCK, os.O_RDONLY | os.O_CREAT, 0o600)
    except OSError:
        return  # a full or read-only disk, on which reading goes on and nobody can restore
    _flock(descriptor, fcntl.LOCK_SH, "a process that restores a backup")
    os.set_inheritable(descriptor, True)


@contextmanager
def preparing(folder: Path) -> Iterator[None]:
    """Inside, web servers that this process has started wait before they answer anything."""
    with (folder / _PREPARING_LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def wait_until_prepared(folder: Path) -> None:
    """Wait for a supervisor that is preparing the folder. The system ends its lock with it."""
    try:
        with (folder / _PREPARING_LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH)
    except OSError:
        pass  # nobody prepares it


def lock_alone(folder: Path, what: str) -> None:
    """As `lock`, and no process may share the folder either."""
    lock(folder, what)
    descriptor = os.open(folder / _PROCESSES_LOCK, os.O_RDONLY | os.O_CREAT, 0o600)
    _flock(descriptor, fcntl.LOCK_EX, "a process of `manage.py serve --only`")


def _flock(descriptor: int, kind: int, other: str) -> None:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise FolderInUse(other) from None


def _is_foreign(folder: Path) -> bool:
    """True if something is in the folder, and nothing of a hub."""
    # What a new disk has.
    names = {path.name for path in folder.iterdir()} - {"lost+found"}
    return bool(names) and not any((folder / name).exists() for name in _OWN)


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False  # it has just been deleted
    return not stat.S_ISLNK(mode) and bool(mode & _OTHERS)


def _close(path: Path) -> bool:
    if not _is_open(path):
        return False
    try:
        path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~_OTHERS)
    except OSError:
        return False  # another owner, or a read-only disk
    return True
