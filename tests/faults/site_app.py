"""The hub's Celery application for runs in which every part fails: its schedule runs in seconds."""

from __future__ import annotations

from datetime import timedelta

from hub.celery import _SCHEDULE
from tests.faults.worker_app import app

from hub import mail_outbox  # isort: skip - Django is set up by the application above
from reviews import mailing, webhooks  # isort: skip

mail_outbox.LEASE = webhooks.LEASE = timedelta(seconds=8)
mail_outbox.FIRST_WAIT_SECONDS = webhooks.FIRST_WAIT_SECONDS = 0.5
mail_outbox.LONGEST_WAIT_SECONDS = webhooks.LONGEST_WAIT_SECONDS = 2
mailing.SWEEP_AFTER = timedelta(seconds=3)

# Two beats ask for each. What a busy machine does late is still done.
EVERY = {
    "send-changes": 5, "poll-pull-requests": 11, "tell-of-pull-requests": 9, "send-mail": 6,
    "send-due-mail": 8, "send-webhooks": 6, "sign-of-life": 3, "sign-of-life-in-background": 3,
    "rebuild-stale-lists": 15,
}  # fmt: skip
app.conf.beat_schedule = {
    name: {
        **_SCHEDULE[name],
        "schedule": float(seconds),
        "options": {**_SCHEDULE[name]["options"], "expires": 30},
    }
    for name, seconds in EVERY.items()
}
