"""The API that writes: the same use cases, rights and rules as the pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Status

from accounts.authentication import require_write
from accounts.models import User
from models_registry import policy, use_cases
from models_registry.api.definitions import placed_as_sent, text_of
from models_registry.api.router import router
from models_registry.api.schemas import (
    ErrorAnswer,
    Expiry,
    InvalidDefinitionAnswer,
    ModelEdit,
    NewModel,
    RevisionsAnswer,
    RevisionSummary,
    StaleAnswer,
    Standing,
    StandingAnswer,
)
from models_registry.errors import ModelNotFound
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision, Visibility

ERRORS: dict[Any, Any] = {
    400: ErrorAnswer,
    401: ErrorAnswer,
    403: ErrorAnswer,
    404: ErrorAnswer,
    409: StaleAnswer,
    422: InvalidDefinitionAnswer,
}


@router.post("/models", summary="Register a model", response={201: StandingAnswer, **ERRORS})
def register(request: HttpRequest, new: NewModel) -> Status[StandingAnswer]:
    """Published at once or proposed for review, by its visibility and the caller's rights; `state`
    in the answer says which."""
    user = require_write(request)
    submission = use_cases.Submission(
        definition=text_of(request, new.definition),
        readme=new.readme,
        readme_origin=ReadmeOrigin.WRITTEN,
        visibility=Visibility(new.visibility),
        message=new.message,
    )
    with placed_as_sent(request, new.definition):
        revision = use_cases.register(new.model_type.lower(), submission, by=user)
    return Status(201, _standing(revision))


@router.put(
    "/models/{name_or_id}", summary="Change a model", response={200: StandingAnswer, **ERRORS}
)
def edit(request: HttpRequest, name_or_id: str, change: ModelEdit) -> StandingAnswer:
    """Published at once or proposed, by the caller's rights. 409 `STALE_REVISION` with
    `current_revision` where somebody else was quicker."""
    user = require_write(request)
    model = visible_model(user, name_or_id)
    submission = use_cases.Submission(
        definition=None if change.definition is None else text_of(request, change.definition),
        readme=change.readme,
        visibility=Visibility(change.visibility) if change.visibility else None,
        message=change.message,
    )
    with placed_as_sent(request, change.definition):
        revision = use_cases.edit(model, submission, by=user, base_revision=change.base_revision)
    return _standing(revision)


@router.put(
    "/models/{model_id}/expiry",
    summary="Let a model expire, or restore it",
    response={200: StandingAnswer, **ERRORS},
)
def set_expiry(request: HttpRequest, model_id: str, expiry: Expiry) -> StandingAnswer:
    """A past moment expires the model at once, null restores it."""
    user = require_write(request)
    model = visible_model(user, model_id)
    use_cases.set_expiry(model, expiry.expires_at, by=user)
    return _standing(use_cases.current_revision(model, by=user))


@router.delete("/models/{name_or_id}", summary="Delete a model", response={204: None, **ERRORS})
def delete(request: HttpRequest, name_or_id: str) -> HttpResponse:
    """The model goes with all its revisions."""
    user = require_write(request)
    use_cases.delete(visible_model(user, name_or_id), by=user)
    return HttpResponse(status=204)


@router.get(
    "/models/{model_id}/revisions",
    summary="A model's revisions",
    response={200: RevisionsAnswer, **ERRORS},
)
def revisions(request: HttpRequest, model_id: str) -> RevisionsAnswer:
    """Newest first. Proposals are listed for those who work with the model alone."""
    user = request.auth  # type: ignore[attr-defined]
    model = visible_model(user, model_id)
    return RevisionsAnswer(
        data=[
            RevisionSummary(
                revision=revision.number,
                state=revision.state,
                visibility=revision.visibility,
                author=revision.author_name,
                message=revision.message,
                created_at=revision.created_at.isoformat(),
                published_at=revision.published_at.isoformat() if revision.published_at else None,
            )
            for revision in policy.revisions_for(user, model).defer("definition", "readme")
        ]
    )


def visible_model(user: User, number: str) -> RegisteredModel:
    """The model of that number, if the caller may see it; writing by name would be a guess."""
    if number.isascii() and number.isdecimal() and len(number) <= 18:
        model = RegisteredModel.objects.visible_to(user).filter(pk=int(number)).first()
        if model is not None:
            return model
    raise ModelNotFound(number)


def _standing(revision: Revision) -> StandingAnswer:
    model = RegisteredModel.objects.get(pk=revision.model_id)
    return StandingAnswer(
        data=Standing(
            id=model.pk,
            model_type=model.model_type,
            model_name=model.name,
            visibility=str(revision.visibility),
            revision=revision.number,
            state=str(revision.state),
        )
    )
