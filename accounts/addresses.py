"""Who holds an e-mail address. A confirmed one belongs to its account alone; an unconfirmed one to
nobody yet, so signing up with it stays possible for whoever it really belongs to."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from accounts.models import User


def is_held(email: str, *, besides: User | None = None) -> bool:
    """Whether an account, other than the given one, has that address as its own."""
    others = User.objects.exclude(pk=besides.pk) if besides is not None else User.objects.all()
    return bool(email) and others.filter(email__iexact=email).exists()


def release(email: str, *, besides: User | None) -> None:
    """Take the address from accounts that never confirmed it, since somebody else now has.

    Call it inside the transaction that gives the address to its owner.
    """
    others = User.objects.exclude(pk=besides.pk) if besides is not None else User.objects.all()
    addresses = EmailAddress.objects.filter(email=email.lower())
    confirmed_by = addresses.filter(verified=True).values("user_id")
    addresses.filter(verified=False, user__in=others).delete()
    others.filter(email__iexact=email).exclude(pk__in=confirmed_by).update(email="")
