"""Puts notifications into the mail outbox, each exactly once."""

from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.preferences import written_for
from reviews.models import Notification

# Older notifications are not mailed: the workers were down for longer than this.
GIVE_UP_AFTER = timedelta(days=3)
# A worker may still have the task of a newer notification.
SWEEP_AFTER = timedelta(minutes=2)

logger = logging.getLogger(__name__)


def send(pk: int) -> bool:
    """Put the mail of one notification into the outbox; returns True if this call did it.

    The mark and the outbox's row are written in one transaction, so each is mailed once.
    """
    with transaction.atomic():
        due = Notification.objects.mail_due().filter(pk=pk)
        if not due.update(mailed_at=timezone.now()):
            return False
        notification = Notification.objects.select_related("recipient").get(pk=pk)
        if not notification.recipient.is_active or not notification.recipient.email:
            return False
        message(notification).send()
    return True


def send_due() -> int:
    """Mail notifications whose task was lost; returns how many."""
    now = timezone.now()
    due = Notification.objects.mail_due().filter(
        created_at__gt=now - GIVE_UP_AFTER, created_at__lt=now - SWEEP_AFTER
    )
    sent = 0
    for pk in list(due.order_by("pk").values_list("pk", flat=True)[:500]):
        try:
            sent += send(pk)
        # One broken notification must not block the others.
        except Exception:
            logger.exception("Notification %d could not be mailed.", pk)
    return sent


def message(notification: Notification) -> EmailMultiAlternatives:
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
    with written_for(person):
        # SECURITY: a subject is one line, whatever the name in it contains (header injection).
        words = render_to_string(f"mail/{notification.kind}_subject.txt", context).split()
        body = render_to_string(f"mail/{notification.kind}_body.txt", context)
        html = render_to_string("mail/notification.html", context)
    headers = {
        "List-Unsubscribe": f"<{settings_url}>",
        "Auto-Submitted": "auto-generated",
        "Message-ID": f"<notification-{notification.pk}@{urlsplit(settings.SITE_URL).hostname}>",
    }
    mail = EmailMultiAlternatives(" ".join(words), body, to=[person.email], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail
