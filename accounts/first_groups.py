"""The first rights of a new account."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group

from accounts.models import User


def add_first_groups(user: User) -> None:
    """Put a new account into the groups of all new accounts."""
    user.groups.add(*Group.objects.filter(name__in=settings.NEW_ACCOUNT_GROUPS))
