"""The API of one's own models and drafts, as My Models shows them."""

from __future__ import annotations

from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from accounts.authentication import require_reader
from models_registry.api.paging import PageNumber, PageSize, link_pages, slice_of
from models_registry.api.parameters import ModelTypeName, known_type
from models_registry.api.router import router
from models_registry.api.schemas import ErrorAnswer
from models_registry.errors import DraftNotFound
from models_registry.models import Draft
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


class OwnDraft(Schema):
    """A draft in lists."""

    id: int
    model_id: int | None = Field(description="null for a new model")
    model_type: ModelTypeName
    model_name: str = Field(description="As far as it can be read; empty if there is none yet")
    visibility: str
    base_revision: int | None
    changed_at: str
    url: str


class OwnDraftText(OwnDraft):
    """A draft with its texts, as they were typed."""

    definition: str
    readme: str
    readme_zh: str
    message: str


class OwnDraftsAnswer(Schema):
    """One page of the caller's drafts."""

    data: list[OwnDraft]
    total: int
    page: int
    pageSize: int


class OwnDraftAnswer(Schema):
    """One draft."""

    data: OwnDraftText


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


@router.get("/me/drafts", summary="One's own drafts", response={200: OwnDraftsAnswer, **ERRORS})
def own_drafts(
    request: HttpRequest, response: HttpResponse, page: PageNumber = 1, pageSize: PageSize = 20
) -> OwnDraftsAnswer:
    """What the caller is writing on the pages, the last changed first. Nobody else reads it."""
    user = require_reader(request)
    rows = Draft.objects.filter(owner=user).select_related("model", "base_revision")
    total = rows.count()
    link_pages(request, response, page, pageSize, total)
    drafts = [OwnDraft(**_draft_facts(draft)) for draft in rows[slice_of(page, pageSize)]]
    return OwnDraftsAnswer(data=drafts, total=total, page=page, pageSize=pageSize)


@router.get(
    "/me/drafts/{int:draft_id}",
    summary="One draft with its texts",
    response={200: OwnDraftAnswer, **ERRORS, 404: ErrorAnswer},
)
def own_draft(request: HttpRequest, draft_id: int) -> OwnDraftAnswer:
    """The definition as it was typed, whether it is valid or not."""
    user = require_reader(request)
    rows = Draft.objects.filter(owner=user).select_related("model", "base_revision")
    draft = rows.filter(pk=draft_id).first() if draft_id < 2**63 else None
    if draft is None:
        raise DraftNotFound
    return OwnDraftAnswer(
        data=OwnDraftText(
            **_draft_facts(draft),
            definition=draft.definition,
            readme=draft.readme,
            readme_zh=draft.readme_zh,
            message=draft.message,
        )
    )


def _draft_facts(draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.pk,
        "model_id": draft.model_id,
        "model_type": draft.model_type,
        "model_name": my_models.draft_name(draft),
        "visibility": str(draft.visibility),
        "base_revision": draft.base_revision.number if draft.base_revision is not None else None,
        "changed_at": draft.changed_at.isoformat(),
        "url": f"{settings.SITE_URL}/model-registration/{draft.pk}",
    }
