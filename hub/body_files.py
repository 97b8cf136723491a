"""Large answers as files, which the web server reads and sends by itself.

Each piece of a body that Python sends waits for the event loop: of 32 clients the slowest waited
five times as long as nginx's. Decision 41 has the figures.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
from collections import OrderedDict
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

MOST_FILES: Final = 32
_MOST_BYTES: Final = 128 * 1024 * 1024


class BodyFiles:
    """The files of a process, in a temporary folder that nobody else can write to.

    One for each content and coding, however many addresses have it. Those that were sent longest
    ago go first: the server opens a file some milliseconds after it was told to send it.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        # By ETag.
        self._files: OrderedDict[str, tuple[Path, int]] = OrderedDict()

    def path(self, etag: str) -> str | None:
        """The file of a content; None if it has no file, or a cleaner of /tmp has taken it."""
        if etag not in self._files:
            return None
        self._files.move_to_end(etag)
        path, size = self._files[etag]
        with suppress(OSError):
            if os.stat(path).st_size == size:
                return str(path)
        return None

    async def add(self, etag: str, body: bytes, threads: Executor) -> None:
        """Write the file of a content; without one, if the disk is full, it is sent in pieces."""
        if etag in self._files:
            return
        try:
            # Not in the threads: two of them would make two folders.
            if self._folder is None or not self._folder.is_dir():
                self._folder = Path(tempfile.mkdtemp(prefix="hub-answers-"))
            loop = asyncio.get_running_loop()
            path = await loop.run_in_executor(threads, _written, self._folder, body)
        except OSError:
            logger.warning("A large answer can't be written to a file.", exc_info=True)
            return
        if etag in self._files:
            path.unlink(missing_ok=True)
            return
        self._files[etag] = (path, len(body))
        while len(self._files) > MOST_FILES or self._bytes() > _MOST_BYTES:
            _, (oldest, _size) = self._files.popitem(last=False)
            oldest.unlink(missing_ok=True)

    def _bytes(self) -> int:
        return sum(size for _path, size in self._files.values())

    def close(self) -> None:
        """Remove all files. Who reads one already, reads it to its end."""
        self._files.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _written(folder: Path, body: bytes) -> Path:
    number, name = tempfile.mkstemp(dir=folder)
    with open(number, "wb") as file:
        file.write(body)
    return Path(name)
