"""The API of a model's revisions: which there are, and their texts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Schema

from models_registry import policy
from models_registry.actions.declare import etag_of
from models_registry.api.maintenance import visible_model
from models_registry.api.paging import PageNumber, link_pages, slice_of
from models_registry.api.parameters import HistoryPageSize, RevisionNumber
from models_registry.api.router import router
from models_registry.api.schemas import ErrorAnswer, RevisionsAnswer, RevisionSummary
from models_registry.errors import NoSuchRevision
from models_registry.models import Revision

ERRORS: dict[Any, Any] = dict.fromkeys((400, 401, 404), ErrorAnswer)


class RevisionText(RevisionSummary):
    """One revision with its texts, exactly as they are stored."""

    definition: str
    readme: str
    readme_zh: str


class RevisionTextAnswer(Schema):
    """One revision with its texts."""

    data: RevisionText


@router.get(
    "/models/{model_id}/revisions",
    summary="A model's revisions",
    response={200: RevisionsAnswer, **ERRORS},
)
def revisions(
    request: HttpRequest,
    response: HttpResponse,
    model_id: str,
    page: PageNumber = 1,
    pageSize: HistoryPageSize = 500,
) -> RevisionsAnswer:
    """Newest first. Proposals are listed only for people who work with the model."""
    user = request.auth  # type: ignore[attr-defined]
    model = visible_model(user, model_id)
    seen = policy.revisions_for(user, model).defer("definition", "readme", "readme_zh")
    total = seen.count()
    link_pages(request, response, page, pageSize, total)
    return RevisionsAnswer(
        data=[RevisionSummary(**_summary(each)) for each in seen[slice_of(page, pageSize)]],
        total=total,
        page=page,
        pageSize=pageSize,
    )


@router.get(
    "/models/{model_id}/revisions/{revision}",
    summary="One revision's texts",
    response={200: RevisionTextAnswer, **ERRORS},
)
def revision_text(
    request: HttpRequest, response: HttpResponse, model_id: str, revision: RevisionNumber
) -> RevisionTextAnswer:
    """The definition and the README of one of the revisions that the caller may see."""
    user = request.auth  # type: ignore[attr-defined]
    model = visible_model(user, model_id)
    asked = policy.revisions_for(user, model).filter(number=revision).first()
    if asked is None:
        raise NoSuchRevision(revision)
    response.headers["ETag"] = etag_of(asked)
    text = RevisionText(
        **_summary(asked),
        definition=asked.definition,
        readme=asked.readme,
        readme_zh=asked.readme_zh,
    )
    return RevisionTextAnswer(data=text)


def _summary(revision: Revision) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "state": revision.state,
        "visibility": revision.visibility,
        "author": revision.author_name,
        "message": revision.message,
        "created_at": revision.created_at.isoformat(),
        "published_at": revision.published_at.isoformat() if revision.published_at else None,
    }
