"""What follows when a pull request is over: merged, closed, or without anything left in it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from models_registry.definitions.layouts import Layout
from models_registry.definitions.placing import path_of
from models_registry.models import RegisteredModel, UpstreamFile
from models_registry.outbox_tables import (
    ChangeState,
    PullRequest,
    PullRequestState,
    UpstreamChange,
)
from models_registry.upstream.errors import GatewayError
from models_registry.upstream.github import GitHub, Pull
from models_registry.upstream.joining import base_after_merge, remember
from models_registry.upstream.outgoing import regroup

_UNSENT = (ChangeState.WAITING, ChangeState.SENDING)


def settle(pull_request: PullRequest, pull: Pull, github: GitHub | None) -> None:
    """Take over what became of a pull request: merged or closed.

    Merged: what was sent is the base of the next merge, and the hub's branch is deleted. Closed:
    its changes stay as they are, for people to see. Changes that came too late for it get a pull
    request of their own.
    """
    is_merged = pull.state == "merged"
    with transaction.atomic():
        # Models before pull requests, as everybody who changes a model: or two wait for each other.
        models = RegisteredModel.objects.select_for_update().order_by("pk")
        list(models.filter(pk__in=pull_request.changes.values("model")).values_list("pk"))
        row = PullRequest.objects.select_for_update().get(pk=pull_request.pk)
        # What came while the hub had stopped goes on by itself now.
        unsent = (
            [*_UNSENT, ChangeState.FAILED] if row.state == PullRequestState.STOPPED else _UNSENT
        )
        row.state = PullRequestState.MERGED if is_merged else PullRequestState.CLOSED
        row.number, row.url, row.last_error = pull.number, pull.url, ""
        row.save(update_fields=["state", "number", "url", "last_error"])
        changes = row.changes.select_for_update().order_by("pk")
        if is_merged:
            _revive(changes, pull)
        sent = [change for change in changes if _is_in(change, pull)]
        if is_merged:
            _advance(sent)
        UpstreamChange.objects.filter(pk__in=[change.pk for change in sent]).update(
            state=ChangeState.MERGED if is_merged else ChangeState.CLOSED,
            merged_at=(pull.merged_at or timezone.now()) if is_merged else None,
        )
        late = list(changes.filter(state__in=unsent).order_by("pk"))
        if is_merged:
            for change in late:
                _rebase(change)
        regroup(late)
    pull_request.refresh_from_db()
    if is_merged and github is not None:
        delete_own_branch(pull_request, github)


def _is_in(change: UpstreamChange, pull: Pull) -> bool:
    """Whether a pull request had a change when it ended; the hub may have died before noting it.

    The newest commit that was made for a change is noted with it; the branch got there, or not.
    """
    if change.state == ChangeState.OPEN:
        return True
    return change.state in _UNSENT and bool(change.commit) and change.commit == pull.head


def reopen(pull_request: PullRequest) -> None:
    """Go on with a pull request that upstream has opened again."""
    with transaction.atomic():
        PullRequest.objects.filter(pk=pull_request.pk).update(state=PullRequestState.OPEN)
        pull_request.changes.filter(state=ChangeState.CLOSED).update(state=ChangeState.OPEN)
    pull_request.refresh_from_db()


def close_empty(pull_request: PullRequest, github: GitHub) -> None:
    """Close a pull request of which nothing is left, since its changes were taken back here.

    One whose changes are all in conflict stays as it is, until a person decides.
    """
    if pull_request.changes.filter(state=ChangeState.CONFLICT).exists():
        return
    if pull_request.number is not None:
        pull = github.edit_pull(pull_request.repository, pull_request.number, state="closed")
        if pull.state == "merged":
            settle(pull_request, pull, github)
            return
    delete_own_branch(pull_request, github)
    PullRequest.objects.filter(pk=pull_request.pk).update(state=PullRequestState.DROPPED)


def _revive(changes: QuerySet[UpstreamChange], pull: Pull) -> None:
    """Take back that there was nothing to do: a model that was taken back here was merged before
    it could be taken out of its branch."""
    arrived: set[tuple[str, str]] = set()
    for change in changes.filter(state=ChangeState.NOTHING):
        key = change.model_type, change.name_key
        if change.commit and change.commit == pull.head:
            change.state = ChangeState.OPEN
            arrived.add(key)
        elif key in arrived:
            change.state = ChangeState.WAITING
        change.save(update_fields=["state", "changed_at"])


def delete_own_branch(pull_request: PullRequest, github: GitHub) -> None:
    """Delete the branch if its head is the hub's; one that somebody pushed to is left alone."""
    if not pull_request.head_repository:
        return
    try:
        # It may have another name by now, and GitHub redirects what reads alone.
        where = github.repository(pull_request.head_repository).name
        head = github.head(where, pull_request.branch)
        if head is not None and head in pull_request.commits:
            github.delete_branch(where, pull_request.branch)
    except GatewayError:
        # A branch that is left over harms nobody; upstream's own setting may delete it, too.
        return


def _advance(sent: list[UpstreamChange]) -> None:
    """Make what was merged the base of the next merge."""
    for change in sent:
        model = change.model
        if model is None:
            if not change.sent:
                name = {"model_type": change.model_type, "name_key": change.name_key}
                UpstreamFile.objects.filter(**name, model=None).delete()
            continue
        if not change.sent:
            UpstreamFile.objects.filter(model=model).delete()
            continue
        seen = UpstreamFile.objects.filter(model=model).first()
        layout: Layout = "aggregate" if seen is not None and seen.layout == "aggregate" else "split"
        path = path_of(layout, model.model_type, model.name)
        # What another hub has says nothing of upstream.
        known = seen.text if seen is not None and seen.is_seen else ""
        text = base_after_merge(change, known)
        remember(model, text, (layout, path), source=f"{change.pull_request}")


def _rebase(change: UpstreamChange) -> None:
    """Let a change that came too late start from what was merged."""
    merged = (
        UpstreamChange.objects.filter(
            model_type=change.model_type,
            name_key=change.name_key,
            pull_request=change.pull_request,
            state=ChangeState.MERGED,
        )
        .order_by("-pk")
        .first()
    )
    if merged is not None:
        change.base = base_after_merge(merged, change.base)
        change.save(update_fields=["base", "changed_at"])
