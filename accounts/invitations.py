"""Accounts by invitation: a link in a mail opens the form that makes the account.

SECURITY: the link is the proof that somebody reads the address, and gives the groups that a
superuser chose. It works once and for a week, while whoever sent it is a superuser, and only its
digest is stored.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from datetime import timedelta
from email.utils import format_datetime
from typing import Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts import email_addresses
from accounts.errors import InvitationRefused
from accounts.models import Invitation, User
from hub import audit

VALID_FOR: Final = timedelta(days=7)
# So that nobody's mailbox is filled by a button.
AGAIN_AFTER: Final = timedelta(minutes=1)
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def invite(email: str, groups: Collection[Group], *, by: User | None) -> tuple[Invitation, str]:
    """Invite the reader of an address; returns the invitation, and the key of its link.

    `by` is None for a command. An open invitation of the address is replaced. Raises
    PermissionDenied, and InvitationRefused as `require_possible`.
    """
    _require_superuser(by)
    email = User.objects.normalize_email(email)
    with transaction.atomic():
        open_ones = [
            earlier
            for earlier in Invitation.objects.select_for_update().filter(email=email)
            if not earlier.is_over()
        ]
        require_possible(email)
        for earlier in open_ones:
            earlier.withdrawn_at = timezone.now()
            earlier.save(update_fields=["withdrawn_at"])
        invitation = Invitation(email=email, invited_by=by, by_command=by is None)
        key = _renew(invitation)
        invitation.groups.set(groups)
        _record(audit.Tag.INVITATION_SEND, invitation, by=by)
    return invitation, key


def require_possible(email: str) -> None:
    """Raise InvitationRefused if an account has confirmed the address, or it was invited a moment
    ago."""
    if _is_confirmed(email):
        raise InvitationRefused("invitation_has_account", email=email)
    lately = timezone.now() - AGAIN_AFTER
    recent = Invitation.objects.filter(email=email, sent_at__gt=lately)
    if recent.filter(accepted_at=None, withdrawn_at=None).exists():
        raise InvitationRefused("invitation_just_sent", email=email)


def send_again(invitation: Invitation, *, by: User) -> tuple[Invitation, str]:
    """Make another link for the same invitation; the former one ends. Raises as `invite`."""
    _require_superuser(by)
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if invitation.is_over():
            raise InvitationRefused("invitation_over", email=invitation.email)
        require_possible(invitation.email)
        # Who sends it now answers for it.
        invitation.invited_by, invitation.by_command = by, False
        key = _renew(invitation)
        _record(audit.Tag.INVITATION_SEND, invitation, by=by)
    return invitation, key


def withdraw(invitation: Invitation, *, by: User) -> None:
    """End the invitation. Raises InvitationRefused if somebody has accepted it."""
    _require_superuser(by)
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if invitation.is_over():
            raise InvitationRefused("invitation_over", email=invitation.email)
        invitation.withdrawn_at = timezone.now()
        invitation.save(update_fields=["withdrawn_at"])
        _record(audit.Tag.INVITATION_WITHDRAW, invitation, by=by)


def link(key: str) -> str:
    """The address in the mail. SECURITY: its host is the hub's, whatever a request named."""
    return settings.SITE_URL + reverse("accounts:invitation", args=[key])


def mail(invitation: Invitation, key: str) -> None:
    """Put the mail with the link into the outbox, which sends no link that has expired."""
    by = invitation.invited_by
    # Nobody knows the language of somebody without an account: the inviter's is the best guess.
    with translation.override((by.language if by else "") or settings.LANGUAGE_CODE):
        context = {
            "inviter": by.label if by else "",
            "link": link(key),
            "days": VALID_FOR.days,
            "site_url": settings.SITE_URL,
        }
        EmailMessage(
            subject=settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + gettext("You are invited"),
            body=render_to_string("mail/invitation.txt", context),
            to=[invitation.email],
            headers={"Expires": format_datetime(invitation.expires_at)},
        ).send()


def find(key: str) -> Invitation | None:
    """The open invitation of a link; None if it has been used, withdrawn or replaced, or is old."""
    if not _KEY.fullmatch(key):
        return None
    invitation = Invitation.objects.filter(digest=_digest(key)).first()
    return invitation if invitation is not None and invitation.is_open() else None


def accept(key: str, user: User) -> None:
    """Give a new, unsaved account to whoever has the link: address, rights and groups.

    Call it inside a transaction; it saves the account. Raises InvitationRefused if the link does
    not work any more: of two people with the same link, one gets the account.
    """
    invitation = Invitation.objects.select_for_update().filter(digest=_digest(key)).first()
    if invitation is None or not invitation.is_open():
        raise InvitationRefused("invitation_link_over")
    if _is_confirmed(invitation.email):
        raise InvitationRefused("invitation_has_account", email=invitation.email)
    # Accounts that never confirmed the address lose it to its reader.
    email_addresses.release(invitation.email, besides=None)
    user.email = invitation.email
    user.save()
    email_addresses.vouch(user)
    user.groups.add(*invitation.groups.all())
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    _record(audit.Tag.INVITATION_ACCEPT, invitation, by=user)


def _renew(invitation: Invitation) -> str:
    key = secrets.token_urlsafe(32)
    invitation.digest = _digest(key)
    invitation.sent_at = timezone.now()
    invitation.expires_at = invitation.sent_at + VALID_FOR
    invitation.save()
    return key


def _record(tag: audit.Tag, invitation: Invitation, *, by: User | None) -> None:
    groups = sorted(invitation.groups.values_list("name", flat=True))
    audit.record(tag, by=by, target=invitation, groups=groups)


def _is_confirmed(email: str) -> bool:
    return bool(EmailAddress.objects.filter(email=email, verified=True).exists())


def _require_superuser(by: User | None) -> None:
    # Groups give rights, which only superusers give (`accounts.admin`).
    if by is not None and not (by.is_superuser and by.is_active):
        raise PermissionDenied


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
