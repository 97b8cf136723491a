"""The API of one's own models and drafts, as My Models shows them."""

from __future__ import annotations

from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from accounts.authentication import require_reader
from models_registry.api.paging import PageNumber, PageSize, link_pages
from models_registry.api.parameters import ModelTypeName, known_type
from models_registry.api.router import router
from models_registry.api.schemas import ErrorAnswer
from models_registry.pages import my_models
from models_registry.pages.my_models import EntryFilters, EntrySort, EntryStatus, ModelEntry

ERRORS: dict[Any, Any] = {400: ErrorAnswer, 401: ErrorAnswer}


class OwnModel(Schema):
    """A model that the caller owns or has proposed a change of, or the draft of a new one."""

    id: int | None = Field(description="null for the draft of a new model")
    model_type: ModelTypeName
    model_name: str
    states: list[EntryStatus] = Field(
        description="`private`, `published`, `enterprise`: live with this visibility; `expired`; "
        "`waiting` for a review; `changes`: a reviewer wants changes; `closed`: rejected or "
        "withdrawn; `draft`"
    )
    is_owner: bool
    revision: int | None = Field(description="The newest one, whatever its state")
    revision_state: str
    proposal: int | None = Field(description="The revision that is in review, or with its author")
    expires_at: str | None
    changed_at: str
    url: str


class OwnModelsAnswer(Schema):
    """One page of the caller's models."""

    data: list[OwnModel]
    total: int
    page: int
    pageSize: int


@router.get(
    "/me/models", summary="One's own models and drafts", response={200: OwnModelsAnswer, **ERRORS}
)
def own_models(
    request: HttpRequest,
    response: HttpResponse,
    state: EntryStatus | None = None,
    model_type: ModelTypeName | None = None,
    query: str = "",
    order: Literal["changed", "name", "type"] = "changed",
    page: PageNumber = 1,
    pageSize: PageSize = 20,
) -> OwnModelsAnswer:
    """Also what has expired, what waits for a review, and what was rejected or withdrawn."""
    user = require_reader(request)
    choices = EntryFilters(
        text=query,
        standing=state,
        model_type=known_type(model_type) if model_type is not None else "",
        sort=EntrySort(order),
        page=page,
    )
    listing = my_models.listing(user, choices, page_size=pageSize)
    total = listing.page.paginator.count
    is_there = page <= listing.page.paginator.num_pages
    link_pages(request, response, page, pageSize, total)
    return OwnModelsAnswer(
        data=[_own(entry) for entry in listing.entries] if is_there else [],
        total=total,
        page=page,
        pageSize=pageSize,
    )


def _own(entry: ModelEntry) -> OwnModel:
    model = entry.model
    expires_at = model.expires_at if model is not None else None
    path = model.get_absolute_url() if model is not None else f"/model-registration/{_draft(entry)}"
    return OwnModel(
        id=model.pk if model is not None else None,
        model_type=entry.model_type,
        model_name=entry.name,
        states=sorted(entry.standings),
        is_owner=entry.is_owned or model is None,
        revision=entry.last_revision,
        revision_state=entry.last_state,
        proposal=entry.proposal,
        expires_at=expires_at.isoformat() if expires_at is not None else None,
        changed_at=entry.changed_at.isoformat(),
        url=settings.SITE_URL + path,
    )


def _draft(entry: ModelEntry) -> int:
    """The number of the draft of a new model."""
    return entry.draft.pk if entry.draft is not None else 0
