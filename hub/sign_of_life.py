"""Whether the workers work: one of them notes the time, and others can ask how long ago that was.

The note is in the cache, which all processes share and which nobody misses when it is emptied. That
it is fresh proves schedule, broker and worker at once.
"""

from __future__ import annotations

import time

from django.core.cache import cache

_KEY = "hub:sign-of-life"
_KEPT_SECONDS = 30 * 86_400


def note() -> None:
    """Note that a worker is at work."""
    cache.set(_KEY, time.time(), _KEPT_SECONDS)


def age_seconds() -> float | None:
    """The time since the last note; None where there is none."""
    noted = cache.get(_KEY)
    return max(0.0, time.time() - noted) if isinstance(noted, float) else None
