"""A kombu transport that keeps messages in a folder: the broker of a hub without Redis.

It works like a Maildir. A message is written under a temporary name and then renamed into `new`,
so that no reader sees a partial file. A consumer takes it by a rename into its folder in `taken`,
and removes it when the task is acknowledged. Each consumer holds a lock on its folder; the system
releases the lock when the process dies, and the next reader moves what is left back to `new`.
A file that Celery can't use as a message, and a message whose consumers died three times, go to
`unreadable`. If the disk is full, publishing raises kombu's OperationalError, and consumers wait.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import shutil
import sys
import time
import uuid
from collections import deque
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import virtual

logger = logging.getLogger(__name__)

_QUEUE = re.compile(r"[A-Za-z0-9_-]+")
# How often a consumer looks for messages of dead consumers, and logs that the folder fails.
_RECLAIM_SECONDS = 5.0
_LOG_SECONDS = 60.0
_BUSY_SECONDS = 0.005
# A file name ends with how many consumers died with the message; from this count on, the message
# is the likely cause.
_MOST_DEATHS = 3


class QueueFolder:
    """One queue, as one process uses it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._names: deque[str] = deque()
        self._own: Path | None = None
        self._lock: int | None = None
        self._reclaim_at = 0.0

    def put(self, body: str) -> None:
        """Add a message. Raises OSError if the folder can't be written to."""
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex}.0"
        for folder in ("writing", "new"):
            (self.path / folder).mkdir(parents=True, exist_ok=True)
        partial = self.path / "writing" / name
        try:
            partial.write_text(body, encoding="utf-8")
            partial.rename(self.path / "new" / name)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise

    def take(self) -> Path | None:
        """Take the oldest message for this process: its path, or None if the queue is empty."""
        if time.monotonic() >= self._reclaim_at:
            self._reclaim_at = time.monotonic() + _RECLAIM_SECONDS
            self._reclaim()
        if not self._names:
            self._names.extend(sorted(self._list("new")))
        while self._names:
            name = self._names.popleft()
            taken = self._own_folder() / name
            try:
                (self.path / "new" / name).rename(taken)
            except FileNotFoundError:
                continue  # another consumer was faster
            return taken
        return None

    def set_aside(self, path: Path) -> None:
        """Move a file that is invalid or kills workers to `unreadable`, for people to examine."""
        folder = self.path / "unreadable"
        folder.mkdir(exist_ok=True)
        path.rename(folder / path.name)
        logger.error("A message can't be used and was moved aside: %s", folder / path.name)

    def give_back(self) -> None:
        """Return all messages that this process has taken, and stop being a consumer."""
        if self._own is not None:
            self._return_from(self._own, died=sys.exc_info()[0] is not None)
        if self._lock is not None:
            os.close(self._lock)
        self._own = self._lock = None

    def size(self) -> int:
        return len(self._list("new"))

    def purge(self) -> int:
        names = self._list("new")
        for name in names:
            (self.path / "new" / name).unlink(missing_ok=True)
        return len(names)

    def _list(self, folder: str) -> list[str]:
        try:
            return os.listdir(self.path / folder)
        except FileNotFoundError:
            return []

    def _own_folder(self) -> Path:
        """This process's folder in `taken`. Others see it only after it is locked (no race)."""
        if self._own is None or not self._own.is_dir():
            self.give_back()
            name = uuid.uuid4().hex
            hidden, folder = self.path / "taken" / f".{name}", self.path / "taken" / name
            hidden.mkdir(parents=True)
            lock = os.open(hidden / ".lock", os.O_CREAT | os.O_RDWR)
            fcntl.flock(lock, fcntl.LOCK_EX)
            hidden.rename(folder)
            self._own, self._lock = folder, lock
        return self._own

    def _reclaim(self) -> None:
        """Put back the messages of consumers whose processes have died."""
        for name in self._list("taken"):
            folder = self.path / "taken" / name
            if name.startswith(".") or folder == self._own:
                continue
            try:
                lock = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._return_from(folder, died=True)
            except BlockingIOError:
                continue
            finally:
                os.close(lock)

    def _return_from(self, folder: Path, *, died: bool) -> None:
        with suppress(FileNotFoundError):
            for name in os.listdir(folder):
                if name == ".lock":
                    continue
                stem, _, deaths = name.rpartition(".")
                count = (int(deaths) if deaths.isdecimal() else 0) + died
                if count >= _MOST_DEATHS:
                    self.set_aside(folder / name)
                else:
                    (folder / name).rename(self.path / "new" / f"{stem}.{count}")
            shutil.rmtree(folder)


class Channel(virtual.Channel):
    """Consumers must acknowledge. Fanout is missing, so remote control of workers is off."""

    # A message that was not acknowledged is still a file; give_back returns it.
    do_restore = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._folders: dict[str, QueueFolder] = {}
        self._taken: dict[str, Path] = {}
        self._log_at = 0.0

    def _folder(self, queue: str) -> QueueFolder:
        if not _QUEUE.fullmatch(queue):
            raise ValueError(f"{queue!r} is not a valid name of a queue.")
        if queue not in self._folders:
            options: dict[str, Any] = self.connection.client.transport_options  # type: ignore[union-attr,assignment]
            root = Path(options["folder"])
            self._folders[queue] = QueueFolder(root / queue)
        return self._folders[queue]

    def _put(self, queue: str, message: dict[str, Any], **options: Any) -> None:
        self._folder(queue).put(json.dumps(message))

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        folder = self._folder(queue)
        try:
            while (path := folder.take()) is not None:
                if (message := self._read(path)) is not None:
                    self._taken[message["properties"]["delivery_tag"]] = path
                    return message
                folder.set_aside(path)
        except OSError as error:
            if time.monotonic() >= self._log_at:
                self._log_at = time.monotonic() + _LOG_SECONDS
                logger.error("The broker's folder can't be used; tasks wait: %s", error)
        raise Empty

    def _read(self, path: Path) -> dict[str, Any] | None:
        """The message, or None if Celery can't handle it: it would end the worker."""
        try:
            payload: dict[str, Any] = json.loads(path.read_bytes())
            message = self.Message(payload, channel=self)
            arguments, named, _options = json.loads(message.body or "")
            texts = (message.delivery_tag, message.headers["task"], message.headers["id"])
            usable = (
                isinstance(arguments, list)
                and isinstance(named, dict)
                and isinstance(message.delivery_info, dict)
                and all(isinstance(text, str) for text in texts)
                and message.content_type == "application/json"
            )
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - an invalid message may raise anything
            return None
        return payload if usable else None

    def drain_events(self, timeout: float | None = None, callback: Any = None) -> Any:
        """Wait here while the prefetch limit is reached: this reacts sooner than the next poll."""
        until = time.monotonic() + FolderTransport.polling_interval
        while not self.qos.can_consume() and time.monotonic() < until:
            time.sleep(_BUSY_SECONDS)
        return super().drain_events(timeout=timeout, callback=callback)

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        super().basic_ack(delivery_tag, multiple)
        self._forget(delivery_tag)

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        super().basic_reject(delivery_tag, requeue)
        self._forget(delivery_tag)

    def _forget(self, delivery_tag: str) -> None:
        if (path := self._taken.pop(delivery_tag, None)) is not None:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                logger.error("A finished task will run again: %s", error)

    def close(self) -> None:
        super().close()
        for folder in self._folders.values():
            with suppress(OSError):
                folder.give_back()

    def _size(self, queue: str) -> int:
        return self._folder(queue).size()

    def _purge(self, queue: str) -> int:
        return self._folder(queue).purge()


class FolderTransport(virtual.Transport):
    """The kombu transport; settings name the folder in its options."""

    Channel = Channel
    connection_errors = (OSError,)
    channel_errors = ()
    driver_type = driver_name = "folder"
    default_port = 0
    # Seconds between two polls of an empty queue.
    polling_interval = 0.25

    def driver_version(self) -> str:
        return "1"
