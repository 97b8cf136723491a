"""Single values from outside that the hub stores: what a database can't hold counts as unknown.

SECURITY: anybody can have written them. A value that gets through here can be written to SQLite and
to PostgreSQL, and be read again.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from django.utils import timezone

# The sum over all repositories of a model still fits into 64 bits.
MAX_COUNT: Final = 2**53
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks differ.
_AHEAD: Final = timedelta(days=1)
# PostgreSQL holds no NUL, and UTF-8 no half of a surrogate pair.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
# It is sent back in a header, so it must be one.
_ETAG: Final = re.compile(r"[\x21-\x7e]{1,300}")


def storable(text: str) -> str:
    """The text with U+FFFD in place of what no database holds."""
    return _UNSTORABLE.sub("\ufffd", text)


def count(value: object) -> int | None:
    """A number of bytes or of people; None for what can't be one."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if isinstance(value, int) and is_number and 0 <= value <= MAX_COUNT else None


def moment(value: object) -> datetime | None:
    """A time in UTC, from ISO 8601 or Unix seconds; None for one that nobody can have seen."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            # A time without a zone is in UTC; one at the end of the calendar has no UTC.
            found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        elif isinstance(value, int) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value, tz=UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found if _EARLIEST <= found <= timezone.now() + _AHEAD else None


def etag(header: str) -> str:
    """An ETag that can be sent back; empty for any other."""
    return header if _ETAG.fullmatch(header) else ""
