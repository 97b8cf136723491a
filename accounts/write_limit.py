"""How many writes a person may send through the API in a minute."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from accounts.errors import TooManyWrites
from accounts.models import User

WINDOW_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class WriteAllowance:
    """What is left of a person's writes in this minute; `reset` is the seconds until the next."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers of draft-ietf-httpapi-ratelimit-headers-06, which most clients know."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


def count_write(request: HttpRequest, user: User) -> None:
    """Count one write of the person, and leave on the request what the answer's headers say.

    All tokens of a person count together. Raises TooManyWrites.
    """
    now = time.time()
    window = int(now // WINDOW_SECONDS)
    key = f"api-writes:{user.pk}:{window}"
    limit = settings.API_WRITES_PER_MINUTE
    cache.add(key, 0, 2 * WINDOW_SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:
        # The cache was emptied in between.
        count = 1
    reset = max(1, round((window + 1) * WINDOW_SECONDS - now))
    allowance = WriteAllowance(limit, max(0, limit - count), reset)
    request.write_allowance = allowance  # type: ignore[attr-defined]
    if count > limit:
        raise TooManyWrites("too_many_writes", limit=limit, retry_after=reset)
