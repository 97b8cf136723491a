"""Records which client, folder or server holds which revision of which list.

A record matters much less than a download: for each client, list and revision it is written once
in ten minutes, by a thread of its own, so that a download never waits for a lock and never fails
because of a record.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from hub.later import Later
from hub.request_summary import RequestSummary
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.models import ServerList

logger = logging.getLogger(__name__)

AGAIN_AFTER: Final = 600.0
# Until then, what was observed waits to be written together.
FLUSH_SECONDS: Final = 10.0
# After a failed write (the database is read-only or locked), write nothing for this long.
PAUSE: Final = 60.0
# A client that changes its User-Agent each time must not make each download a write.
MAX_WRITES_A_MINUTE: Final = 120
MAX_REMEMBERED: Final = 5_000
MAX_AGE: Final = timedelta(days=90)
_PRUNE_EVERY: Final = 100

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Holding:
    """A revision that somebody holds, and which part of it, if that was measured.

    `release` is the one whose list it is; empty for the list that names no version. `version` is
    that of the server, if it is known.
    """

    revision: int | None
    share: float | None = None
    release: str = ""
    version: str = ""


class Memory:
    """What this process has recorded recently, and what it has yet to write; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recorded: OrderedDict[Key, tuple[int, float]] = OrderedDict()
        self._waiting: dict[Key, ServerList] = {}
        self._times: deque[float] = deque(maxlen=MAX_WRITES_A_MINUTE)
        self._paused_until = 0.0
        self._flushed = 0
        self._flushing = Later(FLUSH_SECONDS, flush)

    def is_due(self, key: Key, revision: int, now: float) -> bool:
        """Whether to record now; it then counts as recorded."""
        last = self._recorded.get(key)
        if last is not None and last[0] == revision and now - last[1] < AGAIN_AFTER:
            return False
        with self._lock:
            busy = len(self._times) == MAX_WRITES_A_MINUTE and now - self._times[0] < 60.0
            if now < self._paused_until or busy:
                return False
            self._times.append(now)
            self._recorded[key] = (revision, now)
            self._recorded.move_to_end(key)
            if len(self._recorded) > MAX_REMEMBERED:
                self._recorded.popitem(last=False)
        return True

    def add(self, key: Key, row: ServerList) -> None:
        """Have a row written soon."""
        with self._lock:
            self._waiting[key] = row
        self._flushing.ask()

    def take(self) -> dict[Key, ServerList]:
        """The rows to write, in one order for all processes, or two deadlock."""
        with self._lock:
            rows, self._waiting = self._waiting, {}
        return dict(sorted(rows.items()))

    def failed(self, keys: Collection[Key], now: float) -> None:
        """Forget records that could not be written, and pause recording."""
        with self._lock:
            for key in keys:
                self._recorded.pop(key, None)
            self._paused_until = now + PAUSE

    def should_prune(self) -> bool:
        """Whether to prune old rows now: at the first flush, then at every hundredth."""
        with self._lock:
            self._flushed += 1
            return self._flushed % _PRUNE_EVERY == 1


def record_download(
    asked: RequestSummary,
    model_type: str,
    revision: int,
    user_name: str = "",
    *,
    release: str = "",
) -> None:
    """Record that a client holds the revision of a list that it was just sent, or that a 304
    confirmed. `user_name` is the user whose token it sent, `release` the one whose list it is."""
    if not settings.ENV.fleet or asked.method != "GET" or not revision:
        return
    place = asked.client_address
    if place is None:
        return
    agent = short_agent(asked.header("User-Agent", ""))
    key = (model_type, place, agent, user_name)
    if not memory.is_due(key, revision, time.monotonic()):
        return
    row = ServerList(
        how=ServerList.How.DOWNLOAD,
        place=place,
        agent=agent,
        user_name=user_name,
        model_type=model_type,
        revision=revision,
        release=release,
    )
    memory.add(key, row)


def flush() -> None:
    """Write what this process has recorded; database errors are only logged."""
    rows = memory.take()
    if not rows:
        return
    try:
        _write(rows.values())
        if memory.should_prune():
            prune()
    except DatabaseError as error:
        memory.failed(rows.keys(), time.monotonic())
        logger.warning("%s downloads could not be recorded: %s", len(rows), error)


memory = Memory()
# What can't be written when a process ends is lost.
atexit.register(flush)


def record_holdings(how: ServerList.How, place: str, holdings: dict[str, Holding]) -> None:
    """Record what a folder or a server holds: type → revision, if it is known.

    Database errors are only logged: the list is installed all the same.
    """
    if not settings.ENV.fleet:
        return
    rows = [
        ServerList(
            how=how,
            place=place[-300:],
            model_type=model_type,
            revision=holding.revision,
            share=holding.share,
            release=holding.release,
            version=holding.version[:40],
        )
        for model_type, holding in holdings.items()
    ]
    try:
        _write(rows)
    except DatabaseError as error:
        logger.warning("The lists of %s could not be recorded: %s", place, error)


def max_rows() -> int:
    """How many records there is room for: each server may hold a list of each type."""
    return int(settings.ENV.fleet_servers) * len(MODEL_TYPES)


def prune() -> None:
    """Delete old records, and the oldest if there are too many; all of them with HUB_FLEET=0."""
    if not settings.ENV.fleet:
        ServerList.objects.all().delete()
        return
    ServerList.objects.filter(seen_at__lt=timezone.now() - MAX_AGE).delete()
    oldest = ServerList.objects.order_by("-seen_at").values_list("seen_at", flat=True)
    room = max_rows()
    if (limit := oldest[room : room + 1].first()) is not None:
        ServerList.objects.filter(seen_at__lte=limit).delete()


def short_agent(header: str) -> str:
    """The product in a User-Agent header, such as "python-requests/2.32.3"."""
    product = header.replace("\x00", "").strip().partition(" ")[0]
    return product[:60]


def _write(rows: Collection[ServerList]) -> None:
    with transaction.atomic():
        ServerList.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["how", "place", "agent", "user_name", "model_type"],
            update_fields=["revision", "share", "release", "version", "seen_at"],
        )
