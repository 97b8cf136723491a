"""Beat's scheduler, on machines whose clock may be set back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from celery.beat import PersistentScheduler

# Less is the ordinary work of NTP, and delays a task by that much.
_SET_BACK: Final = timedelta(minutes=1)


class Scheduler(PersistentScheduler):
    """Celery's, which would ask for nothing until the clock is again where it was."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Ask for what is due. What ran "in the future" counts as if it had run just now."""
        ahead = [
            entry
            for entry in self.schedule.values()
            if entry.last_run_at and entry.last_run_at > entry.default_now() + _SET_BACK
        ]
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        if ahead:
            # Celery keeps the moments in order of the former clock; without them it orders again.
            self._heap = None
        seconds: float = super().tick(*args, **kwargs)
        return seconds
