"""Sends one pull request to GitHub: plan, commit, branch, pull request. Each step can be
retried."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.github_identity import github_account
from accounts.models import User
from models_registry.models import (
    ChangeState,
    PullRequest,
    PullRequestState,
    UpstreamChange,
)
from models_registry.outbox.last_seen import is_guessed
from models_registry.stored_reasons import reason_of, several
from models_registry.upstream import authorship, conflict_notice, polling, texts
from models_registry.upstream.conflict_notice import ACTIVE, ChangesByModel
from models_registry.upstream.errors import (
    GatewayError,
    NoRights,
    Refused,
    Stopped,
    TokenRefused,
    TryAgain,
    UnreadableUpstream,
    is_passing,
)
from models_registry.upstream.github import GitHub, Pull, Signature
from models_registry.upstream.merge_back import SeenTimes, base_as_here, seen_times, store_result
from models_registry.upstream.origins import origin_of
from models_registry.upstream.plan import Item, Plan, make_plan
from models_registry.upstream.pull_request_end import close_empty, settle
from models_registry.upstream.snapshot import Snapshot
from models_registry.upstream.tokens import tokens_for

# Called before anything is written to GitHub. May raise LeaseLost.
EnsureLease = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Context:
    """What a delivery works with: the gateway, and upstream's current name and head."""

    github: GitHub
    upstream: str
    base: str
    snapshot: Snapshot
    may_push: bool


def deliver(pull_request: PullRequest, ensure_lease: EnsureLease) -> None:
    """Make the pull request at GitHub contain what its changes want.

    The row must be leased; `ensure_lease` extends the lease. Raises the errors of
    `upstream.errors`; the next attempt finds what was done before.
    """
    refusal: GatewayError | None = None
    for token in tokens_for(pull_request.by):
        try:
            github = GitHub(settings.ENV.github_api_url, token.secret)
            if _deliver(pull_request, github, ensure_lease):
                PullRequest.objects.filter(pk=pull_request.pk).update(token_login=token.login)
            return
        except UnreadableUpstream:
            # The changes that do not wait were sent with this token.
            sent = PullRequest.objects.filter(pk=pull_request.pk, number__isnull=False)
            sent.filter(token_login="").update(token_login=token.login)
            raise
        except (TokenRefused, NoRights) as error:
            # Revoked, or it may neither push nor fork: try the next token, if there is one.
            refusal = error
    if refusal is not None:
        raise refusal


def _deliver(pull_request: PullRequest, github: GitHub, ensure_lease: EnsureLease) -> bool:
    """True if GitHub has it now; False if there is nothing left to send."""
    repository = github.repository(pull_request.repository or settings.ENV.upstream_repo)
    if pull_request.repository != repository.name:
        _record_name(pull_request, repository.name)
    before = seen_times()
    base = github.head(repository.name, settings.ENV.upstream_branch)
    if base is None:
        raise GatewayError(
            "upstream_has_no_branch",
            repository=repository.name,
            branch=settings.ENV.upstream_branch,
        )
    if _recover_or_settle(pull_request, github) or _is_in_reopened(pull_request):
        return False
    snapshot = Snapshot(github, repository.name, base)
    plan, by_model = planned(pull_request, snapshot, before)
    _let_wait(pull_request, plan)
    if not plan.changes:
        ensure_lease()
        if not conflict_notice.write_notice(pull_request, github):
            close_empty(pull_request, github)
        return False
    context = _Context(github, repository.name, base, snapshot, repository.may_push)
    title, body = _described(pull_request, plan, by_model)
    _push(pull_request, context, plan, by_model, ensure_lease)
    pull = _open(pull_request, context, ensure_lease, title, body)
    if pull.state != "open":
        # It was merged or closed just before the branch was moved, so the move came too late.
        settle(pull_request, pull, github)
        return False
    _record_sent(pull_request, pull, plan, by_model)
    if plan.waiting:
        raise UnreadableUpstream("reason_as_given", text=_why_waiting(plan))
    return True


def _let_wait(pull_request: PullRequest, plan: Plan) -> None:
    """Let changes wait whose upstream file can't be read. Raises UnreadableUpstream if all do.

    If the others continue, the branch gets a commit without the waiting ones.
    """
    if not plan.waiting:
        return
    if not plan.changes:
        raise UnreadableUpstream("reason_as_given", text=_why_waiting(plan))
    for model_type, name in plan.waiting:
        changes = pull_request.changes.filter(model_type=model_type, name=name)
        changes.filter(state=ChangeState.OPEN).update(state=ChangeState.WAITING)


def _why_waiting(plan: Plan) -> str:
    return several(list(dict.fromkeys(plan.waiting.values())))


def _record_name(pull_request: PullRequest, name: str) -> None:
    """Store upstream's current name: GitHub redirects reads, but not writes."""
    if pull_request.head_repository == pull_request.repository and pull_request.commits:
        pull_request.head_repository = name
    pull_request.repository = name
    pull_request.save(update_fields=["repository", "head_repository"])


def _recover_or_settle(pull_request: PullRequest, github: GitHub) -> bool:
    """Whether the pull request was merged or closed since; then it is settled."""
    if pull_request.number is not None:
        pull, _ = github.pull(pull_request.repository, pull_request.number)
    elif pull_request.commits:
        # It may have been opened although the answer was lost.
        owner = pull_request.head_repository.partition("/")[0]
        pull = github.find_pull(pull_request.repository, owner, pull_request.branch)
    else:
        return False
    if pull is None:
        return False
    if pull.state == "open":
        if pull_request.number is None:
            _record_pull(pull_request, pull)
        # A worker may have died between moving the branch and recording it.
        pull_request.changes.filter(
            state__in=[ChangeState.WAITING, ChangeState.SENDING], commit=pull.head
        ).update(state=ChangeState.OPEN)
        return False
    settle(pull_request, pull, github)
    return True


def _is_in_reopened(pull_request: PullRequest) -> bool:
    """Whether all changes moved to earlier pull requests that upstream has reopened."""
    if pull_request.number is not None or pull_request.commits:
        return False
    polling.poll_earlier(pull_request)
    pull_request.refresh_from_db()
    return pull_request.state == PullRequestState.DROPPED


def _record_pull(pull_request: PullRequest, pull: Pull) -> None:
    pull_request.number, pull_request.url = pull.number, pull.url
    pull_request.state = PullRequestState.OPEN
    pull_request.title, pull_request.body = pull.title[:300], pull.body
    pull_request.save(update_fields=["number", "url", "state", "title", "body"])


def planned(
    pull_request: PullRequest, snapshot: Snapshot, before: SeenTimes
) -> tuple[Plan, ChangesByModel]:
    """Plan the newest change of each model, and store in the hub what was found upstream.

    `before` is what the hub had recorded about upstream before its files were read. A model whose
    newest change is in conflict waits for a person. Raises TryAgain if the hub's models change too
    fast for a plan.
    """
    for _ in range(3):
        by_model = conflict_notice.active_changes(pull_request)
        items = [
            Item(
                model_type,
                name,
                base_as_here(changes[-1].model, changes[-1].base),
                changes[-1].wanted,
                is_guessed(changes[-1]),
            )
            for (model_type, name), changes in by_model.items()
        ]
        plan = make_plan(items, snapshot, now=int(time.time()))
        source = f"github:{snapshot.repository}@{snapshot.commit}"
        is_current = [
            store_result(by_model[key], result, plan.places[key], source=source, before=before)
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
            for key in plan.waiting:
                del by_model[key]
            return plan, by_model
    raise TryAgain("models_changed_while_sending")


def _set(changes: list[UpstreamChange], state: ChangeState) -> None:
    UpstreamChange.objects.filter(pk__in=[change.pk for change in changes]).update(
        state=state, last_error=""
    )


def _described(pull_request: PullRequest, plan: Plan, by_model: ChangesByModel) -> tuple[str, str]:
    """Title and body for the plan, recorded as the hub's own texts."""
    origins = {key: origin_of(changes) for key, changes in by_model.items()}
    title = texts.title(plan, is_sync=pull_request.is_sync)
    body = texts.body(plan, origins, hub=settings.SITE_URL)
    authorship.record_texts(pull_request, title, body)
    return title, body


def _push(
    pull_request: PullRequest,
    context: _Context,
    plan: Plan,
    by_model: ChangesByModel,
    ensure_lease: EnsureLease,
) -> None:
    """Move the branch, in upstream or in a fork, to a commit with the plan's files."""
    _choose_head_repository(pull_request, context, ensure_lease)
    try:
        _move(pull_request, context, plan, by_model, ensure_lease)
    except NoRights:
        if pull_request.commits or pull_request.head_repository != context.upstream:
            raise
        # GitHub reports push permission for some tokens and then refuses the push.
        ensure_lease()
        fork = context.github.fork(context.upstream, settings.ENV.upstream_branch)
        pull_request.head_repository = fork
        pull_request.save(update_fields=["head_repository"])
        _move(pull_request, context, plan, by_model, ensure_lease)


def _choose_head_repository(
    pull_request: PullRequest, context: _Context, ensure_lease: EnsureLease
) -> None:
    if pull_request.head_repository == context.upstream and pull_request.commits:
        return
    if pull_request.head_repository and pull_request.commits:
        there = context.github.repository(pull_request.head_repository)
        if there.name == context.upstream or context.github.login() == there.owner:
            pull_request.head_repository = there.name
            pull_request.save(update_fields=["head_repository"])
            return
        if pull_request.number is not None:
            raise GatewayError("branch_needs_its_token", repository=pull_request.head_repository)
    if context.may_push:
        pull_request.head_repository = context.upstream
    else:
        ensure_lease()
        fork = context.github.fork(context.upstream, settings.ENV.upstream_branch)
        pull_request.head_repository = fork
    pull_request.save(update_fields=["head_repository"])


def _move(
    pull_request: PullRequest,
    context: _Context,
    plan: Plan,
    by_model: ChangesByModel,
    ensure_lease: EnsureLease,
) -> None:
    github, where, branch = context.github, pull_request.head_repository, pull_request.branch
    head = github.head(where, branch)
    if head is not None and head not in pull_request.commits:
        raise Stopped("branch_has_foreign_commits", branch=branch)
    ensure_lease()
    tree = github.make_tree(where, context.snapshot.tree, plan.files)
    starts_there = head is not None and pull_request.commits[head] == context.base
    if head is not None and starts_there and github.tree_of(where, head) == tree:
        return
    parents = [context.base] if head is None else [head]
    if head is not None and not starts_there:
        # As a merge with upstream's head, the branch differs from it only in our changes.
        parents.append(context.base)
    newest = max((changes[-1] for changes in by_model.values()), key=lambda change: change.pk)
    origins = {key: origin_of(changes) for key, changes in by_model.items()}
    author = _author(newest.created_by, newest.author_name)
    commit = github.make_commit(
        where,
        message=texts.commit_message(
            plan,
            origins,
            is_sync=pull_request.is_sync,
            signed_off=author if settings.ENV.sign_off else None,
        ),
        tree=tree,
        parents=parents,
        author=author,
    )
    _record_commit(pull_request, commit, context.base, plan, by_model)
    ensure_lease()
    try:
        if head is None:
            github.create_branch(where, branch, commit)
        else:
            github.move_branch(where, branch, commit)
    except Refused as error:
        # An earlier request arrived late, or a person was quicker: the next attempt sees which.
        raise _again(error, "branch_not_moved") from error


def _record_commit(
    pull_request: PullRequest, commit: str, base: str, plan: Plan, by_model: ChangesByModel
) -> None:
    """Record a commit before the branch is moved to it, so that it is recognised as the hub's
    own."""
    with transaction.atomic():
        # Read again: commits recorded by another worker must not be lost.
        row = PullRequest.objects.select_for_update().get(pk=pull_request.pk)
        if row.state not in (PullRequestState.PLANNED, PullRequestState.OPEN):
            raise TryAgain("pull_request_just_ended")
        row.commits[commit] = base
        row.save(update_fields=["commits"])
        pull_request.commits = row.commits
        for result in plan.changes:
            changes = by_model[result.item.model_type, result.item.name]
            # What is on the branch already stays recorded until the branch has moved.
            pull_request.changes.filter(
                pk__in=[change.pk for change in changes],
                state__in=[ChangeState.WAITING, ChangeState.SENDING],
            ).update(commit=commit, sent=result.sent, theirs=result.theirs)


def _author(user: User | None, name: str) -> Signature:
    """The person as a git author, never with the address that they signed up with."""
    shown = texts.plain_name(name) or "Models Hub"
    account = github_account(user)
    if account is not None:
        return Signature(shown, account.noreply_address)
    host = settings.SITE_URL.partition("://")[2].partition(":")[0].partition("/")[0]
    return Signature(shown, f"noreply@{host}")


def _again(refusal: Refused, key: str) -> GatewayError:
    """The error for a refusal: TryAgain only if reading again may help."""
    kind = TryAgain if is_passing(refusal) else Refused
    return kind(key, why=reason_of(refusal))


def _open(
    pull_request: PullRequest, context: _Context, ensure_lease: EnsureLease, title: str, body: str
) -> Pull:
    """Return the pull request of the branch, opened if necessary, with title and body as planned.

    Texts that a maintainer wrote there stay.
    """
    owner = pull_request.head_repository.partition("/")[0]
    head = f"{owner}:{pull_request.branch}"
    notice = conflict_notice.notice_of(pull_request, is_only=False)
    pull = context.github.find_pull(context.upstream, owner, pull_request.branch)
    if pull is None:
        ensure_lease()
        try:
            return context.github.open_pull(
                context.upstream,
                head=head,
                base=settings.ENV.upstream_branch,
                title=title,
                body=texts.with_notice(body, notice),
            )
        except Refused as error:
            raise _again(error, "pull_request_not_opened") from error
    if pull.state != "open":
        return pull
    title = authorship.new_title(pull_request, pull.title, title)
    body = authorship.new_body(pull_request, pull.body, body, notice)
    changed = {
        key: wanted
        for key, present, wanted in (("title", pull.title, title), ("body", pull.body, body))
        if not authorship.is_same(present, wanted)
    }
    if changed:
        ensure_lease()
        pull = context.github.edit_pull(context.upstream, pull.number, **changed)
    return pull


def _record_sent(
    pull_request: PullRequest, pull: Pull, plan: Plan, by_model: ChangesByModel
) -> None:
    _record_pull(pull_request, pull)
    for result in plan.changes:
        changes = by_model[result.item.model_type, result.item.name]
        # Only those that still belong to it: it may have been merged just now.
        sent = pull_request.changes.filter(
            pk__in=[change.pk for change in changes], state__in=ACTIVE
        )
        if pull.head in pull_request.commits:
            sent.filter(commit="").update(commit=pull.head)
        sent.update(
            state=ChangeState.OPEN,
            sent=result.sent,
            theirs=result.theirs,
            last_error="",
            opened_at=Coalesce("opened_at", Value(timezone.now())),
        )
