"""How often each hub of models may be asked: a lease for one worker, a window of requests, pauses.

The limit of Hugging Face is per address or account and window of five minutes:
https://huggingface.co/docs/hub/rate-limits. ModelScope names none: it is asked five times a second.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from models_registry.models import RepositoryRecord, VisitedHub

WINDOW: Final = timedelta(minutes=5)
# Nine tenths of 500 and 1,000: others behind the same address ask, too.
REQUESTS: Final = {"huggingface": 450, "modelscope": 1500}
REQUESTS_WITH_TOKEN: Final = 900
# Longer than a visit takes at worst, so that an expired lease has no worker any more.
LEASE: Final = timedelta(seconds=120)
PARALLEL: Final = 4
LONGEST_PAUSE: Final = timedelta(hours=6)
# So many failures in sequence are the hub's, and not of single repositories.
FAILURES: Final = 5
_FIRST_PAUSE: Final = timedelta(minutes=1)


class LaneLost(Exception):
    """Another worker has the lease of this hub."""


@dataclass(slots=True)
class Lane:
    """The right to ask one hub, and how much of it is left."""

    row: VisitedHub
    left: int
    waiting: list[RepositoryRecord] = field(default_factory=list)
    is_open: bool = True
    has_more: bool = True

    @property
    def hub(self) -> str:
        """The key of the hub."""
        return self.row.hub

    @property
    def token(self) -> str:
        """The token to ask it with, or empty."""
        return token_for(self.hub)

    def spend(self, requests: int) -> None:
        """Count requests that were sent, and keep the lease. Raises LaneLost."""
        self.row.window_requests += requests
        self.left -= requests
        if self.left <= 0:
            self.is_open = False
        self._save(window_requests=self.row.window_requests)

    def succeeded(self) -> None:
        """The hub works."""
        if self.row.failures:
            self.row.failures = 0
            self._save(failures=0)

    def failed(self) -> None:
        """Pause the hub if it fails again and again, longer each time."""
        self.row.failures += 1
        self._save(failures=self.row.failures)
        beyond = self.row.failures - FAILURES
        if beyond >= 0:
            self.pause(min(_FIRST_PAUSE * 2 ** min(beyond, 12), LONGEST_PAUSE))

    def pause(self, length: timedelta) -> None:
        """Ask the hub for nothing more until then."""
        self.is_open = False
        self.row.paused_until = timezone.now() + min(length, LONGEST_PAUSE)
        self._save(paused_until=self.row.paused_until)

    def release(self) -> None:
        """Give the lease back."""
        mine = VisitedHub.objects.filter(pk=self.row.pk, lease=self.row.lease)
        mine.update(lease="", leased_until=None)

    def _save(self, **values: object) -> None:
        mine = VisitedHub.objects.filter(pk=self.row.pk, lease=self.row.lease)
        if not mine.update(leased_until=timezone.now() + LEASE, **values):
            self.is_open = False
            raise LaneLost


def token_for(hub: str) -> str:
    """The token for a hub of models; only Hugging Face has one."""
    return str(settings.ENV.hf_token) if hub == "huggingface" else ""


def enter(hub: str) -> Lane | None:
    """The lane of a hub; None while another worker has it, it pauses, or its window is used up."""
    now = timezone.now()
    row, _ = VisitedHub.objects.get_or_create(hub=hub)
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    awake = Q(paused_until__isnull=True) | Q(paused_until__lte=now)
    lease = uuid.uuid4().hex
    claimed = VisitedHub.objects.filter(free, awake, pk=row.pk).update(
        lease=lease, leased_until=now + LEASE
    )
    if not claimed:
        return None
    row.refresh_from_db()
    left = row.left_in_window(limit_of(hub), WINDOW, now)
    VisitedHub.objects.filter(pk=row.pk, lease=lease).update(
        window_began_at=row.window_began_at, window_requests=row.window_requests
    )
    lane = Lane(row, left)
    if left <= 0:
        lane.release()
        return None
    return lane


def limit_of(hub: str) -> int:
    """The number of requests that the hub sends in one window."""
    return REQUESTS_WITH_TOKEN if token_for(hub) else REQUESTS[hub]


def opens_at(hub: str) -> datetime | None:
    """When the lane of a hub may be entered again; None if it may now, or never was entered."""
    row = VisitedHub.objects.filter(hub=hub).first()
    if row is None:
        return None
    now = timezone.now()
    moments = [row.paused_until, row.leased_until]
    if row.window_began_at is not None and row.window_requests >= limit_of(hub):
        moments.append(row.window_began_at + WINDOW)
    return max((moment for moment in moments if moment and moment > now), default=None)
