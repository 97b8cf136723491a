"""The API of what a model is called and whose it is: renaming, and giving it to somebody else."""

from __future__ import annotations

from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Schema

from accounts.authentication import require_reader, require_write
from models_registry.actions import ownership
from models_registry.actions.declare import Precondition, required_base
from models_registry.actions.rename import rename
from models_registry.api.declared import IF_MATCH, precondition
from models_registry.api.idempotency import PARAMETER, once
from models_registry.api.maintenance import ERRORS, WRITE_ERRORS, status_of, visible_model
from models_registry.api.paging import PageNumber, PageSize, link_pages, slice_of
from models_registry.api.parameters import MAX_REVISION, ModelTypeName
from models_registry.api.router import router
from models_registry.api.schemas import ErrorAnswer, ModelStatusAnswer
from models_registry.models import OwnershipOffer

READ_ERRORS: dict[Any, Any] = {400: ErrorAnswer, 401: ErrorAnswer}


class NewName(Schema):
    """What a model is to be called."""

    name: str = Field(max_length=200)
    base_revision: int | None = Field(
        None, ge=0, le=MAX_REVISION, description="As If-Match, by number"
    )


class NewOffer(Schema):
    """Whom a model is offered to."""

    username: str = Field(max_length=150)


class OfferReply(Schema):
    """What somebody says to an offer."""

    answer: Literal["accept", "decline"]


class OfferedModel(Schema):
    """A model that its owner offers to somebody, who has not answered yet."""

    id: int
    model_id: int
    model_type: ModelTypeName
    model_name: str
    offered_to: str
    offered_by: str
    created_at: str
    url: str = Field(description="The page on which it is answered, or withdrawn")


class OfferAnswer(Schema):
    """An offer."""

    data: OfferedModel


class OffersAnswer(Schema):
    """One page of offers, the oldest first."""

    data: list[OfferedModel]
    total: int
    page: int
    pageSize: int


@router.put(
    "/models/{model_id}/name",
    summary="Rename a model",
    response={200: ModelStatusAnswer, **ERRORS},
    openapi_extra={"parameters": [IF_MATCH]},
)
def put_name(request: HttpRequest, model_id: str, new: NewName) -> ModelStatusAnswer:
    """Owners rename what only they can see; those who may change a model at once rename it for
    everybody. Then pages redirect from the former name, and downloads and the API take it for a
    time; lists have the new name only, and one pull request renames the model upstream."""
    user = require_write(request)
    model = visible_model(user, model_id)
    when = precondition(request, new.base_revision)
    base = when.base_revision
    if new.name.strip() == model.name:
        # The request again, after an answer that was lost.
        base, when = None, Precondition()
    if when.etags is not None and model.published_revision is not None:
        base = required_base(model.published_revision, when)
    return status_of(rename(model, new.name, by=user, base_revision=base))


@router.get("/me/offers", summary="Models offered", response={200: OffersAnswer, **READ_ERRORS})
def own_offers(
    request: HttpRequest, response: HttpResponse, page: PageNumber = 1, pageSize: PageSize = 20
) -> OffersAnswer:
    """The models that others offer to the caller, and those that the caller offers."""
    user = require_reader(request)
    rows = ownership.offers_of(user)
    total = rows.count()
    link_pages(request, response, page, pageSize, total)
    return OffersAnswer(
        data=[_offer(row, user.pk) for row in rows[slice_of(page, pageSize)]],
        total=total,
        page=page,
        pageSize=pageSize,
    )


@router.put(
    "/models/{model_id}/offer",
    summary="Offer a model to somebody",
    response={200: OfferAnswer, **WRITE_ERRORS},
)
def put_offer(request: HttpRequest, model_id: str, new: NewOffer) -> OfferAnswer:
    """It stays the caller's until the other person accepts. An offer to somebody else is
    replaced."""
    user = require_write(request)
    made = ownership.offer(visible_model(user, model_id), new.username, by=user)
    return OfferAnswer(data=_offer(made, user.pk))


@router.delete(
    "/models/{model_id}/offer",
    summary="Withdraw an offer",
    response={204: None, **ERRORS},
    openapi_extra={"parameters": [PARAMETER]},
)
def delete_offer(request: HttpRequest, model_id: str) -> HttpResponse:
    """404 `OFFER_NOT_FOUND` if the model is offered to nobody, or was accepted."""
    user = require_write(request)

    def write() -> None:
        ownership.take_back(visible_model(user, model_id), by=user)

    return once(request, user, write, status=204)


@router.post(
    "/me/offers/{int:offer_id}/answer",
    summary="Accept or decline a model",
    response={204: None, **ERRORS},
    openapi_extra={"parameters": [PARAMETER]},
)
def answer_offer(request: HttpRequest, offer_id: int, reply: OfferReply) -> HttpResponse:
    """Who accepts owns the model at once. Who has offered it is told."""
    user = require_write(request)

    def write() -> None:
        # More than a row's number can be is the number of none.
        number = offer_id if offer_id < 2**63 else 0
        ownership.answer(number, accepts=reply.answer == "accept", by=user)

    return once(request, user, write, status=204)


def _offer(row: OwnershipOffer, reader: int) -> OfferedModel:
    is_theirs = row.offered_to_id == reader
    page = (
        reverse("models_registry:my_models")
        if is_theirs
        else reverse("models_registry:model_settings", args=[row.model_id])
    )
    return OfferedModel(
        id=row.pk,
        model_id=row.model_id,
        model_type=row.model.model_type,
        model_name=row.model.name,
        offered_to=row.offered_to.username,
        offered_by=row.offered_by.username,
        created_at=row.created_at.isoformat(),
        url=settings.SITE_URL + page,
    )
