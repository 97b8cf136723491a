"""Sends what is to be mailed, each notification once."""

from __future__ import annotations

import logging
from datetime import timedelta
from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
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
# Longer than the time limit of a task: whoever holds a mail for longer is dead.
TAKEN_FOR = timedelta(minutes=15)

logger = logging.getLogger(__name__)


def send(pk: int) -> bool:
    """Mail one notification. Out: whether this call sent it.

    Taken for a while before it is sent, so that no two workers mail the same, and that the sweep
    finds it again where a worker died meanwhile. One that died between the mail server's answer and
    the note of it mails twice, under one Message-ID, which mail programs show once.
    """
    now = timezone.now()
    due = Notification.objects.mail_due().filter(pk=pk, mail_attempts__lt=MAX_ATTEMPTS)
    taken = due.update(mail_taken_until=now + TAKEN_FOR, mail_attempts=F("mail_attempts") + 1)
    notification = Notification.objects.select_related("recipient").filter(pk=pk).first()
    if not taken or notification is None:
        return False
    if not notification.recipient.is_active or not notification.recipient.email:
        return False
    try:
        message(notification).send()
    except (SMTPException, OSError):
        logger.exception("Notification %d could not be mailed.", pk)
        Notification.objects.filter(pk=pk).update(mail_taken_until=None)
        return False
    Notification.objects.filter(pk=pk).update(mailed_at=timezone.now(), mail_taken_until=None)
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
    headers = {
        "List-Unsubscribe": f"<{settings_url}>",
        "Auto-Submitted": "auto-generated",
        "Message-ID": f"<notification-{notification.pk}@{urlsplit(settings.SITE_URL).hostname}>",
    }
    return EmailMessage(" ".join(words), body, to=[person.email], headers=headers)
