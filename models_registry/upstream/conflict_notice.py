"""The changes of a pull request that are in conflict with upstream, and the notice about them."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from models_registry.definitions.json_text.document import parse
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.models import ChangeState, PullRequest, UpstreamChange
from models_registry.upstream import texts
from models_registry.upstream.github import GitHub, Pull

ACTIVE = (ChangeState.WAITING, ChangeState.SENDING, ChangeState.OPEN)
# (type, name) → the changes of that model, newest last.
ChangesByModel = dict[tuple[str, str], list[UpstreamChange]]


def active_changes(pull_request: PullRequest) -> ChangesByModel:
    """The changes to send, by model. If the newest change of a model is in conflict, none of them
    is sent: the older ones would restore an outdated version."""
    return {
        key: [change for change in changes if change.state in ACTIVE]
        for key, changes in _by_model(pull_request).items()
        if changes[-1].state in ACTIVE
    }


def in_conflict(pull_request: PullRequest) -> list[UpstreamChange]:
    """The changes that wait for a person, one of each model."""
    newest = (changes[-1] for changes in _by_model(pull_request).values())
    return [change for change in newest if change.state == ChangeState.CONFLICT]


def notice_of(pull_request: PullRequest, *, is_only: bool) -> str:
    """The notice about changes in conflict at the top of a pull request; empty without a conflict.

    With `is_only` the pull request has no other changes, so its branch stays as it is.
    """
    models = [_model_in_conflict(change) for change in in_conflict(pull_request)]
    return texts.conflict_notice(models, is_only=is_only)


def write_notice(pull_request: PullRequest, github: GitHub) -> bool:
    """Write the notice into an open pull request whose changes are all in conflict.

    False without a conflict. Idempotent. Its branch and the rest of its text are not changed.
    """
    notice = notice_of(pull_request, is_only=True)
    if not notice:
        return False
    pull = _pull(pull_request, github)
    if pull is not None and pull.state == "open":
        body = texts.with_notice(pull.body, notice)
        if body != pull.body:
            github.edit_pull(pull_request.repository, pull.number, body=body)
        pull_request.body = body
        pull_request.save(update_fields=["body"])
    return True


def _pull(pull_request: PullRequest, github: GitHub) -> Pull | None:
    if pull_request.number is not None:
        return github.pull(pull_request.repository, pull_request.number)[0]
    if not pull_request.commits:
        return None
    # It may have been opened although the answer was lost.
    owner = pull_request.head_repository.partition("/")[0]
    return github.find_pull(pull_request.repository, owner, pull_request.branch)


def _by_model(pull_request: PullRequest) -> ChangesByModel:
    by_model: ChangesByModel = {}
    changes = pull_request.changes.filter(state__in=[*ACTIVE, ChangeState.CONFLICT])
    for change in changes.order_by("pk"):
        by_model.setdefault((change.model_type, change.name), []).append(change)
    return by_model


def _model_in_conflict(change: UpstreamChange) -> texts.ModelInConflict:
    page = ""
    if change.model_id is not None:
        path = reverse("models_registry:model_upstream", args=[change.model_id])
        page = f"{settings.SITE_URL}{path}"
    return texts.ModelInConflict(change.name, change.model_type, _reason(change), page)


def _reason(change: UpstreamChange) -> str:
    if not change.theirs:
        return "upstream has removed it, while it was changed in the hub"
    try:
        parse(change.theirs)
    except DefinitionTextError:
        return "its file here can't be read any more"
    if not change.wanted:
        return "it is to be removed, but it was changed here since"
    if not change.base:
        return "a model of this name was added here since, with another definition"
    return "upstream was changed in the same place, in another way"
