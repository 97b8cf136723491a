"""Who else maintains one model: people are appointed and dismissed, each time with a trace."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy
from models_registry.definitions.problems import quoted
from models_registry.errors import InvalidParameter, ModelNotFound, NotAllowed
from models_registry.models import RegisteredModel
from models_registry.policy import ModelVerb
from models_registry.querysets import OBJECT_RIGHTS


def appoint(model: RegisteredModel, username: str, *, by: User) -> User:
    """Give a person the rights to see, change, delete and expire this one model.

    Out: the person. Raises NotAllowed, and InvalidParameter where there is no such active account.
    """
    with transaction.atomic():
        model = _locked(model, by)
        person = _account(username.strip())
        if person is None or not person.is_active:
            raise InvalidParameter(f"There is no account with the user name {quoted(username)}.")
        if person not in policy.maintainers_of(model):
            policy.grant_maintainer(person, model)
            record(Tag.RIGHTS_CHANGE, by=by, target=model, given=_rights_of(person), taken=[])
    return person


def dismiss(model: RegisteredModel, username: str, *, by: User) -> User:
    """Take a person's rights on this one model away.

    Out: the person. Raises NotAllowed, and InvalidParameter where he has none.
    """
    with transaction.atomic():
        model = _locked(model, by)
        person = _account(username)
        if person is None or person not in policy.maintainers_of(model):
            raise InvalidParameter(f"{quoted(username)} is no maintainer of this model.")
        policy.revoke_maintainer(person, model)
        record(Tag.RIGHTS_CHANGE, by=by, target=model, given=[], taken=_rights_of(person))
    return person


def _locked(model: RegisteredModel, by: User) -> RegisteredModel:
    locked = RegisteredModel.objects.select_for_update().filter(pk=model.pk).first()
    if locked is None:
        raise ModelNotFound(model.pk)
    if ModelVerb.APPOINT not in policy.verbs(by, locked):
        raise NotAllowed("You may not appoint or dismiss maintainers of this model.")
    return locked


def _account(username: str) -> User | None:
    if not (username.isascii() and username.isprintable()):
        return None
    return User.objects.filter(username__iexact=username).first()


def _rights_of(person: User) -> list[str]:
    return [f"{person.username}: {codename}" for codename in OBJECT_RIGHTS]
