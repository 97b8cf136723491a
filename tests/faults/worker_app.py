"""The hub's Celery application with the waits of a day pressed into seconds; all else is as it is.

Workers in the fault runs die every few seconds, and nobody wants to wait a quarter of an hour for
a lease to run out each time.
"""

from __future__ import annotations

from datetime import timedelta

import django

from hub.celery import app

django.setup()

from accounts import github_quota  # noqa: E402
from models_registry.upstream import worker  # noqa: E402

worker.LEASE = timedelta(seconds=8)
worker.FIRST_WAIT_SECONDS = 0.05
worker.LONGEST_WAIT_SECONDS = 0.5
worker.MAX_ATTEMPTS = 1000
github_quota.WRITES_A_MINUTE = 10_000

app.conf.broker_transport_options = {**app.conf.broker_transport_options, "visibility_timeout": 5}
EVERY = {"send-changes": 0.7, "poll-pull-requests": 4, "follow-upstream": 6}
app.conf.beat_schedule = {
    name: {
        **app.conf.beat_schedule[name],
        "schedule": seconds,
        "options": {"expires": 2 * seconds + 5},
    }
    for name, seconds in EVERY.items()
}
app.conf.beat_max_loop_interval = 0.25
