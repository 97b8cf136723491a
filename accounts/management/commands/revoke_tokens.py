"""`manage.py revoke_tokens`: ends access tokens and API sign-ins of one person, or of all."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import tokens
from accounts.models import AccessToken, ApiSession, User
from hub.audit import RequestOrigin, acting_from


class Command(BaseCommand):
    """Ends what opens the API, after a leak; each end is in the audit log."""

    help = "End the access tokens and API sign-ins of one account (--user NAME), or of all (--all)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--user", metavar="NAME")
        whose.add_argument("--all", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        users = User.objects.all() if options["all"] else User.objects.called(options["user"])
        if not options["all"] and not users.exists():
            raise CommandError(f"No account has the user name {options['user']}.")
        personal = AccessToken.objects.personal().filter(user__in=users)
        sessions = ApiSession.objects.open().filter(user__in=users)
        count = [0, 0]
        with acting_from(RequestOrigin(channel="revoke_tokens")):
            for token in personal.iterator():
                tokens.revoke(token, by=None)
                count[0] += 1
            for session in sessions.iterator():
                tokens.end_session(session, by=None)
                count[1] += 1
        self.stdout.write(f"Ended {count[0]} access tokens and {count[1]} API sign-ins.")
