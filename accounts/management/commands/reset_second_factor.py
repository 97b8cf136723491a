"""`manage.py reset_second_factor NAME`: lets somebody sign in again without their second factor."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.access import reset_second_factor
from accounts.models import User
from hub.audit import RequestOrigin, acting_from


class Command(BaseCommand):
    """Switches two-factor authentication of one account off, and records that in the audit log."""

    help = (
        "Switch off two-factor authentication of an account whose owner has lost the device, or "
        "whose seed no key of the vault opens. The owner is told by mail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.called(options["username"]).first()
        if user is None:
            raise CommandError(f"No account has the user name {options['username']}.")
        with acting_from(RequestOrigin(channel="reset_second_factor")):
            kinds = reset_second_factor(user)
        if not kinds:
            raise CommandError(f"{user} has no second factor.")
        self.stdout.write(f"{user} signs in with the password only. Removed: {', '.join(kinds)}.")
