"""Asks GitHub what became of the pull requests."""

from __future__ import annotations

from django.conf import settings

from models_registry.outbox_tables import PullRequest, PullRequestState
from models_registry.upstream.errors import GatewayError, MustWait, TokenRefused
from models_registry.upstream.github import GitHub
from models_registry.upstream.outgoing import wake
from models_registry.upstream.settling import reopen, settle
from models_registry.upstream.tokens import tokens_for

_WATCHED = (PullRequestState.OPEN, PullRequestState.STOPPED)


def poll() -> int:
    """Look at every open pull request; how many have changed their state.

    Costs one conditional request each, which GitHub does not count where nothing changed. Stops
    where GitHub asks to wait.
    """
    changed = 0
    for pull_request in PullRequest.objects.filter(state__in=_WATCHED, number__isnull=False):
        try:
            changed += look_at(pull_request)
        except MustWait:
            break
        except GatewayError:
            continue
    return changed


def look_at(pull_request: PullRequest) -> bool:
    """Take over the state of one pull request; whether it has changed. Raises GatewayError.

    The answer of GitHub alone counts, so that it does no harm to be called twice, late or without
    reason, as a webhook may be.
    """
    if pull_request.number is None:
        return False
    secrets = [token.secret for token in tokens_for(pull_request.by)] or [""]
    for secret in secrets:
        github = GitHub(settings.ENV.github_api_url, secret)
        try:
            pull, etag = github.pull(
                pull_request.repository, pull_request.number, pull_request.etag
            )
        except TokenRefused:
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
            # Main has moved on beside our lines; planned anew, the branch takes main in.
            wake(pull_request)
        # While GitHub does not know, the next look must not be told that nothing has changed.
        known = etag[:200] if pull.state != "open" or pull.mergeable is not None else ""
        PullRequest.objects.filter(pk=pull_request.pk).update(etag=known)
        return pull_request.state != before
    return False
