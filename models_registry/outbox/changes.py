"""Writes the outbox: one row for each change for upstream, in the transaction of the change.

Only public models leave the hub. If upstream has a model that expires, is deleted or is no longer
public, its removal is requested there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from models_registry.definitions.compare.reconcile import same_content
from models_registry.definitions.facts.kinds import name_key
from models_registry.definitions.facts.naming import name_in
from models_registry.models import (
    LIVE_STATES,
    ChangeKind,
    ChangeState,
    PullRequest,
    PullRequestState,
    RegisteredModel,
    UpstreamChange,
    Visibility,
)
from models_registry.outbox.last_seen import last_seen
from models_registry.outbox.pull_requests import LIVE_PULL_REQUESTS, plan_pull_request, wake
from models_registry.stored_reasons import reason as stored_reason

# Messages that the hub itself writes give no reason.
_EMPTY_MESSAGES = frozenset(
    {
        "",
        "Registered",
        "Merged with an edit made upstream",
        # The same as earlier releases stored it.
        "Joined with an edit made upstream",
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The feedback of the reviewer who approved a change."""

    reviewer: str
    words: str


def note_change(
    model: RegisteredModel,
    *,
    by: User | None,
    is_deleted: bool = False,
    verdict: Verdict | None = None,
    reason: str = "",
) -> UpstreamChange | None:
    """Record the change that a model needs upstream; None if it needs no change.

    Call it at the end of the transaction that published a revision, changed the expiry or is about
    to delete the model. It compares, so it is safe to call if nothing changed. `by` is None for the
    hub itself; `reason` is the person's reason for a removal.

    A removal always needs a person's decision: a removal without `by`, as after an expiry, is
    recorded only if a person set that expiry.
    """
    with transaction.atomic():
        wanted = "" if is_deleted else _wanted(model)
        if not wanted and by is None and not model.expiry_by:
            return None
        seen = last_seen(model)
        base = seen.text if seen is not None else ""
        own = Q(model=model)
        if wanted:
            # A model of this name may have been deleted while its change was on the way.
            own |= Q(model=None, model_type=model.model_type, name_key=model.name_key)
        last = UpstreamChange.objects.filter(own).order_by("-pk").first()
        if last is not None and last.state in LIVE_STATES:
            # A source may have changed a guess since; the change has the text of that time.
            base = (base if seen is not None and seen.is_seen else "") or last.base
            if last.wanted == wanted:
                return None
        elif same_content(wanted, base) or (last is not None and _was_refused(last, wanted, by)):
            return None
        why = _Why(
            verdict, reason, "" if wanted else _cause_of_removal(model, is_deleted=is_deleted)
        )
        return _written(model, wanted, base, last, by, why)


def _wanted(model: RegisteredModel) -> str:
    """The text that upstream should have of a model: its public, unexpired definition, or
    nothing."""
    revision = model.published_revision
    if revision is None or model.visibility != Visibility.PUBLIC or model.is_expired():
        return ""
    return revision.definition


def _was_refused(last: UpstreamChange, wanted: str, by: User | None) -> bool:
    """Whether the same change was closed or cancelled, and nobody requested it again.

    Also true for a removal that upstream merged and reverted, unless a person requests it again.
    """
    refused = last.state in (ChangeState.CLOSED, ChangeState.CANCELLED)
    refused = refused or (last.state == ChangeState.MERGED and not wanted and by is None)
    return refused and same_content(last.wanted, wanted)


@dataclass(frozen=True, slots=True)
class _Why:
    """The reasons for a change: `cause` is a sentence of the hub, only for removals."""

    verdict: Verdict | None
    reason: str
    cause: str

    def as_fields(self, model: RegisteredModel) -> dict[str, Any]:
        """The reasons as fields of a change."""
        message = self.reason or self.cause or _message_of(model)
        is_cause = bool(self.cause) and not self.reason
        if self.verdict is None:
            return {"message": message, "is_cause": is_cause}
        review = {"reviewer_name": self.verdict.reviewer, "verdict": self.verdict.words}
        return {"message": message, "is_cause": is_cause, **review}


def _written(
    model: RegisteredModel,
    wanted: str,
    base: str,
    last: UpstreamChange | None,
    by: User | None,
    why: _Why,
) -> UpstreamChange:
    # What is removed has the name that upstream knows: it may be another one here by now.
    name = model.name if wanted else name_in(base) or model.name
    kind = ChangeKind.UPDATE
    if not wanted or not base:
        kind = ChangeKind.REMOVE if not wanted else ChangeKind.ADD
    change = UpstreamChange(
        model=model,
        model_type=model.model_type,
        name=name,
        name_key=name_key(name),
        kind=kind,
        revision=model.published_revision,
        wanted=wanted,
        base=base,
        created_by=by,
        author_name=by.username if by is not None else ("" if wanted else model.expiry_by),
        **why.as_fields(model),
    )
    change.pull_request = _pull_request_for(last, by) or plan_pull_request(change, by)
    if change.pull_request.state == PullRequestState.STOPPED:
        change.state, change.last_error = ChangeState.FAILED, change.pull_request.last_error
    change.save()
    # What is on its way goes on under the same name, or it would be another model there.
    live = UpstreamChange.objects.filter(model=model, state__in=LIVE_STATES).exclude(name=name)
    live.update(name=name, name_key=change.name_key)
    if last is not None and last.state in (ChangeState.CONFLICT, ChangeState.FAILED):
        UpstreamChange.objects.filter(pk=last.pk).update(
            state=ChangeState.CANCELLED, last_error=stored_reason("change_superseded")
        )
    return change


def _pull_request_for(last: UpstreamChange | None, by: User | None) -> PullRequest | None:
    """The pull request for a new change: the model's own if it is not finished, else an unsent one
    of the same person."""
    candidates = PullRequest.objects.select_for_update()
    if last is not None and last.state in LIVE_STATES and last.pull_request_id is not None:
        pull_request = candidates.filter(
            pk=last.pull_request_id, state__in=LIVE_PULL_REQUESTS
        ).first()
        if pull_request is not None:
            wake(pull_request)
            return pull_request
    if by is None:
        return None
    pull_request = candidates.filter(
        by=by,
        is_sync=False,
        state=PullRequestState.PLANNED,
        sent_version=0,
        attempts=0,
        lease="",
        last_error="",
        created_at__gt=timezone.now() - timedelta(seconds=settings.ENV.gather_seconds),
    ).first()
    if pull_request is not None:
        wake(pull_request)
    return pull_request


def _message_of(model: RegisteredModel) -> str:
    """The author's message of the published revision."""
    revision = model.published_revision
    message = revision.message if revision is not None else ""
    return "" if message in _EMPTY_MESSAGES else message


def _cause_of_removal(model: RegisteredModel, *, is_deleted: bool) -> str:
    """The reason for a model's removal upstream, as a sentence of the hub."""
    if is_deleted:
        return "it was deleted in the hub."
    if model.visibility != Visibility.PUBLIC:
        return "it is not public in the hub any more."
    if model.expires_at is not None and model.expires_at <= timezone.now():
        return f"it expired in the hub on {model.expires_at:%Y-%m-%d %H:%M} UTC."
    return "the hub has no published definition of it any more."
