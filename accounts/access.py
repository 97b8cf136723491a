"""What opens an account beside its password, and how it ends when the password is replaced.

A new password helps only if whoever knew the old one keeps nothing: no session, no API sign-in,
no access token, no GitHub account that signs in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext

from accounts import email_addresses, tokens
from accounts.models import AccessToken, ApiSession, GitHubToken, OwnServer, User
from accounts.preferences import written_for
from hub import audit


@dataclass(frozen=True, slots=True)
class Opening:
    """One thing that opens the account: an access token, an API sign-in, or a connected account.

    `key` names it in a form.
    """

    key: str
    way: AccessToken | ApiSession | SocialAccount


def openings(user: User) -> list[Opening]:
    """The access tokens, API sign-ins and GitHub accounts that open the account now."""
    ways = {
        # Also if the account is locked: tokens must not become valid again when it is unlocked.
        "token": AccessToken.objects.personal().unexpired().filter(user=user),
        "session": ApiSession.objects.open().filter(user=user),
        "github": SocialAccount.objects.filter(user=user).order_by("pk"),
    }
    return [Opening(f"{kind}:{row.pk}", row) for kind, rows in ways.items() for row in rows]


def change_password(user: User, password: str, *, keeping: Collection[str] = ()) -> None:
    """Set the password that the person chose, and end what opens the account.

    `keeping` has the keys of the openings that stay; all others end, and so do all other sessions.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        get_adapter().set_password(user, password)
        ended = end_access(user, by=user, keeping=keeping)
        audit.record(audit.Tag.PASSWORD_CHANGE, by=user, target=user, **ended)


def reset_password(user: User, password: str, *, proved: str) -> None:
    """Set the password of somebody who followed the link in a mail, and end what opens the account.

    `proved` is the address that the mail went to. If no address of the account was confirmed
    before, the account now belongs to whoever reads that address, and the other addresses and
    secrets are deleted: see `email_addresses.claim`. An account with two-factor authentication is
    not handed over: reading the mail proves nothing without the code.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        is_confirmed = EmailAddress.objects.filter(user=user, verified=True).exists()
        get_adapter().set_password(user, password)
        ended = end_access(user, by=user)
        audit.record(audit.Tag.PASSWORD_RESET, by=user, target=user, **ended)
        if proved and not is_confirmed and not is_mfa_enabled(user):
            GitHubToken.objects.filter(user=user).delete()
            OwnServer.objects.filter(user=user).delete()
            email_addresses.claim(proved, by=user)


def reset_second_factor(user: User) -> list[str]:
    """Switch two-factor authentication off, for somebody who can no longer sign in with it.

    Only whoever can run commands on the server may do this, so the hub itself is the actor in the
    audit log. The owner gets a mail. Returns the kinds of factors that were removed.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        factors = Authenticator.objects.filter(user=user).order_by("type")
        kinds = list(factors.values_list("type", flat=True))
        if kinds:
            factors.delete()
            for kind in kinds:
                audit.record(audit.Tag.SECOND_FACTOR_REMOVE, by=None, target=user, kind=kind)
            _forget_pending_sign_ins(user)
            _mail_about_reset(user)
    return kinds


def _forget_pending_sign_ins(user: User) -> None:
    """End sessions that wait for a code: allauth would lead them in a circle without a factor."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        pending = session.get_decoded().get(LOGIN_SESSION_KEY)
        if isinstance(pending, dict) and pending.get("user_pk") == user_pk_to_url_str(user):
            session.delete()


def _mail_about_reset(user: User) -> None:
    with written_for(user):
        subject = gettext("Two-factor authentication was switched off")
        body = render_to_string(
            "mail/second_factor_reset.txt", {"user": user, "site_url": settings.SITE_URL}
        )
    if user.email:
        prefix = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX
        EmailMessage(subject=f"{prefix}{subject}", body=body, to=[user.email]).send()


def end_access(user: User, *, by: User, keeping: Collection[str] = ()) -> dict[str, int]:
    """End all sessions but the current one, and all openings but those of the given keys.

    Call it inside a transaction that has locked the account. Returns how many of each ended.
    """
    ended = {"sessions_ended": _end_browser_sessions(user)}
    counts = {AccessToken: "tokens_ended", ApiSession: "api_sign_ins_ended"}
    counts[SocialAccount] = "github_accounts_ended"
    ended |= dict.fromkeys(counts.values(), 0)
    for opening in openings(user):
        if opening.key in keeping:
            continue
        way = opening.way
        if isinstance(way, AccessToken):
            tokens.revoke(way, by=by)
        elif isinstance(way, ApiSession):
            tokens.end_session(way, by=by)
        else:
            way.delete()
        ended[counts[type(way)]] += 1
    return ended


def _end_browser_sessions(user: User) -> int:
    """End the sessions but the current one; a new password makes that one invalid, or renews it."""
    request = context.request
    current = request.session.session_key if request is not None else None
    others = list(UserSession.objects.filter(user=user).exclude(session_key=current or ""))
    for session in others:
        session.end()
    return len(others)
