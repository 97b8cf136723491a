"""Brings one pull request to GitHub: plan, commit, branch, pull request. Each step first looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.github_identity import github_account
from accounts.models import User
from models_registry.outbox_tables import (
    ChangeState,
    PullRequest,
    PullRequestState,
    UpstreamChange,
)
from models_registry.upstream import holding, words
from models_registry.upstream.errors import (
    GatewayError,
    NoRights,
    Refused,
    Stopped,
    TokenRefused,
    TryAgain,
)
from models_registry.upstream.github import GitHub, Pull, Signature
from models_registry.upstream.holding import ACTIVE, Changes
from models_registry.upstream.joining import Learnt, learnt, take_over
from models_registry.upstream.outgoing import is_guessed
from models_registry.upstream.plan import Item, Plan, make_plan
from models_registry.upstream.settling import close_empty, settle
from models_registry.upstream.snapshot import Snapshot
from models_registry.upstream.tokens import tokens_for

# May raise LeaseLost; asked before anything is written to GitHub.
Keep = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a delivery works with: the gateway, upstream's present name and head."""

    github: GitHub
    upstream: str
    base: str
    snapshot: Snapshot
    may_push: bool


def deliver(pull_request: PullRequest, keep: Keep) -> None:
    """Make GitHub have what the pull request's changes want.

    In: the row, leased; a call that makes sure of the lease. Raises the errors of this room; what
    was done until then is found by the next try.
    """
    refusal: GatewayError | None = None
    for token in tokens_for(pull_request.by):
        github = GitHub(settings.ENV.github_api_url, token.secret)
        try:
            if _deliver(pull_request, github, keep):
                PullRequest.objects.filter(pk=pull_request.pk).update(token_login=token.login)
            return
        except TokenRefused as error:
            # Revoked: the next one, if there is one.
            refusal = error
    if refusal is not None:
        raise refusal


def _deliver(pull_request: PullRequest, github: GitHub, keep: Keep) -> bool:
    """Whether GitHub has it now; False where there is nothing to send any more."""
    repository = github.repository(pull_request.repository or settings.ENV.upstream_repo)
    if pull_request.repository != repository.name:
        _note_name(pull_request, repository.name)
    before = learnt()
    base = github.head(repository.name, settings.ENV.upstream_branch)
    if base is None:
        raise GatewayError(
            f"{repository.name} has no branch {settings.ENV.upstream_branch}. "
            "Check HUB_UPSTREAM_BRANCH."
        )
    if _is_over(pull_request, github):
        return False
    snapshot = Snapshot(github, repository.name, base)
    plan, by_model = planned(pull_request, snapshot, before)
    if not plan.changes:
        keep()
        if not holding.tell(pull_request, github):
            close_empty(pull_request, github)
        return False
    desk = _Desk(github, repository.name, base, snapshot, repository.may_push)
    _describe(pull_request, plan, by_model)
    _push(pull_request, desk, plan, by_model, keep)
    pull = _open(pull_request, desk, keep)
    if pull.state != "open":
        # It was merged or closed just before the branch was moved: that came too late for it.
        settle(pull_request, pull, github)
        return False
    _note_sent(pull_request, pull, plan, by_model)
    return True


def _note_name(pull_request: PullRequest, name: str) -> None:
    """Take over upstream's present name; GitHub redirects what reads, not what writes."""
    if pull_request.head_repository == pull_request.repository and pull_request.commits:
        pull_request.head_repository = name
    pull_request.repository = name
    pull_request.save(update_fields=["repository", "head_repository"])


def _is_over(pull_request: PullRequest, github: GitHub) -> bool:
    """Whether the pull request was merged or closed meanwhile, which is then settled."""
    if pull_request.number is not None:
        pull, _ = github.pull(pull_request.repository, pull_request.number)
    elif pull_request.commits:
        # It may have been opened, though the answer was lost.
        owner = pull_request.head_repository.partition("/")[0]
        pull = github.find_pull(pull_request.repository, owner, pull_request.branch)
    else:
        return False
    if pull is None:
        return False
    if pull.state == "open":
        if pull_request.number is None:
            _note_pull(pull_request, pull)
        # A worker may have died between moving the branch and noting it.
        pull_request.changes.filter(
            state__in=[ChangeState.WAITING, ChangeState.SENDING], commit=pull.head
        ).update(state=ChangeState.OPEN)
        return False
    settle(pull_request, pull, github)
    return True


def _note_pull(pull_request: PullRequest, pull: Pull) -> None:
    pull_request.number, pull_request.url = pull.number, pull.url
    pull_request.state = PullRequestState.OPEN
    pull_request.save(update_fields=["number", "url", "state"])


def planned(pull_request: PullRequest, snapshot: Snapshot, before: Learnt) -> tuple[Plan, Changes]:
    """Plan with what the newest change of each model wants, and let the hub follow what is found.

    In: the row, upstream's files, what was learnt of them before they were read. A model whose
    newest change is in conflict waits for a person. Raises TryAgain where the hub's models change
    too quickly for that.
    """
    for _ in range(3):
        by_model = holding.going_on(pull_request)
        items = [
            Item(model_type, name, own[-1].base, own[-1].wanted, is_guessed(own[-1]))
            for (model_type, name), own in by_model.items()
        ]
        plan = make_plan(items, snapshot, now=int(time.time()))
        source = f"github:{snapshot.repository}@{snapshot.commit}"
        is_current = [
            take_over(by_model[key], result, plan.places[key], source=source, before=before)
            for result in plan.results
            for key in [(result.item.model_type, result.item.name)]
        ]
        if all(is_current):
            for result in plan.results:
                key = (result.item.model_type, result.item.name)
                if result.problem:
                    del by_model[key]
                elif result.kind == "nothing":
                    _set(by_model.pop(key), ChangeState.NOTHING)
            return plan, by_model
    raise TryAgain("The models were changed while they were being sent.")


def _set(changes: list[UpstreamChange], state: ChangeState) -> None:
    UpstreamChange.objects.filter(pk__in=[change.pk for change in changes]).update(
        state=state, last_error=""
    )


def _describe(pull_request: PullRequest, plan: Plan, by_model: Changes) -> None:
    origins = {key: origin_of(own[-1]) for key, own in by_model.items()}
    pull_request.title = words.title(plan, is_sync=pull_request.is_sync)
    body = words.body(plan, origins, hub=settings.SITE_URL)
    pull_request.body = words.with_note(body, holding.note(pull_request, is_alone=False))
    pull_request.save(update_fields=["title", "body"])


def origin_of(change: UpstreamChange) -> words.Origin:
    """Where a change comes from, for the people who read the pull request."""
    page = ""
    if change.model_id is not None:
        path = reverse("models_registry:model_detail", args=[str(change.model_id)])
        page = f"{settings.SITE_URL}{path}"
    return words.Origin(page, change.author_name)


def _push(
    pull_request: PullRequest, desk: _Desk, plan: Plan, by_model: Changes, keep: Keep
) -> None:
    """Make the branch's head a commit with what is planned, in upstream or in a fork."""
    _choose_head_repository(pull_request, desk, keep)
    try:
        _move(pull_request, desk, plan, by_model, keep)
    except NoRights:
        if pull_request.commits or pull_request.head_repository != desk.upstream:
            raise
        # GitHub says of some tokens that they may push, and takes nothing from them.
        keep()
        fork = desk.github.fork(desk.upstream, settings.ENV.upstream_branch)
        pull_request.head_repository = fork
        pull_request.save(update_fields=["head_repository"])
        _move(pull_request, desk, plan, by_model, keep)


def _choose_head_repository(pull_request: PullRequest, desk: _Desk, keep: Keep) -> None:
    if pull_request.head_repository == desk.upstream and pull_request.commits:
        return
    if pull_request.head_repository and pull_request.commits:
        there = desk.github.repository(pull_request.head_repository)
        if there.name == desk.upstream or desk.github.login() == there.owner:
            pull_request.head_repository = there.name
            pull_request.save(update_fields=["head_repository"])
            return
        if pull_request.number is not None:
            raise GatewayError(
                f"The branch is in {pull_request.head_repository}, "
                "but the token that it was made with does not work any more."
            )
    if desk.may_push:
        pull_request.head_repository = desk.upstream
    else:
        keep()
        fork = desk.github.fork(desk.upstream, settings.ENV.upstream_branch)
        pull_request.head_repository = fork
    pull_request.save(update_fields=["head_repository"])


def _move(
    pull_request: PullRequest, desk: _Desk, plan: Plan, by_model: Changes, keep: Keep
) -> None:
    github, where, branch = desk.github, pull_request.head_repository, pull_request.branch
    head = github.head(where, branch)
    if head is not None and head not in pull_request.commits:
        raise Stopped(
            f"Somebody else has pushed to the branch {branch}. The hub leaves it alone: "
            "finish the pull request by hand, or close it and try again."
        )
    keep()
    tree = github.make_tree(where, desk.snapshot.tree, plan.files)
    starts_there = head is not None and pull_request.commits[head] == desk.base
    if head is not None and starts_there and github.tree_of(where, head) == tree:
        return
    parents = [desk.base] if head is None else [head]
    if head is not None and not starts_there:
        # As a merge with upstream's head, the branch differs from it in our changes alone.
        parents.append(desk.base)
    newest = max((own[-1] for own in by_model.values()), key=lambda change: change.pk)
    origins = {key: origin_of(own[-1]) for key, own in by_model.items()}
    commit = github.make_commit(
        where,
        message=words.commit_message(plan, origins, is_sync=pull_request.is_sync),
        tree=tree,
        parents=parents,
        author=_author(newest.created_by, newest.author_name),
    )
    _note_commit(pull_request, commit, desk.base, plan, by_model)
    keep()
    try:
        if head is None:
            github.create_branch(where, branch, commit)
        else:
            github.move_branch(where, branch, commit)
    except Refused as error:
        # An earlier request arrived late, or a person was quicker: the next try sees which.
        raise TryAgain(f"The branch could not be moved. {error}") from error


def _note_commit(
    pull_request: PullRequest, commit: str, base: str, plan: Plan, by_model: Changes
) -> None:
    """Remember a commit before the branch is moved to it, so that it is known as the hub's own."""
    with transaction.atomic():
        # Read anew: none that another worker has noted may be forgotten.
        row = PullRequest.objects.select_for_update().get(pk=pull_request.pk)
        if row.state not in (PullRequestState.PLANNED, PullRequestState.OPEN):
            raise TryAgain("The pull request was merged or closed just now.")
        row.commits[commit] = base
        row.save(update_fields=["commits"])
        pull_request.commits = row.commits
        for result in plan.changes:
            own = by_model[result.item.model_type, result.item.name]
            # What the branch has already stays noted as it is there, until the branch has moved.
            pull_request.changes.filter(
                pk__in=[change.pk for change in own],
                state__in=[ChangeState.WAITING, ChangeState.SENDING],
            ).update(commit=commit, sent=result.sent, theirs=result.theirs)


def _author(user: User | None, name: str) -> Signature:
    """The person as git names him; the address is never the one that he signed up with."""
    shown = words.plain_name(name) or "Models Hub"
    account = github_account(user)
    if account is not None:
        return Signature(shown, account.noreply_address)
    host = settings.SITE_URL.partition("://")[2].partition(":")[0].partition("/")[0]
    return Signature(shown, f"noreply@{host}")


def _open(pull_request: PullRequest, desk: _Desk, keep: Keep) -> Pull:
    """Return the pull request of the branch, opened if need be, with title and body as planned."""
    owner = pull_request.head_repository.partition("/")[0]
    head = f"{owner}:{pull_request.branch}"
    pull = desk.github.find_pull(desk.upstream, owner, pull_request.branch)
    if pull is None:
        keep()
        try:
            pull = desk.github.open_pull(
                desk.upstream,
                head=head,
                base=settings.ENV.upstream_branch,
                title=pull_request.title,
                body=pull_request.body,
            )
        except Refused as error:
            raise TryAgain(f"The pull request could not be opened. {error}") from error
    elif pull.state == "open" and (pull.title, pull.body) != (
        pull_request.title,
        pull_request.body,
    ):
        keep()
        pull = desk.github.edit_pull(
            desk.upstream, pull.number, title=pull_request.title, body=pull_request.body
        )
    return pull


def _note_sent(pull_request: PullRequest, pull: Pull, plan: Plan, by_model: Changes) -> None:
    _note_pull(pull_request, pull)
    for result in plan.changes:
        own = by_model[result.item.model_type, result.item.name]
        # Those alone that still belong to it: it may have been merged just now.
        sent = pull_request.changes.filter(pk__in=[change.pk for change in own], state__in=ACTIVE)
        if pull.head in pull_request.commits:
            sent.filter(commit="").update(commit=pull.head)
        sent.update(
            state=ChangeState.OPEN,
            sent=result.sent,
            theirs=result.theirs,
            last_error="",
            opened_at=Coalesce("opened_at", Value(timezone.now())),
        )
