"""Closing an account, and its consequences in the other apps.

This app knows no models. An app that stores things of people registers a Consequence when it starts
(in its AppConfig.ready): `describe` says what will happen, which the person reads before deciding,
and `carry_out` does exactly that, inside the transaction that deletes the account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.errors import LastAdministrator
from accounts.form_version import require, version
from accounts.github_quota import forget_owner
from accounts.models import User
from hub import audit


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that will happen: a sentence, and the names of what it affects."""

    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an app announces, and does, when a person closes their account."""

    describe: Callable[[User], list[Notice]]
    carry_out: Callable[[User], None]


_consequences: list[Consequence] = []


def register(consequence: Consequence) -> None:
    """Add an app's consequence; registering the same one twice has no effect."""
    if consequence not in _consequences:
        _consequences.append(consequence)


def notices(user: User) -> list[Notice]:
    """Everything that closing this account will do beyond the account itself."""
    return [notice for consequence in _consequences for notice in consequence.describe(user)]


def version_of(announced: list[Notice]) -> str:
    """The version of what was announced; the form that closes an account carries it."""
    return version(account=[(notice.text, notice.names) for notice in announced])


def close_account(user: User, *, by: User, seen: str = "") -> None:
    """Do what `notices` has announced, then delete the account with its tokens and addresses.

    `by` is the person or a superuser; `seen` is the `version_of` what was announced. Raises
    StaleState if something else would happen now, PermissionDenied for anybody else, and
    LastAdministrator for the only active administrator.
    """
    if by.pk != user.pk and not by.is_superuser:
        raise PermissionDenied
    with transaction.atomic():
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
        if user.is_superuser and not others.exists():
            raise LastAdministrator("last_administrator")
        announcements = notices(user)
        require(seen, version_of(announcements))
        announced = [{"text": n.text, "names": list(n.names)} for n in announcements]
        for consequence in _consequences:
            consequence.carry_out(user)
        audit.record(audit.Tag.ACCOUNT_CLOSE, by=by, target=user, consequences=announced)
        picture, storage = user.avatar.name, user.avatar.storage
        forget_owner(user)
        user.delete()
        if picture:
            # What can't be deleted now, `hub.tidy` deletes.
            transaction.on_commit(lambda: storage.delete(picture), robust=True)
