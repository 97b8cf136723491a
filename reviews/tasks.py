"""Work for the workers: each task is one call."""

from __future__ import annotations

from celery import shared_task

from reviews import mailing, notify, reminders, source_check


@shared_task(name=notify.MAIL_TASK)
def send_mail(pk: int) -> None:
    """Mail one notification."""
    mailing.send(pk)


@shared_task(name="reviews.send_due_mail")
def send_due_mail() -> None:
    """Mail what was lost on the way or failed."""
    mailing.send_due()


@shared_task(name="reviews.send_digests")
def send_digests() -> None:
    """Tell reviewers of new proposals."""
    reminders.send_digests()


@shared_task(name="reviews.warn_of_expiry")
def warn_of_expiry() -> None:
    """Tell owners of models that expire soon."""
    reminders.warn_of_expiry()


@shared_task(name="reviews.tell_of_pull_requests")
def tell_of_pull_requests() -> None:
    """Tell people what has become of their changes on the way to upstream."""
    reminders.tell_of_pull_requests()


@shared_task(name=source_check.TASK, soft_time_limit=240)
def check_sources(pk: int) -> None:
    """Ask the source repositories of one revision."""
    source_check.run(pk)
