"""What a pull request must wait with: changes in conflict with upstream, and saying so there."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from models_registry.definitions.problems import DefinitionTextError
from models_registry.definitions.text import parse
from models_registry.outbox_tables import ChangeState, PullRequest, UpstreamChange
from models_registry.upstream import words
from models_registry.upstream.github import GitHub, Pull

ACTIVE = (ChangeState.WAITING, ChangeState.SENDING, ChangeState.OPEN)
# (type, name) → the changes of that model, newest last.
Changes = dict[tuple[str, str], list[UpstreamChange]]


def going_on(pull_request: PullRequest) -> Changes:
    """What is to be sent. A model's newest change decides: where that is held, older ones are too,
    since they would bring less than the hub has."""
    return {
        key: [change for change in own if change.state in ACTIVE]
        for key, own in _by_model(pull_request).items()
        if own[-1].state in ACTIVE
    }


def held(pull_request: PullRequest) -> list[UpstreamChange]:
    """The changes that wait for a person, one of each model."""
    newest = (own[-1] for own in _by_model(pull_request).values())
    return [change for change in newest if change.state == ChangeState.CONFLICT]


def note(pull_request: PullRequest, *, is_alone: bool) -> str:
    """What the text of the pull request says of held changes at its top; empty where none is.

    `is_alone`: nothing else is in it, so that its branch stays as it was.
    """
    return words.held_note([_told(change) for change in held(pull_request)], is_alone=is_alone)


def tell(pull_request: PullRequest, github: GitHub) -> bool:
    """Say in an open pull request that all of it is held back; False where nothing is.

    Its branch and the rest of its text are not touched. Doing it again changes nothing.
    """
    said = note(pull_request, is_alone=True)
    if not said:
        return False
    pull = _pull(pull_request, github)
    if pull is not None and pull.state == "open":
        body = words.with_note(pull.body, said)
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
    # It may have been opened, though the answer was lost.
    owner = pull_request.head_repository.partition("/")[0]
    return github.find_pull(pull_request.repository, owner, pull_request.branch)


def _by_model(pull_request: PullRequest) -> Changes:
    found: Changes = {}
    changes = pull_request.changes.filter(state__in=[*ACTIVE, ChangeState.CONFLICT])
    for change in changes.order_by("pk"):
        found.setdefault((change.model_type, change.name), []).append(change)
    return found


def _told(change: UpstreamChange) -> words.Held:
    page = ""
    if change.model_id is not None:
        path = reverse("models_registry:model_upstream", args=[change.model_id])
        page = f"{settings.SITE_URL}{path}"
    return words.Held(change.name, change.model_type, _reason(change), page)


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
