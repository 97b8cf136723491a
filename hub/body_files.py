"""Large answers as files, which the web server reads and sends by itself.

Each piece of a body that Python sends waits for the event loop: of 32 clients the slowest waited
five times as long as nginx's. Decision 41 has the figures.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections import deque
from contextlib import suppress
from typing import Final

logger = logging.getLogger(__name__)

# The server opens a file some time after it was told to send it, which is milliseconds at most.
_LEAVES_AFTER: Final = 60.0


class BodyFile:
    """A temporary file with a body; it is removed when nothing refers to it."""

    def __init__(self, body: bytes) -> None:
        """Raises OSError if the file can't be written."""
        self._file = tempfile.NamedTemporaryFile(prefix="hub-answer-")
        self._file.write(body)
        self._file.flush()
        self._size = len(body)

    @classmethod
    def of(cls, body: bytes) -> BodyFile | None:
        """The file of a body; None if the disk is full, and the body must be sent in pieces."""
        try:
            return cls(body)
        except OSError:
            logger.warning("A large answer can't be written to a file.", exc_info=True)
            return None

    @property
    def path(self) -> str | None:
        """Where it is; None if somebody has removed or cut it, such as a cleaner of /tmp."""
        with suppress(OSError):
            if os.stat(self._file.name).st_size == self._size:
                return self._file.name
        return None

    def close(self) -> None:
        """Remove the file. Who reads it already, reads it to its end."""
        # Somebody may have removed it before.
        with suppress(OSError):
            self._file.close()


class LeavingFiles:
    """Files of answers that are not given any more, kept until the server has opened them."""

    def __init__(self) -> None:
        self._files: deque[tuple[float, BodyFile]] = deque()

    def add(self, file: BodyFile) -> None:
        """Remove a file later, with the first that is added after its time."""
        now = time.monotonic()
        while self._files and self._files[0][0] < now - _LEAVES_AFTER:
            self._files.popleft()[1].close()
        self._files.append((now, file))

    def close(self) -> None:
        """Remove all of them."""
        while self._files:
            self._files.pop()[1].close()
