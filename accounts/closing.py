"""Closing an account, and what the other rooms have to say and do about it.

This room knows no models. A room that keeps things of people registers a Consequence when it starts
(in its AppConfig.ready): `describe` says what will happen, which the person reads before deciding,
and `carry_out` does exactly that, inside the transaction in which the account goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import LastAdministrator
from accounts.models import User
from hub import audit


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that will happen: a sentence, and the names of all that it happens to."""

    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a room says of a person's leaving, and does."""

    describe: Callable[[User], list[Notice]]
    carry_out: Callable[[User], None]


_consequences: list[Consequence] = []


def register(consequence: Consequence) -> None:
    """Add what a room says and does; a second registration of the same changes nothing."""
    if consequence not in _consequences:
        _consequences.append(consequence)


def notices(user: User) -> list[Notice]:
    """Everything that closing this account will do beyond the account itself."""
    return [notice for consequence in _consequences for notice in consequence.describe(user)]


def close_account(user: User, *, by: User) -> None:
    """Do what `notices` has announced, then delete the account with its tokens and addresses.

    `by` is the person, or an administrator. Raises PermissionDenied for anybody else, and
    LastAdministrator for the only active administrator: nobody could run the hub any more.
    """
    if by.pk != user.pk and not by.is_superuser:
        raise PermissionDenied
    with transaction.atomic():
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
        if user.is_superuser and not others.exists():
            raise LastAdministrator(
                _(
                    "This is the only administrator. Make somebody else one first, "
                    "in the administration under Users."
                )
            )
        announced = [{"text": n.text, "names": list(n.names)} for n in notices(user)]
        for consequence in _consequences:
            consequence.carry_out(user)
        audit.record(audit.Tag.ACCOUNT_CLOSE, by=by, target=user, consequences=announced)
        picture, storage = user.avatar.name, user.avatar.storage
        user.delete()
        if picture:
            transaction.on_commit(lambda: storage.delete(picture))
