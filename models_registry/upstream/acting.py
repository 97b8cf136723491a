"""What people do with a change on its way to upstream: try it again, call it back."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy
from models_registry.errors import NotAllowed, StaleState
from models_registry.outbox_tables import ChangeState, PullRequestState, UpstreamChange
from models_registry.policy import ModelVerb
from models_registry.upstream import outbox
from models_registry.upstream.outgoing import LIVE_PULL_REQUESTS, wake

_RETRIED = (ChangeState.WAITING, ChangeState.SENDING, ChangeState.OPEN, ChangeState.FAILED)


def may_act(user: User, change: UpstreamChange) -> bool:
    """Whether the user may do something with a change that he may see.

    Who may edit its model may; of a model that was deleted, who may change public models.
    """
    if user.is_superuser:
        return bool(user.is_active)
    if change.model is None:
        return policy.holds(user, "change_public_model")
    return ModelVerb.EDIT in policy.verbs(user, change.model)


def try_again(change: UpstreamChange, *, by: User) -> None:
    """Let a worker send what failed or waits as soon as one is free.

    Raises NotAllowed, and StaleState where there is nothing left to try.
    """
    _check(change, by)
    with transaction.atomic():
        change = UpstreamChange.objects.select_for_update().get(pk=change.pk)
        pull_request = change.pull_request
        is_live = pull_request is not None and pull_request.state in LIVE_PULL_REQUESTS
        if not is_live or change.state not in _RETRIED:
            raise StaleState(
                _("There is nothing to try again for %(name)s: its change is %(state)s.")
                % _words(change)
            )
        outbox.retry(change)
        _note(Tag.UPSTREAM_RETRY, change, by)


def call_back(change: UpstreamChange, *, by: User) -> None:
    """Cancel what upstream has not got yet. Raises NotAllowed, and StaleState if it is too late.

    Its pull request, if one is open, is brought up to date: what else is in it goes on.
    """
    _check(change, by)
    with transaction.atomic():
        if not outbox.cancel(change):
            change.refresh_from_db()
            raise StaleState(
                _("It is too late to call %(name)s back: its change is %(state)s.") % _words(change)
            )
        pull_request = change.pull_request
        if pull_request is not None and pull_request.state == PullRequestState.OPEN:
            wake(pull_request)
        _note(Tag.UPSTREAM_CANCEL, change, by)


def _check(change: UpstreamChange, by: User) -> None:
    if not may_act(by, change):
        text = _("Only who may edit %(name)s can decide about its way to upstream.")
        raise NotAllowed(text % {"name": change.name})


def _words(change: UpstreamChange) -> dict[str, str]:
    return {"name": change.name, "state": str(change.get_state_display()).lower()}


def _note(tag: Tag, change: UpstreamChange, by: User) -> None:
    record(
        tag,
        by=by,
        target=change.model or change,
        change=change.pk,
        kind=change.kind,
        before=change.state,
        pull_request=str(change.pull_request or ""),
    )
