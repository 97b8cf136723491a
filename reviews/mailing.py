"""Sends what is to be mailed, each notification once."""

from __future__ import annotations

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from reviews.models import Notification

MAX_ATTEMPTS = 5
# Older ones are no news any more: mail was broken for longer than that.
GIVE_UP_AFTER = timedelta(days=3)
# What is younger is still on its way to a worker.
SWEEP_AFTER = timedelta(minutes=2)

logger = logging.getLogger(__name__)


def send(pk: int) -> bool:
    """Mail one notification. Out: whether this call sent it.

    Taken before it is sent, so that no two workers mail the same; given back where sending fails.
    """
    due = Notification.objects.mail_due().filter(pk=pk, mail_attempts__lt=MAX_ATTEMPTS)
    taken = due.update(mailed_at=timezone.now())
    notification = Notification.objects.select_related("recipient").filter(pk=pk).first()
    if not taken or notification is None:
        return False
    if not notification.recipient.is_active or not notification.recipient.email:
        return False
    try:
        message(notification).send()
    except (SMTPException, OSError):
        logger.exception("Notification %d could not be mailed.", pk)
        attempts = notification.mail_attempts + 1
        Notification.objects.filter(pk=pk).update(mailed_at=None, mail_attempts=attempts)
        return False
    return True


def send_due() -> int:
    """Mail what a worker has lost or could not send; the number of mails comes back."""
    now = timezone.now()
    due = Notification.objects.mail_due().filter(
        created_at__gt=now - GIVE_UP_AFTER,
        created_at__lt=now - SWEEP_AFTER,
        mail_attempts__lt=MAX_ATTEMPTS,
    )
    return sum(send(pk) for pk in list(due.order_by("pk").values_list("pk", flat=True)[:500]))


def message(notification: Notification) -> EmailMessage:
    """The mail of a notification, in its recipient's language."""
    person = notification.recipient
    settings_url = settings.SITE_URL + reverse("reviews:notification_settings")
    context = {
        "notification": notification,
        "person": person,
        "url": settings.SITE_URL + notification.url,
        "settings_url": settings_url,
        "site_url": settings.SITE_URL,
    }
    with override(person.language or settings.LANGUAGE_CODE):
        # A subject is one line, whatever the name in it holds.
        words = render_to_string(f"mail/{notification.kind}_subject.txt", context).split()
        body = render_to_string(f"mail/{notification.kind}_body.txt", context)
    headers = {"List-Unsubscribe": f"<{settings_url}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(" ".join(words), body, to=[person.email], headers=headers)
