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

EVERY = {
    "send-changes": 1, "poll-pull-requests": 3, "tell-of-pull-requests": 2, "send-mail": 1,
    "send-due-mail": 2, "send-webhooks": 1, "sign-of-life": 1, "sign-of-life-in-background": 1,
    "rebuild-stale-lists": 3,
}  # fmt: skip
app.conf.beat_schedule = {
    name: {
        **_SCHEDULE[name],
        "schedule": float(seconds),
        "options": {**_SCHEDULE[name]["options"], "expires": 2 * seconds + 5},
    }
    for name, seconds in EVERY.items()
}
