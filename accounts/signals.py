"""Signal receivers that write sign-ins and changes of accounts to the audit log."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account_signals
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social_signals
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth import signals as auth_signals
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import sign_in_limits, single_sign_on, tokens
from accounts.models import User
from hub.audit import Tag, record

TYPED_NAME_LENGTH = 80


@receiver(auth_signals.user_logged_in)
def signed_in(user: User, request: HttpRequest | None = None, **_: Any) -> None:
    """Somebody signed in, with the methods that the session has recorded."""
    session = getattr(request, "session", {})
    steps = session.get("account_authentication_methods", [])
    record(Tag.SIGN_IN, by=user, target=user, methods=[step["method"] for step in steps])


@receiver(auth_signals.user_logged_out)
def signed_out(user: User | None = None, **_: Any) -> None:
    """Somebody signed out."""
    if user is not None:
        record(Tag.SIGN_OUT, by=user, target=user)


@receiver(auth_signals.user_login_failed)
def sign_in_failed(credentials: dict[str, Any], **_: Any) -> None:
    """Somebody gave a wrong name or password; only the name is recorded, as typed."""
    typed = str(credentials.get("email") or credentials.get("username") or "")
    record(Tag.SIGN_IN_FAIL, by=None, name=typed[:TYPED_NAME_LENGTH])


@receiver(account_signals.user_logged_in)
def signed_in_elsewhere(user: User, sociallogin: SocialLogin | None = None, **_: Any) -> None:
    """Somebody signed in through another site: the single sign-on may name groups."""
    if sociallogin is not None and single_sign_on.is_single_sign_on(sociallogin):
        single_sign_on.apply_groups(user, sociallogin)


@receiver(account_signals.user_signed_up)
def signed_up(user: User, sociallogin: SocialLogin | None = None, **_: Any) -> None:
    """Somebody made an account."""
    through = sociallogin.account.provider if sociallogin is not None else "form"
    groups = sorted(user.groups.values_list("name", flat=True))
    record(Tag.ACCOUNT_CREATE, by=user, target=user, through=through, groups=groups)


@receiver(account_signals.password_set)
def password_set(user: User, **_: Any) -> None:
    """A first password was set. `access` handles a password that is replaced."""
    record(Tag.PASSWORD_CHANGE, by=user, target=user, api_sign_ins_ended=_end_api_sign_ins(user))


@receiver(account_signals.password_reset)
def password_reset(request: HttpRequest, user: User, **_: Any) -> None:
    """Somebody who reads the account's mail has set a new password: they may try it at once."""
    addresses = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    sign_in_limits.forget_attempts(request, names=[user.username, *addresses])


@receiver(account_signals.email_added)
def email_added(user: User, email_address: EmailAddress, **_: Any) -> None:
    """An address was added, not confirmed yet."""
    record(Tag.EMAIL_ADD, by=user, target=user, email=email_address.email)


@receiver(account_signals.email_confirmed)
def email_confirmed(email_address: EmailAddress, **_: Any) -> None:
    """The link in the mail was followed."""
    user = email_address.user
    record(Tag.EMAIL_CONFIRM, by=user, target=user, email=email_address.email)


@receiver(account_signals.email_changed)
def email_changed(
    user: User,
    to_email_address: EmailAddress,
    from_email_address: EmailAddress | None = None,
    **_: Any,
) -> None:
    """Another address became the one that mail goes to."""
    before = from_email_address.email if from_email_address else None
    record(Tag.EMAIL_CHANGE, by=user, target=user, before=before, after=to_email_address.email)


@receiver(account_signals.email_removed)
def email_removed(user: User, email_address: EmailAddress, **_: Any) -> None:
    """An address was removed."""
    record(Tag.EMAIL_REMOVE, by=user, target=user, email=email_address.email)


@receiver(mfa_signals.authenticator_added)
def second_factor_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    """Two-factor authentication was switched on; API sign-ins, which did without it, end."""
    ended = _end_api_sign_ins(user)
    kind = authenticator.type
    record(Tag.SECOND_FACTOR_ADD, by=user, target=user, kind=kind, api_sign_ins_ended=ended)


@receiver(mfa_signals.authenticator_removed)
def second_factor_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    """Two-factor authentication was switched off."""
    record(Tag.SECOND_FACTOR_REMOVE, by=user, target=user, kind=authenticator.type)


@receiver(mfa_signals.authenticator_reset)
def second_factor_reset(user: User, authenticator: Authenticator, **_: Any) -> None:
    """New recovery codes replaced the old ones."""
    record(Tag.SECOND_FACTOR_RESET, by=user, target=user, kind=authenticator.type)


@receiver(mfa_signals.authentication_failed)
def second_factor_failed(user: User, authenticator: Authenticator, **_: Any) -> None:
    """The password was right and the code was wrong."""
    record(Tag.SECOND_FACTOR_FAIL, by=user, target=user, kind=authenticator.type)


@receiver(social_signals.social_account_added)
def other_account_added(sociallogin: SocialLogin, **_: Any) -> None:
    """An account elsewhere may now sign in to the account."""
    user, is_sign_on = sociallogin.user, single_sign_on.is_single_sign_on(sociallogin)
    tag = Tag.SIGN_ON_ADD if is_sign_on else Tag.GITHUB_ACCOUNT_ADD
    record(tag, by=user, target=user, uid=sociallogin.account.uid)


@receiver(social_signals.social_account_removed)
def other_account_removed(socialaccount: SocialAccount, **_: Any) -> None:
    """An account elsewhere may no longer sign in to the account."""
    user, is_sign_on = socialaccount.user, socialaccount.provider == single_sign_on.PROVIDER_ID
    tag = Tag.SIGN_ON_REMOVE if is_sign_on else Tag.GITHUB_ACCOUNT_REMOVE
    record(tag, by=user, target=user, uid=socialaccount.uid)


def _end_api_sign_ins(user: User) -> int:
    return tokens.end_all_sessions(user)
