"""The Celery application and its schedule."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

app = Celery("hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
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
    "sign-of-life": {
        "task": "hub.note_sign_of_life",
        "schedule": 30.0,
        "options": {"expires": 25},
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
