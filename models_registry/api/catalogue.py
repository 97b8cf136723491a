"""The API that Xinference servers and the web UI read: lists, downloads, single models."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from ninja import Field

from models_registry.api.router import router
from models_registry.api.schemas import (
    ErrorAnswer,
    ModelAnswer,
    ModelDetail,
    ModelListAnswer,
    ModelSummary,
)
from models_registry.catalogue import serve
from models_registry.catalogue.selection import names_held_back
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.errors import (
    HeldBack,
    InvalidModelType,
    InvalidParameter,
    ModelNotFound,
    ModelPrivate,
)
from models_registry.models import RegisteredModel

ORDERS = {
    "featured": ("-featured", "name_key", "model_type", "pk"),
    "name": ("name_key", "model_type", "pk"),
    "updated": (
        F("definition_updated_at").desc(nulls_last=True),
        "name_key",
        "model_type",
        "pk",
    ),
}
ERRORS: dict[Any, Any] = {401: ErrorAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 400: ErrorAnswer}
MAX_PAGE_SIZE = 100


@router.api_operation(["HEAD"], "/models/download", include_in_schema=False)
@router.get(
    "/models/download",
    summary="Download the records of a type, or of one model",
    response={200: list[dict[str, Any]], 403: ErrorAnswer, **ERRORS},
)
def download(
    request: HttpRequest,
    model_type: str | None = None,
    model_name: str | None = None,
    model_id: str | None = None,
    include_readme: bool = False,
) -> HttpResponse:
    """With `model_type` alone: an array of all records of the published, unexpired public models of
    that type, ordered by name without regard to case; with a token also the enterprise models that
    its user may see and the user's private ones. What would break a server's list is left out.

    With `model_name` (and `model_type` where several types have the name) or `model_id`: the
    records of that one model, each with its README as `readme` if `include_readme` is set. So do
    servers ask for it; a name that would keep them from starting is then refused with 409.
    """
    user = request.auth  # type: ignore[attr-defined]
    public = not user.is_authenticated
    if model_type is not None:
        model_type = _known_type(model_type)
    if model_id is not None:
        model = _by_id(user, model_id)
        if model_type not in {None, model.model_type}:
            raise ModelNotFound(model_id)
    elif model_name is not None:
        model = serve.one_by_name(user, _clean(model_name), model_type)
        # With its README a model is asked for by servers, which write it into their list.
        if include_readme and model.name_key in names_held_back(model.model_type):
            raise HeldBack(model.name)
    elif model_type is not None and public:
        return serve.list_response(request, model_type)
    elif model_type is not None:
        return serve.visible_list_response(request, model_type, user)
    else:
        raise InvalidParameter("Say what to download: model_type, model_name or model_id.")
    return serve.model_response(request, model, include_readme=include_readme, public=public)


@router.api_operation(["HEAD"], "/models", include_in_schema=False)
@router.get(
    "/models",
    summary="Search models",
    response={200: ModelListAnswer, **ERRORS},
)
def list_models(
    request: HttpRequest,
    query: str = "",
    model_type: str | None = None,
    order: Literal["featured", "name", "updated"] = "featured",
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1,
    pageSize: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = 20,
) -> HttpResponse:
    """One page of the models that the caller may see, by words in their name, description,
    abilities, languages, formats and source repositories. A page behind the last one is empty."""
    user = request.auth  # type: ignore[attr-defined]
    found = RegisteredModel.objects.visible_to(user).published().search(query)
    if model_type:
        found = found.filter(model_type=_known_type(model_type))
    pages = Paginator(found.order_by(*ORDERS[order]), pageSize)
    models = pages.page(page).object_list if page <= pages.num_pages else []
    answer = ModelListAnswer(
        data=[ModelSummary(**_summary(model)) for model in models],
        total=pages.count,
        page=page,
        pageSize=pageSize,
    )
    text = json.dumps(answer.dict(), ensure_ascii=False)
    return serve.json_response(request, text, public=not user.is_authenticated)


@router.api_operation(["HEAD"], "/models/{name_or_id}", include_in_schema=False)
@router.get(
    "/models/{name_or_id}",
    summary="One model",
    response={200: ModelAnswer, **ERRORS},
)
def get_model(request: HttpRequest, name_or_id: str, model_type: str | None = None) -> HttpResponse:
    """What the hub knows of one model, by number or by exact name."""
    user = request.auth  # type: ignore[attr-defined]
    if model_type is not None:
        model_type = _known_type(model_type)
    model = _by_number(user, name_or_id) or serve.one_by_name(user, _clean(name_or_id), model_type)
    revision = model.published_revision
    if revision is None:
        raise ModelNotFound(name_or_id)
    answer = ModelAnswer(
        data=ModelDetail(
            **_summary(model),
            revision=revision.number,
            owner=model.owner.username if model.owner else None,
            expires_at=model.expires_at.isoformat() if model.expires_at else None,
            facts=model.facts,
        )
    )
    text = json.dumps(answer.dict(), ensure_ascii=False)
    return serve.json_response(request, text, public=not user.is_authenticated)


def _summary(model: RegisteredModel) -> dict[str, Any]:
    updated = model.definition_updated_at
    return {
        "id": model.pk,
        "model_name": model.name,
        "model_type": model.model_type,
        "visibility": model.visibility,
        "featured": model.featured,
        "updated_at": int(updated.timestamp()) if updated else None,
        "abilities": model.facts.get("abilities", []),
        "languages": model.facts.get("languages", []),
        "formats": model.facts.get("formats", []),
        "engines": model.facts.get("engines", []),
        "sizes_in_billions": model.facts.get("sizes_in_billions", []),
        "context_length": model.context_length,
        "description": model.description,
        "url": settings.SITE_URL + model.get_absolute_url(),
    }


def _known_type(model_type: str) -> str:
    lower = model_type.lower()
    if lower not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    return lower


def _clean(name: str) -> str:
    """A name as it may be asked of the database: PostgreSQL refuses NUL, and no name has it."""
    return name.replace("\x00", "\ufffd")


def _by_id(user: Any, model_id: str) -> RegisteredModel:
    if (model := _by_number(user, model_id)) is not None:
        return model
    if not user.is_authenticated:
        raise ModelPrivate
    raise ModelNotFound(model_id)


def _by_number(user: Any, text: str) -> RegisteredModel | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        return None
    found = RegisteredModel.objects.visible_to(user).published()
    return found.select_related("published_revision", "owner").filter(pk=int(text)).first()
