"""The API of outgoing changes of a model, and GitHub's webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Schema

from hub.task_queue import BACKGROUND, ask_worker
from models_registry.api.maintenance import visible_model
from models_registry.api.paging import PageNumber, link_pages, slice_of
from models_registry.api.parameters import HistoryPageSize
from models_registry.api.router import router
from models_registry.api.schemas import ErrorAnswer
from models_registry.models import PullRequest, UpstreamChange

# GitHub redelivers for a few days at most; older repetitions do no harm either.
REMEMBER_SECONDS = 3 * 86_400


class PullRequestAnswer(Schema):
    """The pull request that carries a change. Without a number it has not been opened yet; its
    title and branch are empty then, since they may name models that the caller may not see."""

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
    total: int
    page: int
    pageSize: int


@router.get(
    "/models/{model_id}/changes",
    summary="A model's outgoing changes",
    response={200: ChangesAnswer, **dict.fromkeys((400, 401, 404), ErrorAnswer)},
)
def changes(
    request: HttpRequest,
    response: HttpResponse,
    model_id: str,
    page: PageNumber = 1,
    pageSize: HistoryPageSize = 500,
) -> ChangesAnswer:
    """Changes that were or will be sent to upstream, newest first."""
    user = request.auth  # type: ignore[attr-defined]
    model = visible_model(user, model_id)
    rows = UpstreamChange.objects.filter(model=model).select_related("pull_request")
    total = rows.count()
    link_pages(request, response, page, pageSize, total)
    return ChangesAnswer(
        data=[_answer(change) for change in rows[slice_of(page, pageSize)]],
        total=total,
        page=page,
        pageSize=pageSize,
    )


def _answer(change: UpstreamChange) -> ChangeAnswer:
    pull_request = change.pull_request
    return ChangeAnswer(
        id=change.pk,
        kind=change.kind,
        state=change.state,
        attempts=pull_request.attempts if pull_request is not None else 0,
        last_error=change.error_text,
        author=change.author_name,
        created_at=change.created_at.isoformat(),
        pull_request=None
        if pull_request is None
        else PullRequestAnswer(
            number=pull_request.number,
            url=pull_request.link,
            state=pull_request.state,
            title=pull_request.title if pull_request.number is not None else "",
            branch=pull_request.branch if pull_request.number is not None else "",
        ),
    )


@router.post("/github/webhook", auth=None, include_in_schema=False)
def webhook(request: HttpRequest) -> HttpResponse:
    """Treat a delivery of GitHub's webhook as a hint to poll GitHub, never as the truth.

    Signed with GITHUB_WEBHOOK_SECRET: https://docs.github.com/webhooks/using-webhooks.
    Repeated, late or reordered deliveries change nothing, because the state is polled.
    """
    secret = settings.ENV.github_webhook_secret
    if not secret:
        return _told(404, "NOT_FOUND", "This hub does not accept webhooks.")
    signature = request.headers.get("X-Hub-Signature-256", "")
    expected = "sha256=" + hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        return _told(401, "BAD_SIGNATURE", "The signature does not match the body.")
    body = _payload(request)
    if body is None:
        return _told(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "Set the webhook's content type to application/json or "
            "application/x-www-form-urlencoded.",
        )
    delivery = request.headers.get("X-GitHub-Delivery", "")[:100]
    if delivery and not cache.add(f"github-delivery-{delivery}", 1, REMEMBER_SECONDS):
        return JsonResponse({"data": {"looks_at": 0}})
    return JsonResponse({"data": {"looks_at": _hint(request, body)}}, status=202)


def _payload(request: HttpRequest) -> bytes | None:
    """The JSON of a delivery, in either format that GitHub sends; None for any other."""
    if request.content_type == "application/json":
        return request.body
    if request.content_type == "application/x-www-form-urlencoded":
        with suppress(ValueError):
            fields = parse_qs(request.body.decode("utf-8", "replace"), max_num_fields=10)
            return fields.get("payload", [""])[0].encode()
        return b""
    return None


def _hint(request: HttpRequest, body: bytes) -> int:
    """Ask a worker to poll what the delivery is about; returns the number of pull requests."""
    event = request.headers.get("X-GitHub-Event", "")
    number = _number_in(body) if event == "pull_request" else None
    if event == "push":
        ask_worker("models_registry.follow_upstream", queue=BACKGROUND)
    if number is None:
        return 0
    pull_requests = list(PullRequest.objects.filter(number=number).values_list("pk", flat=True))
    for pk in pull_requests:
        ask_worker("models_registry.look_at_pull_request", pk)
    return len(pull_requests)


def _number_in(body: bytes) -> int | None:
    try:
        found: Any = json.loads(body)["pull_request"]["number"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, int) else None


def _told(status: int, error_code: str, message: str) -> HttpResponse:
    return JsonResponse({"error_code": error_code, "message": message}, status=status)
