"""Celery tasks of `reviews`; each is one call."""

from __future__ import annotations

from celery import shared_task

import hub.celery  # noqa: F401 - `delay` of these tasks sends with its settings
from reviews import (
    mailing,
    notify,
    ownership_news,
    reminders,
    source_check,
    source_news,
    suggestions,
    webhooks,
)


@shared_task(name=notify.MAIL_TASK)
def send_mail(pk: int) -> None:
    """Mail one notification."""
    mailing.send(pk)


@shared_task(name="reviews.send_due_mail")
def send_due_mail() -> None:
    """Mail notifications whose task was lost or failed."""
    mailing.send_due()


@shared_task(name="reviews.send_digests")
def send_digests() -> None:
    """Notify reviewers of new proposals."""
    reminders.send_digests()


@shared_task(name="reviews.warn_of_expiry")
def warn_of_expiry() -> None:
    """Notify owners of models that expire soon."""
    reminders.warn_of_expiry()


@shared_task(name="reviews.tell_of_pull_requests")
def tell_of_pull_requests() -> None:
    """Notify people of states of their changes for upstream, and of upstream's own state."""
    reminders.notify_of_pull_requests()
    reminders.notify_of_upstream_state()
    source_news.notify_of_sources()


@shared_task(name="reviews.tell_of_suggestions")
def tell_of_suggestions() -> None:
    """Notify owners of changes that others suggest, and people of models offered to them."""
    suggestions.notify_of_suggestions()
    ownership_news.notify_of_offers()


@shared_task(name=source_check.TASK, soft_time_limit=240)
def check_sources(pk: int) -> None:
    """Check the source repositories of one revision."""
    source_check.run(pk)


@shared_task(name="reviews.ask_again_for_source_checks")
def ask_again_for_source_checks() -> None:
    """Start the checks of sources of new proposals, and those whose tasks the broker has lost."""
    source_check.ask_for_new_proposals()
    source_check.ask_again_for_waiting()


@shared_task(name=webhooks.TASK, soft_time_limit=120)
def send_webhooks() -> None:
    """Send what webhooks are to be told."""
    webhooks.note_pull_requests()
    webhooks.send_due()
