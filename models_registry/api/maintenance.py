"""The API that writes: the same use cases, rights and rules as the pages."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query

from accounts.authentication import require_write
from accounts.models import User
from hub.numbers import whole_number
from models_registry.actions.declare import required_base
from models_registry.actions.delete import delete as delete_model
from models_registry.actions.edit import current_revision
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.expiry import set_expiry as set_model_expiry
from models_registry.actions.register import register as register_model
from models_registry.actions.submission import Submission
from models_registry.api.declared import IF_MATCH, precondition  # its addresses must come first
from models_registry.api.definitions import placed_as_sent, text_of
from models_registry.api.idempotency import PARAMETER, once
from models_registry.api.router import router
from models_registry.api.schemas import (
    ErrorAnswer,
    Expiry,
    InvalidDefinitionAnswer,
    ModelEdit,
    ModelStatus,
    ModelStatusAnswer,
    NewModel,
    StaleAnswer,
)
from models_registry.errors import InvalidParameter, ModelNotFound
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision, Visibility

WRITE_ERRORS: dict[Any, Any] = {
    **dict.fromkeys((400, 401, 403, 404, 429), ErrorAnswer),
    409: StaleAnswer,
}
# Of those that take a definition.
ERRORS: dict[Any, Any] = WRITE_ERRORS | {412: StaleAnswer, 422: InvalidDefinitionAnswer}


@router.post(
    "/models",
    summary="Register a model",
    response={201: ModelStatusAnswer, **{k: v for k, v in ERRORS.items() if k != 404}},
    openapi_extra={"parameters": [PARAMETER]},
)
def register(request: HttpRequest, new: NewModel) -> HttpResponse:
    """Published at once or proposed for review, by its visibility and the caller's rights; `state`
    in the answer says which."""
    user = require_write(request)
    submission = Submission(
        definition=text_of(request, new.definition),
        readme=new.readme,
        readme_zh=new.readme_zh,
        readme_origin=ReadmeOrigin.WRITTEN,
        visibility=Visibility(new.visibility),
        message=new.message,
    )

    def write() -> ModelStatusAnswer:
        with placed_as_sent(request, new.definition):
            revision = register_model(new.model_type.lower(), submission, by=user)
        return status_of(revision)

    return once(request, user, write)


@router.put(
    "/models/{name_or_id}",
    summary="Change a model, by number",
    response={200: ModelStatusAnswer, **ERRORS},
    openapi_extra={"parameters": [IF_MATCH]},
)
def edit(request: HttpRequest, name_or_id: str, change: ModelEdit) -> ModelStatusAnswer:
    """Published at once or proposed, depending on the caller's rights. 409 `STALE_REVISION` with
    `current_revision` if somebody else has changed the model since `base_revision`; 412
    `PRECONDITION_FAILED` if it has another revision than `If-Match`. One of the two is needed.
    By number only; `PUT /api/models/{model_type}/{name}` takes a name."""
    user = require_write(request)
    model = visible_model(user, name_or_id)
    when = precondition(request, change.base_revision)
    if when.base_revision is None and when.etags is None:
        raise InvalidParameter("base_revision_missing")
    submission = Submission(
        definition=None if change.definition is None else text_of(request, change.definition),
        readme=change.readme,
        readme_zh=change.readme_zh,
        visibility=Visibility(change.visibility) if change.visibility else None,
        message=change.message,
    )
    with placed_as_sent(request, change.definition):
        base = required_base(current_revision(model, by=user), when)
        revision = edit_model(model, submission, by=user, base_revision=base)
    return status_of(revision)


@router.put(
    "/models/{model_id}/expiry",
    summary="Let a model expire, or restore it",
    response={200: ModelStatusAnswer, **WRITE_ERRORS},
)
def set_expiry(request: HttpRequest, model_id: str, expiry: Expiry) -> ModelStatusAnswer:
    """A time in the past expires the model at once; null restores it."""
    user = require_write(request)
    model = visible_model(user, model_id)
    set_model_expiry(model, expiry.expires_at, by=user, reason=expiry.reason)
    return status_of(current_revision(model, by=user))


@router.delete(
    "/models/{name_or_id}", summary="Delete a model", response={204: None, **WRITE_ERRORS}
)
def delete(
    request: HttpRequest, name_or_id: str, reason: Annotated[str, Query(max_length=500)] = ""
) -> HttpResponse:
    """The model is deleted with all its revisions. Upstream's maintainers read the reason."""
    user = require_write(request)
    delete_model(visible_model(user, name_or_id), by=user, reason=reason)
    return HttpResponse(status=204)


def visible_model(user: User, number: str) -> RegisteredModel:
    """The model with this number, if the caller may see it; names are ambiguous for writing."""
    if (key := whole_number(number)) is not None:
        model = RegisteredModel.objects.visible_to(user).filter(pk=key).first()
        if model is not None:
            return model
    raise ModelNotFound(number)


def status_of(revision: Revision) -> ModelStatusAnswer:
    """What a model is after a write."""
    model = RegisteredModel.objects.get(pk=revision.model_id)
    return ModelStatusAnswer(
        data=ModelStatus(
            id=model.pk,
            model_type=model.model_type,
            model_name=model.name,
            visibility=str(revision.visibility),
            revision=revision.number,
            state=str(revision.state),
        )
    )
