"""Who holds an e-mail address.

A confirmed address belongs to one account only. An unconfirmed one belongs to nobody yet, so that
its real owner can still sign up with it.
"""

from __future__ import annotations

from allauth.account.models import EmailAddress

from accounts.models import User
from hub import audit


def is_held(email: str, *, besides: User | None = None) -> bool:
    """True if an account other than the given one has this address as its `email`."""
    others = User.objects.exclude(pk=besides.pk) if besides is not None else User.objects.all()
    return bool(email) and others.filter(email__iexact=email).exists()


def release(email: str, *, besides: User | None) -> None:
    """Remove the address from accounts that never confirmed it; somebody else has confirmed it now.

    Call it inside the transaction that gives the address to its owner.
    """
    others = User.objects.exclude(pk=besides.pk) if besides is not None else User.objects.all()
    addresses = EmailAddress.objects.filter(email=email.lower())
    confirmed_by = addresses.filter(verified=True).values("user_id")
    addresses.filter(verified=False, user__in=others).delete()
    others.filter(email__iexact=email).exclude(pk__in=confirmed_by).update(email="")


def may_reset(user: User, email: str) -> bool:
    """True if a mail to this address may let its reader set a new password.

    SECURITY: once an account has a confirmed address, an unconfirmed one is only something that
    somebody typed, and may belong to another person.
    """
    confirmed = EmailAddress.objects.filter(user=user, verified=True)
    return not confirmed.exists() or confirmed.filter(email=email.lower()).exists()


def claim(email: str, *, by: User) -> None:
    """Make the address the only one of the account, and confirmed: its reader owns the account now.

    The other addresses were typed by whoever made the account, and would let them in again. Call it
    inside a transaction. Does nothing if another account has confirmed the address.
    """
    owned = EmailAddress.objects.filter(user=by)
    address = owned.filter(email=email.lower()).first()
    address = address or EmailAddress(user=by, email=email.lower())
    if not address.can_set_verified():
        return
    owned.exclude(pk=address.pk).delete()
    release(email, besides=by)
    address.verified = address.primary = True
    address.save()
    by.email = address.email
    by.save(update_fields=["email"])
    audit.record(audit.Tag.EMAIL_CONFIRM, by=by, target=by, email=address.email)


def vouch(user: User) -> None:
    """Mark the account's address as confirmed; call it when an administrator has set it."""
    if not user.email:
        return
    address, _is_new = EmailAddress.objects.get_or_create(user=user, email=user.email.lower())
    if address.can_set_verified():
        release(address.email, besides=user)
        address.verified = True
        address.save()
        address.set_as_primary()
