"""Where a change on its way to upstream stands, in words, and what a person must do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from models_registry.models import RegisteredModel
from models_registry.outbox_tables import (
    LIVE_STATES,
    ChangeState,
    PullRequestState,
    UpstreamChange,
)
from models_registry.upstream.outbox import NOBODY_TO_SEND

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Nothing came of these, so an earlier change that is still on its way says more.
_EMPTY = (ChangeState.CANCELLED, ChangeState.NOTHING)


@dataclass(frozen=True, slots=True)
class Standing:
    """A change's state for people: a label and its colour, and a sentence on what comes next.

    `needs_person`: it does not go on by itself. `is_shown`: it is worth a mark in lists.
    """

    change: UpstreamChange
    label: StrOrPromise
    tone: str
    next_step: StrOrPromise
    needs_person: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether it came to anything."""
        return self.change.state not in _EMPTY


def standing(change: UpstreamChange) -> Standing:
    """The standing of a change; its pull request is best fetched with it."""
    pull_request = change.pull_request
    state = ChangeState(change.state)
    if (
        state == ChangeState.FAILED
        and pull_request is not None
        and pull_request.state == PullRequestState.STOPPED
    ):
        return Standing(change, _("Stopped"), "bad", _STOPPED, needs_person=True)
    step = _NEXT_STEPS[state]
    if state == ChangeState.WAITING and change.last_error:
        step = _NO_TOKEN if change.last_error == NOBODY_TO_SEND else _LATER
    needs_person = state in (ChangeState.CONFLICT, ChangeState.FAILED)
    return Standing(change, state.label, _TONES.get(state, ""), step, needs_person)


def latest(models: Iterable[RegisteredModel]) -> dict[int, Standing]:
    """The standing of each of these models at upstream, by the model's number, in one query.

    That of its newest change; where nothing came of that, of an earlier one that is on its way.
    """
    found: dict[int, UpstreamChange] = {}
    changes = UpstreamChange.objects.filter(model__in=list(models)).select_related("pull_request")
    for change in changes.defer("wanted", "base", "sent", "theirs").order_by("pk"):
        if change.model_id is None:
            continue
        earlier = found.get(change.model_id)
        if earlier is None or earlier.state not in LIVE_STATES or change.state not in _EMPTY:
            found[change.model_id] = change
    return {pk: standing(change) for pk, change in found.items()}


def standing_of(model: RegisteredModel) -> Standing | None:
    """The standing of one model at upstream, None where no change of it was ever noted."""
    return latest([model]).get(model.pk)


_TONES = {
    ChangeState.OPEN: "accent",
    ChangeState.MERGED: "good",
    ChangeState.CONFLICT: "warn",
    ChangeState.FAILED: "bad",
}
_STOPPED = _("The hub goes on once that pull request is merged or closed.")
_NO_TOKEN = _(
    "Save a GitHub token in the User Center and it goes out by itself; or send its patch by hand."
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
        "The hub and upstream do not go together here: somebody must choose between the two."
    ),
    ChangeState.FAILED: _("Mend what is in the way, then try again."),
    ChangeState.CANCELLED: _("It was called back, or a newer change has taken its place."),
    ChangeState.NOTHING: _("Upstream has all of it already."),
}
