"""The API that Xinference servers and the web UI read: lists, downloads, single models."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from ninja import Field

from hub import figures
from hub.kept_answers import note_request
from hub.numbers import whole_number
from hub.stated_version import HEADER
from models_registry import model_search, usage
from models_registry.api import (
    lists as lists,  # its addresses must come before /models/{name_or_id}
)
from models_registry.api.paging import link_pages, slice_of
from models_registry.api.parameters import (
    MAX_PAGE_SIZE,
    GpuName,
    ModelTypeName,
    RevisionNumber,
    ServerVersion,
    asked_release,
    known_type,
)
from models_registry.api.router import router
from models_registry.api.schemas import (
    ErrorAnswer,
    ModelAnswer,
    ModelDetail,
    ModelListAnswer,
    ModelSummary,
    ReleaseReasonAnswer,
    UnderstoodWords,
    WorksWithAnswer,
)
from models_registry.catalogue import fleet, release_lists, serve
from models_registry.catalogue.selection import is_unsafe_to_fetch, limits_of
from models_registry.definitions.checks import release_rules
from models_registry.errors import (
    InvalidParameter,
    ModelNotFound,
    ModelPrivate,
)
from models_registry.http.fetch import HUB_HEADER
from models_registry.labels import translated
from models_registry.launch.needs import GPUS
from models_registry.models import Facet, RegisteredModel, RegisteredModelQuerySet, Revision
from models_registry.models.source_repositories import sources_of
from models_registry.pages.model_page import readme_languages
from models_registry.public_index import TYPE, visible_index
from models_registry.sync.sources.own_hub import own_name

ORDERS = {
    "recommended": (
        F("figures__recommended_rank").asc(nulls_last=True),
        "-featured",
        "name_key",
        "model_type",
        "pk",
    ),
    "featured": ("-featured", "name_key", "model_type", "pk"),
    "name": ("name_key", "model_type", "pk"),
    "updated": (
        F("definition_updated_at").desc(nulls_last=True),
        "name_key",
        "model_type",
        "pk",
    ),
    "memory": (F("memory__need").asc(nulls_last=True), "name_key", "model_type", "pk"),
    "used": (F("figures__uses").desc(nulls_last=True), "name_key", "model_type", "pk"),
}
ERRORS: dict[Any, Any] = {401: ErrorAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 400: ErrorAnswer}


@router.api_operation(["HEAD"], "/models/download", include_in_schema=False)
@router.get(
    "/models/download",
    summary="Download the records of a type, or of one model",
    response={200: list[dict[str, Any]], 403: ErrorAnswer, **ERRORS},
)
def download(
    request: HttpRequest,
    model_type: ModelTypeName | None = None,
    model_name: str | None = None,
    model_id: str | None = None,
    include_readme: bool = False,
    revision: RevisionNumber | None = None,
    xinference_version: ServerVersion = "",
) -> HttpResponse:
    """With `model_type` only: an array of all records of the published, unexpired public models of
    that type. Models that more releases of Xinference load come first, then they are ordered by
    name without regard to case. With a token also the enterprise models that its user may see and
    the user's private ones. Records that would break a server's list are left out.

    With `model_type` and `revision`: the exact bytes of that revision of the public list, also
    with a token. With a version, it is a revision of the list for that version, which has numbers
    of its own. `X-Hub-Revision`, `X-Hub-SHA256` and, on a hub with a key, `X-Hub-Signature`
    describe each list; `/api/models/lists` has the revisions.

    With `model_name` (and `model_type` if several types have the name) or `model_id`: the
    records of that one model. A name stands for the caller's own private model, else the
    enterprise model that they may see, else the public one; never for somebody else's private
    model. A model that was renamed answers to its former name for a time, with that
    name in its records; `Sunset` says until when. Each record comes with its README as `readme` if
    `include_readme` is set. With
    `include_readme`, as servers send it, a name that would break their list is refused: 409
    `NAME_HELD_BACK`.

    With `xinference_version`, the header `X-Xinference-Version` or the path
    `/v/VERSION/api/models/download`: what servers of that version take, and everything of it,
    sorted by name. Models that they take in another form only are translated; `X-Hub-Translated`
    says how many. `X-Hub-Release` is the release whose rules were used. A single model that they
    can't use is refused: 409 `NOT_FOR_RELEASE`.
    """
    user = request.auth  # type: ignore[attr-defined]
    names_model = model_id is not None or model_name is not None
    if model_type is not None:
        model_type = known_type(model_type)
    if revision is not None and (model_type is None or names_model):
        raise InvalidParameter("revision_needs_model_type")
    release = asked_release(request, xinference_version)
    if names_model:
        found = _asked(user, model_type, model_name, model_id)
        name = None if model_id is not None else _clean(model_name or "")
        model = found if name is None else serve.under_name(found, name)
        public = not user.is_authenticated and model is found
        if release is not None:
            response = release_lists.model_response(
                request, model, release, include_readme=include_readme, public=public
            )
        else:
            if include_readme:
                serve.require_safe_to_fetch(model)
            response = serve.model_response(
                request, model, include_readme=include_readme, public=public
            )
        if name is not None:
            serve.mark_former_name(response, found, name)
        if response.status_code == 200:
            key = model.pk
            note_request(request, response, lambda asked: usage.count_download(asked, key))
    elif model_type is not None:
        response = _list(request, model_type, revision, release)
    else:
        raise InvalidParameter("nothing_to_download")
    response.headers[HUB_HEADER] = own_name()
    patch_vary_headers(response, [HEADER])
    return response


def _list(
    request: HttpRequest, model_type: str, revision: int | None, release: str | None
) -> HttpResponse:
    user = request.auth  # type: ignore[attr-defined]
    if release is not None:
        if revision is not None:
            answer = release_lists.revision_response(request, model_type, release, revision)
        elif user.is_authenticated:
            answer = release_lists.visible_list_response(request, model_type, release, user)
        else:
            answer = release_lists.list_response(request, model_type, release)
    elif revision is not None:
        answer = serve.revision_response(request, model_type, revision)
    elif user.is_authenticated:
        answer = serve.visible_list_response(request, model_type, user)
    else:
        answer = serve.list_response(request, model_type)
    held = int(answer.headers.get("X-Hub-Revision", 0))
    name = user.get_username() if user.is_authenticated else ""
    note_request(
        request,
        answer,
        lambda asked: fleet.record_download(asked, model_type, held, name, release=release or ""),
    )
    return answer


def _asked(
    user: Any, model_type: str | None, model_name: str | None, model_id: str | None
) -> RegisteredModel:
    if model_id is None:
        return serve.published_by_name(user, _clean(model_name or ""), model_type)
    model = _by_id(user, model_id)
    if model_type not in {None, model.model_type}:
        raise ModelNotFound(model_id)
    return model


@router.api_operation(["HEAD"], "/models", include_in_schema=False)
@router.get(
    "/models",
    summary="Search models",
    response={200: ModelListAnswer, 400: ErrorAnswer, 401: ErrorAnswer},
)
def list_models(
    request: HttpRequest,
    query: str = "",
    model_type: ModelTypeName | None = None,
    order: Literal["relevance", "featured", "recommended", "name", "updated", "memory", "used"]
    | None = None,
    fits: GpuName | None = None,
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1,
    pageSize: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = 20,
    named: bool = False,
    xinference_version: ServerVersion = "",
) -> HttpResponse:
    """One page of the models that the caller may see. A page after the last one is empty.

    `query` is what people type: a name in any spelling (`qwen 3`, `bge_m3`) or with a typing
    error, a task, type, language, format or engine in English or Chinese (`asr`, 文生图, `gguf`), a
    size (`7b`), a maker (`alibaba`, 智谱), a repository (`Qwen/Qwen3-8B`) or its address at Hugging
    Face or ModelScope, words of descriptions and READMEs, or several of these: `vision 7b awq`.
    The best come first (`order=relevance`, the default with a `query`; without one, `featured`).
    `understood` has what the text names, and `match` says whether the models fit all of it.

    With `fits`, only models with a variant that needs at most 90 % of the memory of such a GPU, in
    GB; `160` means two GPUs of 80 GB. A need that is not known never fits.

    With `xinference_version` or the header `X-Xinference-Version`, only models that servers of that
    version can use as they are.

    With `named`, without other people's private models: they can't be requested by name, only by
    `id`."""
    user = request.auth  # type: ignore[attr-defined]
    objects = RegisteredModel.objects
    visible = objects.named_for(user) if named else objects.visible_to(user)
    matching = visible.published()
    filters: dict[str, tuple[str, ...]] = {}
    if model_type:
        model_type = known_type(model_type)
        matching = matching.filter(model_type=model_type)
        filters[TYPE] = (model_type,)
    usable = None
    if fits:
        usable = next(gpu.usable for gpu in GPUS if gpu.key == fits)
        matching = matching.filter(memory__need__lte=usable)
    release = asked_release(request, xinference_version)
    if release is not None:
        release = release_rules.RELEASES[-1] if release == release_rules.LATER else release
        first = release_rules.group_of(release)
        matching = matching.filter(facets__kind=Facet.Kind.RELEASE, facets__value=first)
        filters[Facet.Kind.RELEASE] = (first,)
    if query.strip():
        answer = _searched(matching, query, order or "relevance", page, pageSize)
    else:
        order = "featured" if order in (None, "relevance") else order
        total, models = _page(user, matching, filters, usable, order, slice_of(page, pageSize))
        answer = ModelListAnswer(
            data=[ModelSummary(**_summary(model)) for model in models],
            total=total,
            page=page,
            pageSize=pageSize,
        )
    text = json.dumps(answer.dict(), ensure_ascii=False)
    response = serve.json_response(request, text, public=not user.is_authenticated)
    link_pages(request, response, page, pageSize, answer.total)
    patch_vary_headers(response, [HEADER])
    if query.strip():
        note_request(request, response, lambda _asked: figures.count_search(answer.total))
    return response


def _page(
    user: Any,
    matching: RegisteredModelQuerySet,
    filters: dict[str, tuple[str, ...]],
    usable: int | None,
    order: str,
    which: slice,
) -> tuple[int, Iterable[RegisteredModel]]:
    """The number of models, and some of them in order. `matching` has all filters, too."""
    index = visible_index(matching, is_anonymous=not user.is_authenticated)
    if index is None:
        models = matching.order_by(*ORDERS[order]).select_related("figures", "memory")
        return models.count(), models[which]
    found = index.fitting(filters)
    if usable is not None:
        found &= index.needing_at_most(usable)
    name = "newest" if order == "updated" else order
    rows = index.page(found, name, ORDERS[order], which.start, which.stop)
    return found.bit_count(), rows.select_related("figures", "memory")


def _searched(
    visible: RegisteredModelQuerySet, query: str, order: str, page: int, size: int
) -> ModelListAnswer:
    found = model_search.find(visible, query)
    keys = [model.pk for model in found.models]
    if order != "relevance":
        ordered = visible.filter(pk__in=keys).order_by(*ORDERS[order])
        keys = list(ordered.values_list("pk", flat=True))
    total = len(keys)
    keys = keys[(page - 1) * size : page * size]
    shown = visible.filter(pk__in=keys).select_related("figures", "memory")
    models = sorted(shown, key=lambda model: keys.index(model.pk))
    return ModelListAnswer(
        data=[ModelSummary(**_summary(model)) for model in models],
        total=total,
        page=page,
        pageSize=size,
        understood=[
            UnderstoodWords(
                kind=words.kind,
                value=words.value,
                label=words.label,
                query_without=words.text_without,
            )
            for words in found.understood
        ],
        corrected=found.corrected,
        match="near" if found.is_near else "corrected" if found.is_corrected else "all",
    )


@router.api_operation(["HEAD"], "/models/{name_or_id}", include_in_schema=False)
@router.get(
    "/models/{name_or_id}",
    summary="One model",
    response={200: ModelAnswer, **ERRORS},
)
def get_model(
    request: HttpRequest, name_or_id: str, model_type: ModelTypeName | None = None
) -> HttpResponse:
    """What the hub knows about one model, by number or by exact name. A model that was renamed
    answers to its former name for a time: `Sunset` says until when, `Link` where it is."""
    user = request.auth  # type: ignore[attr-defined]
    if model_type is not None:
        model_type = known_type(model_type)
    name = _clean(name_or_id)
    model = _by_number(user, name_or_id)
    is_by_name = model is None
    model = model or serve.published_by_name(user, name, model_type)
    revision = model.published_revision
    if revision is None:
        raise ModelNotFound(name_or_id)
    answer = ModelAnswer(
        data=ModelDetail(
            **_summary(model),
            revision=revision.number,
            owner=model.owner.username if model.owner else None,
            expires_at=model.expires_at.isoformat() if model.expires_at else None,
            readme_languages=readme_languages(revision, sources_of(model)),
            facts=model.facts,
            works_with=_works_with(model, revision),
            held_back=is_unsafe_to_fetch(model),
        )
    )
    text = json.dumps(answer.dict(), ensure_ascii=False)
    is_former = is_by_name and name != model.name
    public = not user.is_authenticated and not is_former
    response = serve.json_response(request, text, public=public)
    if is_former:
        serve.mark_former_name(response, model, name)
    return response


def _works_with(model: RegisteredModel, revision: Revision) -> WorksWithAnswer:
    works = limits_of(model, revision)
    reasons = [
        ReleaseReasonAnswer(
            releases=reason.releases, reason=translated(reason.message), stops_servers=reason.stops
        )
        for reason in works.reasons
    ]
    return WorksWithAnswer(since=works.since, but=works.but, reasons=reasons)


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
        "memory": _memory(model),
        "uses_30_days": _uses(model),
        "description": model.description,
        "url": settings.SITE_URL + model.get_absolute_url(),
    }


def _memory(model: RegisteredModel) -> dict[str, Any] | None:
    """The smallest need of memory; None if unknown."""
    memory = getattr(model, "memory", None)
    if memory is None or memory.need is None:
        return None
    names = ("format", "size", "quantization", "weights", "cache", "context")
    fits = [gpu.key for gpu in GPUS if memory.need <= gpu.usable]
    return {"bytes": memory.need, "fits": fits, **{name: memory.choice[name] for name in names}}


def _uses(model: RegisteredModel) -> dict[str, int] | None:
    """The recent uses of a model; None if this hub does not count them."""
    if not settings.ENV.use_counts:
        return None
    figures = getattr(model, "figures", None)
    return {use.value: getattr(figures, use.value, 0) for use in usage.Use}


def _clean(name: str) -> str:
    """A name for a query: PostgreSQL refuses NUL, and no name contains it."""
    return name.replace("\x00", "\ufffd")


def _by_id(user: Any, model_id: str) -> RegisteredModel:
    if (model := _by_number(user, model_id)) is not None:
        return model
    if not user.is_authenticated:
        raise ModelPrivate
    raise ModelNotFound(model_id)


def _by_number(user: Any, text: str) -> RegisteredModel | None:
    if (number := whole_number(text)) is None:
        return None
    models = RegisteredModel.objects.visible_to(user).published()
    related = models.select_related("published_revision", "owner", "figures", "memory")
    return related.filter(pk=number).first()
