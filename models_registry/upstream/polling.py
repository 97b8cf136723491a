"""Polls GitHub for the state of the pull requests."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.db.models import Q

from models_registry.models import PullRequest, PullRequestState
from models_registry.outbox.pull_requests import wake
from models_registry.upstream.errors import GatewayError, NoRights, TokenRefused
from models_registry.upstream.github import GitHub
from models_registry.upstream.pull_request_end import reopen, settle
from models_registry.upstream.tokens import tokens_for

_IS_WATCHED = Q(state__in=(PullRequestState.OPEN, PullRequestState.STOPPED), number__isnull=False)
# The number of newest closed ones that upstream may reopen; and of those of the same models.
MAX_CLOSED = 500
MAX_EARLIER = 5


def poll() -> int:
    """Poll every open pull request; the number of those whose state has changed.

    Each costs one conditional request, which GitHub does not count if nothing changed; those that
    upstream may reopen cost one list. An account that must wait sends nothing.
    """
    changed = 0
    for pull_request in [*PullRequest.objects.filter(_IS_WATCHED), *_reopened()]:
        with suppress(GatewayError):
            changed += poll_one(pull_request)
    return changed


def poll_earlier(pull_request: PullRequest) -> None:
    """Find out whether upstream has reopened a closed pull request of the same models.

    That one then takes over their changes. Raises GatewayError.
    """
    names = pull_request.changes.values("name_key")
    closed = PullRequest.objects.filter(
        state=PullRequestState.CLOSED, number__isnull=False, changes__name_key__in=names
    )
    for earlier in closed.distinct().order_by("-pk")[:MAX_EARLIER]:
        poll_one(earlier)


def _reopened() -> list[PullRequest]:
    """The closed pull requests that are among upstream's open ones."""
    closed = list(
        PullRequest.objects.filter(state=PullRequestState.CLOSED, number__isnull=False).order_by(
            "-pk"
        )[:MAX_CLOSED]
    )
    reopened: list[PullRequest] = []
    for repository in {row.repository for row in closed}:
        rows = [row for row in closed if row.repository == repository]
        with suppress(GatewayError):
            numbers = _open_numbers(repository, rows[0])
            reopened += [row for row in rows if row.number in numbers]
    return reopened


def _open_numbers(repository: str, pull_request: PullRequest) -> set[int]:
    for secret in _secrets(pull_request):
        try:
            github = GitHub(settings.ENV.github_api_url, secret)
            return github.open_numbers(repository)
        except (TokenRefused, NoRights):
            continue
    return set()


def _secrets(pull_request: PullRequest) -> list[str]:
    secrets = []
    for token in tokens_for(pull_request.by):
        # Without its app's token the hub may still read what is public.
        with suppress(GatewayError):
            secrets.append(token.secret)
    return secrets or [""]


def poll_one(pull_request: PullRequest) -> bool:
    """Store the current state of one pull request; whether it has changed. Raises GatewayError.

    Only GitHub's answer counts, so it is harmless to call it twice, late or without a reason, as a
    webhook may do.
    """
    if pull_request.number is None:
        return False
    for secret in _secrets(pull_request):
        github = GitHub(settings.ENV.github_api_url, secret)
        try:
            pull, etag = github.pull(
                pull_request.repository, pull_request.number, pull_request.etag
            )
        except (TokenRefused, NoRights):
            continue
        if pull is None:
            return False
        before = pull_request.state
        if pull.state != "open":
            if before in (PullRequestState.OPEN, PullRequestState.STOPPED):
                settle(pull_request, pull, github if secret else None)
        elif before == PullRequestState.CLOSED:
            reopen(pull_request)
        elif pull.mergeable is False and before == PullRequestState.OPEN:
            # The main branch has changed lines next to ours; the next plan merges it into the
            # branch.
            wake(pull_request)
        # While GitHub does not know, the next poll must not be answered with "not modified".
        stored = etag[:200] if pull.state != "open" or pull.mergeable is not None else ""
        PullRequest.objects.filter(pk=pull_request.pk).update(etag=stored)
        return pull_request.state != before
    return False
