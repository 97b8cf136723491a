"""The hint for a new hub that has no administrator yet."""

from __future__ import annotations

from django.conf import settings

from accounts.models import User


def hint() -> str | None:
    """How to make the first administrator; None once there is one."""
    if User.objects.filter(is_superuser=True, is_active=True).exists():
        return None
    return (
        "This hub has no administrator yet. Make one with `make admin` "
        "(or `.venv/bin/python manage.py createsuperuser`), "
        f"then sign in at {settings.SITE_URL}/signin."
    )
