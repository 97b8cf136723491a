"""The API of what goes to upstream: outgoing changes of a model, and GitHub's webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu.exceptions import OperationalError
from ninja import Schema

from models_registry.api.maintenance import ERRORS, visible_model
from models_registry.api.router import router
from models_registry.outbox_tables import PullRequest, UpstreamChange

logger = logging.getLogger(__name__)

# GitHub sends a delivery again for at most some days; what is older does no harm either.
REMEMBER_SECONDS = 3 * 86_400


class PullRequestAnswer(Schema):
    """The pull request that carries a change; without a number it has not been opened yet."""

    number: int | None
    url: str
    state: str
    title: str
    branch: str


class ChangeAnswer(Schema):
    """One outgoing change of a model."""

    id: int
    kind: str
    state: str
    attempts: int
    last_error: str
    author: str
    created_at: str
    pull_request: PullRequestAnswer | None


class ChangesAnswer(Schema):
    """A model's outgoing changes, newest first."""

    data: list[ChangeAnswer]


@router.get(
    "/models/{model_id}/changes",
    summary="A model's outgoing changes",
    response={200: ChangesAnswer, **ERRORS},
)
def changes(request: HttpRequest, model_id: str) -> ChangesAnswer:
    """What was sent to upstream, or is on the way there, newest first."""
    user = request.auth  # type: ignore[attr-defined]
    model = visible_model(user, model_id)
    found = UpstreamChange.objects.filter(model=model).select_related("pull_request")
    return ChangesAnswer(data=[_answer(change) for change in found])


def _answer(change: UpstreamChange) -> ChangeAnswer:
    pull_request = change.pull_request
    return ChangeAnswer(
        id=change.pk,
        kind=change.kind,
        state=change.state,
        attempts=pull_request.attempts if pull_request is not None else 0,
        last_error=change.last_error,
        author=change.author_name,
        created_at=change.created_at.isoformat(),
        pull_request=None
        if pull_request is None
        else PullRequestAnswer(
            number=pull_request.number,
            url=pull_request.url,
            state=pull_request.state,
            title=pull_request.title,
            branch=pull_request.branch,
        ),
    )


@router.post("/github/webhook", auth=None, include_in_schema=False)
def webhook(request: HttpRequest) -> HttpResponse:
    """Take a delivery of GitHub's webhook as a hint to look, never as the truth.

    Signed by HUB's GITHUB_WEBHOOK_SECRET: https://docs.github.com/webhooks/using-webhooks. What
    is told a second time, late or out of order changes nothing, since the state is asked for.
    """
    secret = settings.ENV.github_webhook_secret
    if not secret:
        return _told(404, "NOT_FOUND", "This hub takes no webhooks.")
    given = request.headers.get("X-Hub-Signature-256", "")
    wanted = "sha256=" + hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        return _told(401, "BAD_SIGNATURE", "The signature does not fit the body.")
    delivery = request.headers.get("X-GitHub-Delivery", "")[:100]
    if delivery and not cache.add(f"github-delivery-{delivery}", 1, REMEMBER_SECONDS):
        return JsonResponse({"data": {"looks_at": 0}})
    return JsonResponse({"data": {"looks_at": _hint(request)}}, status=202)


def _hint(request: HttpRequest) -> int:
    """Ask a worker to look at what the delivery is about; how many pull requests that is."""
    event = request.headers.get("X-GitHub-Event", "")
    number = _number_in(request.body) if event == "pull_request" else None
    if event == "push":
        _ask_worker("models_registry.follow_upstream")
    if number is None:
        return 0
    found = list(PullRequest.objects.filter(number=number).values_list("pk", flat=True))
    for pk in found:
        _ask_worker("models_registry.look_at_pull_request", pk)
    return len(found)


def _number_in(body: bytes) -> int | None:
    try:
        found: Any = json.loads(body)["pull_request"]["number"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, int) else None


def _ask_worker(task: str, *arguments: int) -> None:
    try:
        current_app.send_task(task, args=arguments)
    except OperationalError:
        # The regular look at all pull requests finds it some minutes later.
        logger.warning("No worker could be asked for %s: the broker is not there.", task)


def _told(status: int, error_code: str, message: str) -> HttpResponse:
    return JsonResponse({"error_code": error_code, "message": message}, status=status)
