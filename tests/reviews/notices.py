"""What somebody was told, and the mails of it."""

from __future__ import annotations

from datetime import timedelta

from django.core import mail
from django.utils import timezone

from reviews import tasks
from reviews.models import Notification


def told(user) -> list[tuple[str, str]]:
    """What a person was told, oldest first."""
    found = Notification.objects.filter(recipient=user).order_by("pk")
    return [(one.kind, one.title) for one in found]


def send_all() -> list:
    """Mail everything that is due, as the sweep does."""
    Notification.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    tasks.send_due_mail()
    return mail.outbox
