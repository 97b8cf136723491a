"""Notes who holds which revision of which list: what downloads, folders and servers show.

A note is worth little and a download much: the download path writes once in ten minutes for each
client, list and revision, waits for no lock, and never fails because of it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from hub.audit import client_address
from models_registry.catalogue_tables import ServerList

logger = logging.getLogger(__name__)

AGAIN_AFTER: Final = 600.0
# After a write that failed: a database that is read-only or locked is left alone for so long.
PAUSE: Final = 60.0
# A client that calls itself otherwise each time must not make each download a write.
MAX_WRITES_A_MINUTE: Final = 120
MAX_REMEMBERED: Final = 5_000
MAX_ROWS: Final = 10_000
MAX_AGE: Final = timedelta(days=90)
_PRUNE_EVERY: Final = 100

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Holding:
    """A revision that somebody holds, and which part of it, where that was measured."""

    revision: int | None
    share: float | None = None


class Memory:
    """What this process has noted lately; safe for its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: OrderedDict[Key, tuple[int, float]] = OrderedDict()
        self._writes: deque[float] = deque(maxlen=MAX_WRITES_A_MINUTE)
        self._paused_until = 0.0
        self._written = 0

    def is_due(self, key: Key, revision: int, now: float) -> bool:
        """Whether to write a sighting now; it counts as written from here on."""
        noted = self._noted.get(key)
        if noted is not None and noted[0] == revision and now - noted[1] < AGAIN_AFTER:
            return False
        with self._lock:
            busy = len(self._writes) == MAX_WRITES_A_MINUTE and now - self._writes[0] < 60.0
            if now < self._paused_until or busy:
                return False
            self._writes.append(now)
            self._noted[key] = (revision, now)
            self._noted.move_to_end(key)
            if len(self._noted) > MAX_REMEMBERED:
                self._noted.popitem(last=False)
        return True

    def failed(self, key: Key, now: float) -> None:
        """Forget a sighting that could not be written, and write none for a while."""
        with self._lock:
            self._noted.pop(key, None)
            self._paused_until = now + PAUSE

    def should_prune(self) -> bool:
        """Whether it is time to look after old rows: at the first write and now and then."""
        with self._lock:
            self._written += 1
            return self._written % _PRUNE_EVERY == 1


memory = Memory()


def note_download(
    request: HttpRequest, answer: HttpResponse, model_type: str, user: User | AnonymousUser
) -> None:
    """Note that a client holds the revision of a list that it was just sent, or told to have."""
    if not settings.ENV.fleet or request.method != "GET":
        return
    revision = int(answer.headers.get("X-Hub-Revision", 0))
    place = client_address(request)
    if not revision or place is None:
        return
    agent = short_agent(request.headers.get("User-Agent", ""))
    user_name = user.get_username() if user.is_authenticated else ""
    key, now = (model_type, place, agent, user_name), time.monotonic()
    if not memory.is_due(key, revision, now):
        return
    try:
        with _without_waiting():
            _write(
                ServerList(
                    how=ServerList.How.DOWNLOAD,
                    place=place,
                    agent=agent,
                    user_name=user_name,
                    model_type=model_type,
                    revision=revision,
                )
            )
            if memory.should_prune():
                prune()
    except DatabaseError as error:
        memory.failed(key, now)
        logger.warning("who downloaded the %s list was not noted: %s", model_type, error)


def note(how: ServerList.How, place: str, holdings: dict[str, Holding]) -> None:
    """Note what a folder or a server holds: type → revision, as far as it is known.

    Raises nothing of the database: a list that was installed is installed.
    """
    if not settings.ENV.fleet:
        return
    try:
        for model_type, held in holdings.items():
            _write(
                ServerList(
                    how=how,
                    place=place[-300:],
                    model_type=model_type,
                    revision=held.revision,
                    share=held.share,
                )
            )
    except DatabaseError as error:
        logger.warning("what %s holds was not noted: %s", place, error)


def prune() -> None:
    """Delete sightings that are old, and the oldest of too many; all of them with HUB_FLEET=0."""
    if not settings.ENV.fleet:
        ServerList.objects.all().delete()
        return
    ServerList.objects.filter(seen_at__lt=timezone.now() - MAX_AGE).delete()
    oldest = ServerList.objects.order_by("-seen_at").values_list("seen_at", flat=True)
    if (limit := oldest[MAX_ROWS : MAX_ROWS + 1].first()) is not None:
        ServerList.objects.filter(seen_at__lte=limit).delete()


def short_agent(header: str) -> str:
    """What a client calls itself, without what follows: "python-requests/2.32.3"."""
    product = header.replace("\x00", "").strip().partition(" ")[0]
    return product[:60]


def _write(sighting: ServerList) -> None:
    with transaction.atomic():
        ServerList.objects.bulk_create(
            [sighting],
            update_conflicts=True,
            unique_fields=["how", "place", "agent", "user_name", "model_type"],
            update_fields=["revision", "share", "seen_at"],
        )


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Let a write fail at once where it would have to wait for another one.

    SQLite's time to wait is the connection's own; PostgreSQL's ends with the transaction.
    """
    if connection.in_atomic_block or connection.vendor not in {"sqlite", "postgresql"}:
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        waits = cursor.fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(waits)}")
