"""The actions on a change on its way to upstream: retry it, or cancel it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.form_version import require, version
from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy
from models_registry.errors import NotAllowed, StaleState
from models_registry.models import ChangeState, PullRequestState, UpstreamChange
from models_registry.outbox.pull_requests import LIVE_PULL_REQUESTS, lock_change, wake
from models_registry.permissions import Right
from models_registry.policy import ModelVerb
from models_registry.upstream import worker

_RETRIED = (ChangeState.WAITING, ChangeState.SENDING, ChangeState.OPEN, ChangeState.FAILED)


def may_act(user: User, change: UpstreamChange) -> bool:
    """Whether the user may retry or cancel a change that they may see.

    True if they may edit its model; if it was deleted, if they may change public models.
    """
    if user.is_superuser:
        return bool(user.is_active)
    if change.model is None:
        return policy.holds(user, Right.CHANGE_PUBLIC_MODEL)
    return ModelVerb.EDIT in policy.verbs(user, change.model)


def change_version(change: UpstreamChange) -> str:
    """The version of a change in a form: what it would send, and its state."""
    return version(state=change.state, change=(change.kind, change.base, change.wanted))


def try_again(change: UpstreamChange, *, by: User, seen: str = "") -> None:
    """Send a failed or waiting change again as soon as a worker is free.

    `seen` is the `change_version` in the form. Raises NotAllowed, and StaleState if there is
    nothing to retry, or if it would send something else than the form showed.
    """
    _check(change, by)
    with transaction.atomic():
        change = lock_change(change)
        _require_seen(change, seen)
        pull_request = change.pull_request
        is_live = pull_request is not None and pull_request.state in LIVE_PULL_REQUESTS
        if not is_live or change.state not in _RETRIED:
            raise StaleState("change_cant_be_retried", **_parameters(change))
        worker.retry(change)
        _record(Tag.UPSTREAM_RETRY, change, by)


def call_back(change: UpstreamChange, *, by: User, seen: str = "") -> None:
    """Cancel a change that has not reached upstream. Raises what `try_again` raises.

    If its pull request is open, it is updated; its other changes continue.
    """
    _check(change, by)
    with transaction.atomic():
        _require_seen(lock_change(change), seen)
        if not worker.cancel(change):
            change.refresh_from_db()
            raise StaleState("too_late_to_call_back", **_parameters(change))
        pull_request = change.pull_request
        if pull_request is not None and pull_request.state == PullRequestState.OPEN:
            wake(pull_request)
        _record(Tag.UPSTREAM_CANCEL, change, by)


def _require_seen(change: UpstreamChange, seen: str) -> None:
    require(
        seen,
        change_version(change),
        labels={
            "state": _("the state of %(name)s") % {"name": change.name},
            "change": _("what is sent of %(name)s") % {"name": change.name},
        },
    )


def _check(change: UpstreamChange, by: User) -> None:
    if not may_act(by, change):
        raise NotAllowed("only_editors_decide_about_upstream", name=change.name)


def _parameters(change: UpstreamChange) -> dict[str, str]:
    return {"name": change.name, "state": str(change.get_state_display()).lower()}


def _record(tag: Tag, change: UpstreamChange, by: User) -> None:
    record(
        tag,
        by=by,
        target=change.model or change,
        change=change.pk,
        kind=change.kind,
        before=change.state,
        pull_request=str(change.pull_request or ""),
    )
