"""`manage.py invite ADDRESS`: invites somebody to make an account, also while sign-up is closed."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import invitations
from accounts.errors import InvitationRefused
from accounts.models import Invitation
from hub.audit import RequestOrigin, acting_from


class Command(BaseCommand):
    """Sends a link, or prints it."""

    help = "Invite the reader of an e-mail address: a link in a mail makes the account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="ADDRESS")
        parser.add_argument(
            "--group", metavar="NAME", action="append", default=[],
            help="a group of the new account, such as Reviewers; may be repeated",
        )  # fmt: skip
        parser.add_argument("--link", action="store_true", help="print the link, and send no mail")

    def handle(self, *args: Any, **options: Any) -> None:
        address = options["address"].strip()
        try:
            # As long as the column, too.
            Invitation._meta.get_field("email").clean(address, None)
        except ValidationError:
            raise CommandError(f"{address} is not an e-mail address.") from None
        groups = list(Group.objects.filter(name__in=options["group"]))
        if unknown := sorted(set(options["group"]) - {group.name for group in groups}):
            known = ", ".join(Group.objects.order_by("name").values_list("name", flat=True))
            raise CommandError(f"The hub has no group {', '.join(unknown)}. There are: {known}.")
        with acting_from(RequestOrigin(channel="invite")):
            try:
                invitation, key = invitations.invite(address, groups, by=None)
            except InvitationRefused as refusal:
                raise CommandError(refusal.message) from None
            if not options["link"]:
                invitations.mail(invitation, key)
        until = f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC"
        if options["link"]:
            self.stdout.write(f"Until {until}, this link makes one account:")
            self.stdout.write(invitations.link(key))
        else:
            self.stdout.write(f"{invitation.email} gets a mail. Its link works until {until}.")
