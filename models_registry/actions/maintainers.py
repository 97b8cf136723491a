"""Who else maintains one model: people are appointed and dismissed, each time with a trace."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy
from models_registry.definitions.json_text.problems import quoted
from models_registry.errors import InvalidParameter, ModelNotFound, NotAllowed
from models_registry.models import RegisteredModel
from models_registry.permissions import OBJECT_RIGHTS
from models_registry.policy import ModelVerb


def appoint(model: RegisteredModel, username: str, *, by: User) -> User:
    """Give a person the rights to see, change, delete and expire this one model.

    Returns the person. Raises NotAllowed, and InvalidParameter if no active account has that name.
    """
    with transaction.atomic():
        model = _locked(model, by)
        person = _account(username.strip())
        if person is None or not person.is_active:
            raise InvalidParameter("no_such_account", username=quoted(username))
        if person not in policy.maintainers_of(model):
            policy.grant_maintainer(person, model)
            record(Tag.RIGHTS_CHANGE, by=by, target=model, given=_rights_of(person), taken=[])
    return person


def dismiss(model: RegisteredModel, username: str, *, by: User) -> User:
    """Take a person's rights on this one model away.

    Returns the person. Raises NotAllowed, and InvalidParameter if they have none.
    """
    with transaction.atomic():
        model = _locked(model, by)
        person = _account(username)
        if person is None or person not in policy.maintainers_of(model):
            raise InvalidParameter("not_a_maintainer", username=quoted(username))
        policy.revoke_maintainer(person, model)
        record(Tag.RIGHTS_CHANGE, by=by, target=model, given=[], taken=_rights_of(person))
    return person


def _locked(model: RegisteredModel, by: User) -> RegisteredModel:
    locked = RegisteredModel.objects.select_for_update().filter(pk=model.pk).first()
    if locked is None:
        raise ModelNotFound(model.pk)
    if ModelVerb.APPOINT not in policy.verbs(by, locked):
        raise NotAllowed("may_not_manage_maintainers")
    return locked


def _account(username: str) -> User | None:
    return User.objects.called(username).first() if username.isascii() else None


def _rights_of(person: User) -> list[str]:
    return [f"{person.username}: {codename}" for codename in OBJECT_RIGHTS]
