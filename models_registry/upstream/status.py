"""The status of a change on its way to upstream, and what a person must do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from models_registry.models import (
    LIVE_STATES,
    ChangeKind,
    ChangeState,
    PullRequestState,
    RegisteredModel,
    UpstreamChange,
)
from models_registry.upstream.patch import patch_of
from models_registry.upstream.tokens import tokens_for
from models_registry.upstream.worker import NOBODY_TO_SEND, OLD_NOBODY_TO_SEND

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# These led to nothing, so an earlier change that is still on its way matters more.
_EMPTY = (ChangeState.CANCELLED, ChangeState.NOTHING)


@dataclass(frozen=True, slots=True)
class UpstreamStatus:
    """A change's status for people: a label, its colour, and a sentence about the next step.

    `needs_person`: it does not continue by itself. `is_shown`: it deserves a mark in lists.
    """

    change: UpstreamChange
    label: StrOrPromise
    tone: str
    next_step: StrOrPromise
    needs_person: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether it led to anything."""
        return self.change.state not in _EMPTY


def status_of(change: UpstreamChange) -> UpstreamStatus:
    """The status of a change; fetch its pull request with it."""
    pull_request = change.pull_request
    state = ChangeState(change.state)
    if (
        state == ChangeState.FAILED
        and pull_request is not None
        and pull_request.state == PullRequestState.STOPPED
    ):
        return UpstreamStatus(change, _("Stopped"), "bad", _STOPPED, needs_person=True)
    step = _NEXT_STEPS[state]
    if state == ChangeState.WAITING and change.last_error:
        step = _NO_TOKEN if change.last_error in (NOBODY_TO_SEND, OLD_NOBODY_TO_SEND) else _LATER
    needs_person = state in (ChangeState.CONFLICT, ChangeState.FAILED)
    return UpstreamStatus(change, state.label, _TONES.get(state, ""), step, needs_person)


def status_as_it_will_be(change: UpstreamChange) -> UpstreamStatus:
    """The same, which does not promise to send what nobody has a token for, or what is nothing."""
    status = status_of(change)
    if change.state != ChangeState.WAITING:
        return status
    if change.kind == ChangeKind.UPDATE and not patch_of(change):
        return replace(status, next_step=_NOTHING_LEFT)
    if not change.last_error and not tokens_for(change.created_by):
        return replace(status, next_step=_NO_TOKEN)
    return status


def latest_statuses(models: Iterable[RegisteredModel]) -> dict[int, UpstreamStatus]:
    """The upstream status of each of these models, by the model's id, in one query.

    The status of the newest change; if that led to nothing, of an earlier one that is on its way.
    """
    newest: dict[int, UpstreamChange] = {}
    changes = UpstreamChange.objects.filter(model__in=list(models)).select_related("pull_request")
    for change in changes.defer("wanted", "base", "sent", "theirs").order_by("pk"):
        if change.model_id is None:
            continue
        earlier = newest.get(change.model_id)
        if earlier is None or earlier.state not in LIVE_STATES or change.state not in _EMPTY:
            newest[change.model_id] = change
    return {pk: status_of(change) for pk, change in newest.items()}


def latest_status(model: RegisteredModel) -> UpstreamStatus | None:
    """The upstream status of one model; None if it never had a change."""
    return latest_statuses([model]).get(model.pk)


_TONES = {
    ChangeState.OPEN: "accent",
    ChangeState.MERGED: "good",
    ChangeState.CONFLICT: "warn",
    ChangeState.FAILED: "bad",
}
_STOPPED = _("The hub continues once that pull request is merged or closed.")
_NO_TOKEN = _(
    "Save a GitHub token in the User Center and the hub sends it, or send its patch by hand."
)
_NOTHING_LEFT = _(
    "All changes together leave the model as upstream has it, so no pull request is needed."
)
_LATER = _("The hub tries again by itself.")
_NEXT_STEPS: dict[ChangeState, StrOrPromise] = {
    ChangeState.WAITING: _("The hub sends it within a few minutes."),
    ChangeState.SENDING: _("The hub is sending it."),
    ChangeState.OPEN: _("The maintainers of upstream decide about it now."),
    ChangeState.MERGED: _("Upstream has it."),
    ChangeState.CLOSED: _(
        "It was closed without being merged. It is not offered again until the model is changed."
    ),
    ChangeState.CONFLICT: _(
        "This change conflicts with upstream: somebody must choose between the two versions."
    ),
    ChangeState.FAILED: _("Fix the cause of the error, then try again."),
    ChangeState.CANCELLED: _("It was called back, or a newer change has replaced it."),
    ChangeState.NOTHING: _("Upstream has all of it already."),
}
