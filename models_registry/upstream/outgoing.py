"""Notes what upstream must learn: one row in the outbox, in the transaction of the change itself.

Only what is public leaves the hub. A model that upstream has and that expires, is deleted or is no
longer public, is to be removed there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from models_registry.definitions.reconcile import same_content
from models_registry.models import RegisteredModel, UpstreamFile, Visibility
from models_registry.outbox_tables import (
    LIVE_STATES,
    ChangeKind,
    ChangeState,
    PullRequest,
    PullRequestState,
    UpstreamChange,
)

LIVE_PULL_REQUESTS = (
    PullRequestState.PLANNED,
    PullRequestState.OPEN,
    PullRequestState.STOPPED,
)


def note_change(
    model: RegisteredModel, *, by: User | None, is_deleted: bool = False
) -> UpstreamChange | None:
    """Write down what upstream must learn of a model, if anything.

    Call it at the end of the transaction that published something, changed the expiry or is about
    to delete the model; also where nothing may have changed, since it compares. In: the model as it
    is now, the person (None: the hub itself). Out: the change, or None.
    """
    with transaction.atomic():
        wanted = "" if is_deleted else _wanted(model)
        seen = _last_seen(model)
        base = seen.text if seen is not None else ""
        own = UpstreamChange.objects.filter(model=model)
        if wanted:
            # A model of this name may have been deleted while its change was on the way.
            own = UpstreamChange.objects.filter(
                model_type=model.model_type, name_key=model.name_key
            )
        last = own.order_by("-pk").first()
        if last is not None and last.state in LIVE_STATES:
            # A source may have moved a guess on since; what was there then, the change knows.
            base = (base if seen is not None and seen.is_seen else "") or last.base
            if last.wanted == wanted:
                return None
        elif same_content(wanted, base) or (last is not None and _was_refused(last, wanted)):
            return None
        return _written(model, wanted, base, last, by)


def _wanted(model: RegisteredModel) -> str:
    """What upstream shall have of a model: its public, unexpired definition, or nothing."""
    revision = model.published_revision
    if revision is None or model.visibility != Visibility.PUBLIC or model.is_expired():
        return ""
    return revision.definition


def upstream_text(model: RegisteredModel) -> str:
    """What upstream had of a model when the hub last looked, or the empty text.

    For a public one also what it had of a deleted model of that name, which outlives that.
    """
    seen = _last_seen(model)
    return seen.text if seen is not None else ""


def _last_seen(model: RegisteredModel) -> UpstreamFile | None:
    seen = UpstreamFile.objects.filter(model=model).first()
    if seen is None and model.visibility == Visibility.PUBLIC:
        seen = UpstreamFile.objects.filter(
            model=None, model_type=model.model_type, name_key=model.name_key
        ).first()
    return seen


def is_guessed(change: UpstreamChange) -> bool:
    """Whether what a change starts from is what another hub had: nobody has looked upstream.

    That hub may have another text by now, which makes the older one no less of a guess.
    """
    unseen = UpstreamFile.objects.filter(is_seen=False)
    if change.model_id is not None:
        return unseen.filter(model=change.model_id).exists()
    named = {"model_type": change.model_type, "name_key": change.name_key}
    return unseen.filter(model=None, **named).exists()


def _was_refused(last: UpstreamChange, wanted: str) -> bool:
    """Whether just this was offered and closed, or called back: nobody asked for it once more."""
    refused = last.state in (ChangeState.CLOSED, ChangeState.CANCELLED)
    return refused and same_content(last.wanted, wanted)


def _written(
    model: RegisteredModel,
    wanted: str,
    base: str,
    last: UpstreamChange | None,
    by: User | None,
) -> UpstreamChange:
    kind = ChangeKind.UPDATE
    if not wanted or not base:
        kind = ChangeKind.REMOVE if not wanted else ChangeKind.ADD
    change = UpstreamChange(
        model=model,
        model_type=model.model_type,
        name=model.name,
        name_key=model.name_key,
        kind=kind,
        revision=model.published_revision,
        wanted=wanted,
        base=base,
        created_by=by,
        author_name=by.username if by is not None else "",
    )
    change.pull_request = _joined(last, by) or _planned(change, by)
    if change.pull_request.state == PullRequestState.STOPPED:
        change.state, change.last_error = ChangeState.FAILED, change.pull_request.last_error
    change.save()
    if last is not None and last.state in (ChangeState.CONFLICT, ChangeState.FAILED):
        UpstreamChange.objects.filter(pk=last.pk).update(
            state=ChangeState.CANCELLED, last_error="A newer change has taken its place."
        )
    return change


def _joined(last: UpstreamChange | None, by: User | None) -> PullRequest | None:
    """The pull request that a new change belongs to: the model's own that is still on the way, else
    one of the same person that has yet to be sent."""
    candidates = PullRequest.objects.select_for_update()
    if last is not None and last.state in LIVE_STATES and last.pull_request_id is not None:
        found = candidates.filter(pk=last.pull_request_id, state__in=LIVE_PULL_REQUESTS).first()
        if found is not None:
            wake(found)
            return found
    if by is None:
        return None
    found = candidates.filter(
        by=by,
        is_sync=False,
        state=PullRequestState.PLANNED,
        sent_version=0,
        attempts=0,
        lease="",
        last_error="",
        created_at__gt=timezone.now() - timedelta(seconds=settings.ENV.gather_seconds),
    ).first()
    if found is not None:
        wake(found)
    return found


def wake(pull_request: PullRequest) -> None:
    """Say that there is something new to send."""
    pull_request.wanted_version = F("wanted_version") + 1
    pull_request.save(update_fields=["wanted_version"])
    pull_request.refresh_from_db(fields=["wanted_version"])


def _planned(change: UpstreamChange, by: User | None) -> PullRequest:
    """A new pull request; its branch is named after the change that begins it."""
    stem = f"hub/{change.kind}-{change.model_type}-{change.name[:80]}-{change.key.hex[:10]}"
    # Git takes no name with "..".
    stem = stem.replace("..", "-")
    earlier = PullRequest.objects.filter(branch__startswith=stem).count()
    return PullRequest.objects.create(
        branch=f"{stem}-{earlier + 1}" if earlier else stem,
        by=by,
        next_attempt_at=timezone.now() + timedelta(seconds=settings.ENV.gather_seconds),
    )


def regroup(changes: Iterable[UpstreamChange]) -> None:
    """Give changes that missed their pull request, since it was closed, a new one together."""
    waiting = list(changes)
    if not waiting:
        return
    fresh = _planned(waiting[-1], waiting[-1].created_by)
    for change in waiting:
        change.pull_request = fresh
        change.state = ChangeState.WAITING
        # A commit that was made for it did not get there.
        change.commit = change.sent = change.theirs = ""
        change.save(
            update_fields=["pull_request", "state", "commit", "sent", "theirs", "changed_at"]
        )
