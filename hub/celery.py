"""The Celery application, its schedule, and its two queues."""

import os
import time
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab
from kombu import Exchange, Queue

from hub import request_id, task_queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

app = Celery("hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
_SCHEDULE: dict[str, dict[str, Any]] = {
    "rebuild-stale-lists": {
        "task": "models_registry.rebuild_stale_lists",
        "schedule": 300.0,
        "options": {"expires": 240},
    },
    "update-from-source": {
        "task": "models_registry.update_due_types",
        "schedule": 600.0,
        "options": {"expires": 500},
    },
    "ask-again-for-updates": {
        "task": "models_registry.ask_again_for_updates",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "ask-again-for-source-checks": {
        "task": "reviews.ask_again_for_source_checks",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "sign-of-life": {
        "task": "hub.note_sign_of_life",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "tidy": {
        "task": "hub.tidy",
        "schedule": crontab(hour=4, minute=31),
        "options": {"expires": 3600},
    },
    "examine": {
        "task": "hub.examine",
        "schedule": crontab(hour=5, minute=23),
        "options": {"expires": 3600},
    },
    "sign-of-life-in-background": {
        "task": "hub.note_sign_of_life",
        "schedule": 30.0,
        "args": (task_queue.BACKGROUND,),
        "options": {"expires": 25},
    },
    "send-mail": {
        "task": "hub.send_mail",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "send-changes": {
        "task": "models_registry.send_changes",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "poll-pull-requests": {
        "task": "models_registry.poll_pull_requests",
        "schedule": 120.0,
        "options": {"expires": 100},
    },
    "follow-upstream": {
        "task": "models_registry.follow_upstream",
        "schedule": 600.0,
        "options": {"expires": 500},
    },
    "visit-sources": {
        "task": "models_registry.visit_sources",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "rank-models": {
        "task": "models_registry.rank_models",
        "schedule": 600.0,
        "options": {"expires": 500},
    },
    "derive-stale": {
        "task": "models_registry.derive_stale",
        "schedule": 600.0,
        "options": {"expires": 500},
    },
    "prune-uses": {
        "task": "models_registry.prune_uses",
        "schedule": crontab(hour=4, minute=51),
        "options": {"expires": 3600},
    },
    "prune-sightings": {
        "task": "models_registry.prune_sightings",
        "schedule": crontab(hour=4, minute=41),
        "options": {"expires": 3600},
    },
    "note-leftovers": {
        "task": "models_registry.note_leftovers",
        "schedule": crontab(hour=3, minute=17),
        "options": {"expires": 3600},
    },
    "tell-of-pull-requests": {
        "task": "reviews.tell_of_pull_requests",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "tell-of-suggestions": {
        "task": "reviews.tell_of_suggestions",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "send-webhooks": {
        "task": "reviews.send_webhooks",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "send-due-mail": {
        "task": "reviews.send_due_mail",
        "schedule": 300.0,
        "options": {"expires": 240},
    },
    "send-review-digests": {
        "task": "reviews.send_digests",
        "schedule": crontab(hour=7, minute=0),
        "options": {"expires": 6 * 3600},
    },
    "warn-of-expiry": {
        "task": "reviews.warn_of_expiry",
        "schedule": crontab(minute=30),
        "options": {"expires": 3000},
    },
}
# What the schedule asks for that a person waits for: work whose own message was lost.
_FOR_PEOPLE = {"ask-again-for-updates", "ask-again-for-source-checks", "send-mail", "sign-of-life"}
for _name, _entry in _SCHEDULE.items():
    _entry["options"]["queue"] = (
        task_queue.PEOPLE if _name in _FOR_PEOPLE else task_queue.BACKGROUND
    )
# Reading the configuration would read the settings, and `hub.secret_key` runs before there are any.
app.conf.beat_schedule = _SCHEDULE
# A worker that is started without --queues takes all of them.
app.conf.task_queues = [
    Queue(_name, Exchange(_name), routing_key=_name)
    for _name in (task_queue.PEOPLE, task_queue.BACKGROUND)
]


@signals.task_prerun.connect
def _begin(task_id: str, task: Any, **_: Any) -> None:
    """Log lines and audit entries of a task carry the id of the request that asked for it."""
    asked_by = task.request.get("asked_by") or (task.request.headers or {}).get("asked_by")
    request_id.begin(request_id.checked(asked_by or task_id))
    task.request.began = time.monotonic()


@signals.task_postrun.connect
def _end(task: Any, state: str | None = None, **_: Any) -> None:
    _count(task, has_failed=state == "FAILURE")
    request_id.begin("")


def _count(task: Any, *, has_failed: bool) -> None:
    """Count the task for /metrics. Models are loaded only where tasks run."""
    from hub import figures, heartbeat

    heartbeat.note_work()
    began = getattr(task.request, "began", None)
    figures.add(figures.TASK_RUNS, task.name)
    if has_failed:
        figures.add(figures.TASK_FAILURES, task.name)
    if began is not None:
        figures.add(figures.TASK_SECONDS, task.name, time.monotonic() - began)
