"""A context processor for the bell in the header of every page."""

from __future__ import annotations

from django.http import HttpRequest

from reviews.models import Notification


def bell(request: HttpRequest) -> dict[str, object]:
    """A function that counts the unread notifications. Templates call it, so that pages without a
    header do not query the database."""
    user = getattr(request, "user", None)

    def unread_notifications() -> int:
        if user is None or not user.is_authenticated:
            return 0
        return Notification.objects.on_bell_of(user).unread().count()

    return {"unread_notifications": unread_notifications}
