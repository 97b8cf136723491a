"""The API of what owners ask of reviewers about their public models."""

from __future__ import annotations

from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from accounts.authentication import require_reader, require_write
from accounts.models import User
from models_registry.api.idempotency import PARAMETER, once
from models_registry.api.maintenance import visible_model
from models_registry.api.paging import PageNumber, PageSize, link_pages, slice_of
from reviews import owner_requests
from reviews.api.decisions import ERRORS as WRITE_ERRORS
from reviews.api.decisions import ReviewError
from reviews.api.router import router
from reviews.errors import RequestNotFound
from reviews.models import OwnerRequest, may_review
from reviews.notify import status_url

ERRORS: dict[Any, Any] = dict.fromkeys((400, 401), ReviewError)


class NewRequest(Schema):
    """What the owner of a public model asks for."""

    kind: Literal["expire", "remove"]
    reason: str = Field(
        max_length=owner_requests.MAX_REASON,
        description="Reviewers read it, and upstream's maintainers",
    )


class RequestVerdict(Schema):
    """What a reviewer decides on a request."""

    decision: Literal["grant", "refuse"]
    feedback: str = Field(
        "", max_length=owner_requests.MAX_REASON, description="Required for a refusal"
    )


class ModelRequest(Schema):
    """A request of an owner, and what became of it."""

    id: int
    model_id: int | None = Field(description="null once the model is deleted")
    model: str = Field(description="Type and name as they were, such as `llm/qwen3`")
    kind: str = Field(description="`expire` or `remove`")
    reason: str
    state: str = Field(description="`open`, `granted`, `refused` or `withdrawn`")
    asked_by: str
    created_at: str
    decided_by: str
    feedback: str
    decided_at: str | None
    verbs: list[str] = Field(description="What the caller may do now: `decide`, `withdraw`")
    url: str = Field(description="Empty if there is no page of it for the caller any more")


class RequestAnswer(Schema):
    """A request of an owner."""

    data: ModelRequest


class RequestsAnswer(Schema):
    """One page of requests, newest first."""

    data: list[ModelRequest]
    total: int
    page: int
    pageSize: int


@router.get("/requests", summary="Requests of owners", response={200: RequestsAnswer, **ERRORS})
def requests(
    request: HttpRequest,
    response: HttpResponse,
    state: Literal["open", "granted", "refused", "withdrawn"] | None = None,
    mine: bool = False,
    page: PageNumber = 1,
    pageSize: PageSize = 20,
) -> RequestsAnswer:
    """Newest first: all for reviewers, and one's own for everybody, which is what `mine` chooses:
    those that the caller has made, or about models that they own."""
    user = require_reader(request)
    rows = owner_requests.own(user) if mine else owner_requests.readable(user)
    if state is not None:
        rows = rows.filter(state=state)
    total = rows.count()
    link_pages(request, response, page, pageSize, total)
    newest = rows.order_by("-created_at", "-pk")
    return RequestsAnswer(
        data=[_shown(row, user) for row in newest[slice_of(page, pageSize)]],
        total=total,
        page=page,
        pageSize=pageSize,
    )


@router.get(
    "/requests/{int:request_id}",
    summary="One request of an owner",
    response={200: RequestAnswer, **ERRORS, 404: ReviewError},
)
def request_detail(request: HttpRequest, request_id: int) -> RequestAnswer:
    """What is asked for, why, and what became of it."""
    user = require_reader(request)
    return RequestAnswer(data=_shown(_found(user, request_id), user))


@router.post(
    "/models/{model_id}/requests",
    summary="Ask for the expiry or removal of a model",
    response={201: RequestAnswer, **WRITE_ERRORS},
    openapi_extra={"parameters": [PARAMETER]},
)
def ask(request: HttpRequest, model_id: str, new: NewRequest) -> HttpResponse:
    """For the owner of a public model who may not do it themselves. A reviewer decides. 409
    `STALE_REVISION` while another request about the model waits."""
    user = require_write(request)

    def write() -> RequestAnswer:
        model = visible_model(user, model_id)
        made = owner_requests.ask(model, new.kind, reason=new.reason, by=user)
        return RequestAnswer(data=_shown(made, user))

    return once(request, user, write)


@router.post(
    "/requests/{int:request_id}/withdrawal",
    summary="Withdraw a request",
    response={204: None, **WRITE_ERRORS},
    openapi_extra={"parameters": [PARAMETER]},
)
def withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """Who has made it, and who owns the model now."""
    user = require_write(request)

    def write() -> None:
        owner_requests.withdraw(_found(user, request_id), by=user)

    return once(request, user, write, status=204)


@router.post(
    "/requests/{int:request_id}/decision",
    summary="Decide on a request",
    response={201: RequestAnswer, **WRITE_ERRORS},
    openapi_extra={"parameters": [PARAMETER]},
)
def decide(request: HttpRequest, request_id: int, verdict: RequestVerdict) -> HttpResponse:
    """What is granted happens at once, with a pull request. Nobody decides on their own request.
    409 `STALE_REVISION` if it was decided or withdrawn."""
    user = require_write(request)

    def write() -> RequestAnswer:
        wanted = _found(user, request_id)
        grants = verdict.decision == "grant"
        owner_requests.decide(wanted, grants=grants, by=user, feedback=verdict.feedback)
        return RequestAnswer(data=_shown(_found(user, request_id), user))

    return once(request, user, write)


def _found(user: User, number: int) -> OwnerRequest:
    rows = owner_requests.readable(user)
    found = rows.filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise RequestNotFound
    return found


def _shown(row: OwnerRequest, user: User) -> ModelRequest:
    path = ""
    if may_review(user):
        path = row.get_absolute_url()
    elif row.model is not None and row.model.owner_id == user.pk:
        path = status_url(row.model)
    verbs = ["decide"] if owner_requests.may_decide(user, row) else []
    if owner_requests.may_withdraw(user, row):
        verbs.append("withdraw")
    return ModelRequest(
        id=row.pk,
        model_id=row.model_id,
        model=row.model_label,
        kind=str(row.kind),
        reason=row.reason,
        state=str(row.state),
        asked_by=row.asked_by_name,
        created_at=row.created_at.isoformat(),
        decided_by=row.decided_by_name,
        feedback=row.feedback,
        decided_at=row.decided_at.isoformat() if row.decided_at is not None else None,
        verbs=verbs,
        url=settings.SITE_URL + path if path else "",
    )
