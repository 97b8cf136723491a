"""Cache backends that fall back to a cache in each process when the shared cache fails.

SECURITY: rate limits go on counting, each process for itself: in every process, sign-in is refused
after the same number of failures as before, and never allowed because the shared cache is down.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.db import DatabaseError

# Seconds until a cache that failed is asked again: each try may cost a timeout.
PAUSE_SECONDS: Final = 5.0

logger = logging.getLogger(__name__)


class _Outage:
    """The state of the shared cache as this process sees it, for all of its threads."""

    def __init__(self) -> None:
        self.is_known = False
        self.until = 0.0

    @property
    def is_on(self) -> bool:
        """True while the shared cache must not be asked."""
        return time.monotonic() < self.until

    def begin(self) -> None:
        """Remember that the shared cache has failed just now."""
        self.is_known, self.until = True, time.monotonic() + PAUSE_SECONDS

    def end(self) -> None:
        """Remember that the shared cache has answered."""
        self.is_known, self.until = False, 0.0


outage = _Outage()


class _Forgiving(BaseCache):
    """Asks the shared cache, and the process's local cache if that fails."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(location, params)  # type: ignore[call-arg, arg-type] # the other base takes both
        options = {key: value for key, value in params.items() if key != "OPTIONS"}
        self._local = LocMemCache("instead-of-the-shared-cache", options)

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if not outage.is_on:
            try:
                answer = getattr(super(), name)(*args, **kwargs)
            # Clients raise many types if the server is down, or is not Redis.
            except Exception as error:
                if name == "incr" and isinstance(error, ValueError):
                    raise  # the key does not exist
                logger.exception("The cache does not answer; each process uses a local one.")
                outage.begin()
            else:
                if outage.is_known:
                    outage.end()
                    # Its content would be stale when the shared cache fails the next time.
                    self._local.clear()
                return answer
        return getattr(self._local, name)(*args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", *args, **kwargs)

    def get_many(self, keys: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get_many", list(keys), *args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set_many", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("incr", *args, **kwargs)

    def clear(self) -> Any:
        return self._ask("clear")


class ForgivingRedisCache(_Forgiving, RedisCache):
    """The cache in Redis."""


class _StrictDatabaseCache(DatabaseCache):
    """Fixes Django's `add`, which reports a value that could not be written as already present."""

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        for _attempt in range(2):
            if super().add(key, value, *args, **kwargs):
                return True
            if self.has_key(key, kwargs.get("version")):
                return False
            # Another process may have deleted the key in between, but hardly twice.
        raise DatabaseError("The cache can't be written to.")


class ForgivingDatabaseCache(_Forgiving, _StrictDatabaseCache):
    """The cache in the database, for a hub without Redis."""
