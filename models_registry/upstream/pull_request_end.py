"""The end of a pull request: merged, closed, or without any changes left in it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from models_registry.definitions.facts.naming import name_in
from models_registry.definitions.upstream_files.layouts import Layout
from models_registry.definitions.upstream_files.placing import path_of
from models_registry.models import (
    ChangeState,
    PullRequest,
    PullRequestState,
    RegisteredModel,
    UpstreamChange,
    UpstreamFile,
)
from models_registry.outbox.pull_requests import regroup, wake
from models_registry.upstream.errors import GatewayError
from models_registry.upstream.github import GitHub, Pull
from models_registry.upstream.merge_back import base_after_merge, remember

_UNSENT = (ChangeState.WAITING, ChangeState.SENDING)
_MOVABLE = (*_UNSENT, ChangeState.CONFLICT, ChangeState.FAILED)


def settle(pull_request: PullRequest, pull: Pull, github: GitHub | None) -> None:
    """Store that a pull request was merged or closed.

    Merged: what was sent becomes the base of the next merge, and the hub's branch is deleted.
    Closed: its changes stay visible as they are. Changes that came too late for it get a pull
    request of their own.
    """
    is_merged = pull.state == "merged"
    with transaction.atomic():
        # Lock models before pull requests, like all code that changes a model; another order could
        # deadlock.
        models = RegisteredModel.objects.select_for_update().order_by("pk")
        list(models.filter(pk__in=pull_request.changes.values("model")).values_list("pk"))
        row = PullRequest.objects.select_for_update().get(pk=pull_request.pk)
        # Changes that came while the hub had stopped continue by themselves now.
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
            changed_at=timezone.now(),
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
    """Whether a pull request contained a change when it ended; the hub may have died before
    recording it.

    The newest commit for a change is recorded with it; the branch was moved to it, or not.
    """
    if change.state == ChangeState.OPEN:
        return True
    return change.state in _UNSENT and bool(change.commit) and change.commit == pull.head


def reopen(pull_request: PullRequest) -> None:
    """Continue with a pull request that upstream has reopened.

    It takes over the unsent changes of its models; otherwise a second pull request would be opened.
    """
    with transaction.atomic():
        # Lock models before pull requests, as in `settle`.
        models = RegisteredModel.objects.select_for_update().order_by("pk")
        list(models.filter(pk__in=pull_request.changes.values("model")).values_list("pk"))
        names = pull_request.changes.filter(state=ChangeState.CLOSED).values("name_key")
        planned = Q(state=PullRequestState.PLANNED, number=None, changes__name_key__in=names)
        rows = PullRequest.objects.filter(planned | Q(pk=pull_request.pk)).values("pk")
        locked = PullRequest.objects.select_for_update().filter(pk__in=rows).order_by("pk")
        by_pk = {row.pk: row for row in locked}
        row = by_pk.pop(pull_request.pk)
        if row.state != PullRequestState.CLOSED:
            return
        keys = set(
            row.changes.filter(state=ChangeState.CLOSED).values_list("model_type", "name_key")
        )
        row.state = PullRequestState.OPEN
        row.save(update_fields=["state"])
        row.changes.filter(state=ChangeState.CLOSED).update(state=ChangeState.OPEN)
        for other in by_pk.values():
            if not other.commits:
                _move_unsent(other, row, keys)
    pull_request.refresh_from_db()


def _move_unsent(other: PullRequest, row: PullRequest, keys: set[tuple[str, str]]) -> None:
    """Move the changes of these models; a pull request without any left is deleted.

    A worker that is sending it notices that before it creates a branch.
    """
    unsent = list(other.changes.filter(state__in=_MOVABLE))
    moved = [change.pk for change in unsent if (change.model_type, change.name_key) in keys]
    if not moved:
        return
    UpstreamChange.objects.filter(pk__in=moved).update(pull_request=row)
    wake(row)
    if len(moved) == len(unsent):
        other.state = PullRequestState.DROPPED
        other.save(update_fields=["state"])
    else:
        wake(other)


def close_empty(pull_request: PullRequest, github: GitHub) -> None:
    """Close a pull request without changes, since they were all reverted here.

    One whose changes are all in conflict stays open until a person decides.
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
    """Undo the state "nothing to do" of a change: it was reverted here, but merged before it could
    be taken out of the branch."""
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
    """Delete the branch if its head is the hub's; a branch that somebody pushed to stays."""
    if not pull_request.head_repository:
        return
    try:
        # The repository may have been renamed, and GitHub redirects only reads.
        where = github.repository(pull_request.head_repository).name
        head = github.head(where, pull_request.branch)
        if head is not None and head in pull_request.commits:
            github.delete_branch(where, pull_request.branch)
    except GatewayError:
        # A leftover branch does no harm, and upstream's own setting may delete it.
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
        file = UpstreamFile.objects.filter(model=model).first()
        layout: Layout = "aggregate" if file is not None and file.layout == "aggregate" else "split"
        # Another hub's text says nothing about upstream.
        seen = file.text if file is not None and file.is_seen else ""
        text = base_after_merge(change, seen)
        path = path_of(layout, model.model_type, name_in(text) or model.name)
        remember(model, text, (layout, path), source=f"{change.pull_request}")


def _rebase(change: UpstreamChange) -> None:
    """Make what was merged the base of a change that came too late."""
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
