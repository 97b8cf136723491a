"""The API of the lists: their revisions, and the key that signs them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from ninja import Field, Schema

from hub.stated_version import HEADER
from models_registry.api.paging import link_pages
from models_registry.api.parameters import (
    MAX_PAGE_SIZE,
    ModelTypeName,
    ServerVersion,
    asked_release,
    known_type,
)
from models_registry.api.router import router
from models_registry.api.schemas import ErrorAnswer
from models_registry.catalogue import refresh, release_history, release_lists, serve, signing
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.errors import SigningKeyNotFound
from models_registry.models import CatalogueList, ListRevision, ReleaseListRevision
from models_registry.sync import source_facts

KEY_PATH = "/api/models/lists/key.pem"
SHOWN = ("model_type", "revision", "pinned")


class ListState(Schema):
    """One revision of a list."""

    model_type: ModelTypeName
    release: str | None = Field(description="Of the servers that it is for; null: of any release")
    revision: int
    sha256: str = Field(description="Of the uncompressed bytes, in hexadecimal digits")
    bytes: int
    model_count: int
    record_count: int
    changed_at: str = Field(description="ISO 8601: when it was built")
    signature: str | None = Field(description="ed25519= and Base64, as in X-Hub-Signature")
    url: str = Field(description="The address of these exact bytes, as long as they are stored")
    is_served: bool = Field(description="True if servers get this revision")
    is_pinned: bool = Field(
        description="True if the list was rolled back to it; never with a release"
    )


class ListsAnswer(Schema):
    """The list that is served for each type."""

    data: list[ListState]
    key_url: str | None = Field(description="The public key of the signatures, in PEM format")


class ListRevisionsAnswer(Schema):
    """One page of a list's revisions, newest first."""

    data: list[ListState]
    total: int
    page: int
    pageSize: int


class RepositoriesAnswer(Schema):
    """What the hub saw of source repositories; each has `hub`, `id` and what is known of it."""

    format: int
    repositories: list[dict[str, Any]]


@router.api_operation(["HEAD"], "/models/lists", include_in_schema=False)
@router.get(
    "/models/lists",
    summary="The lists as they are served",
    response={200: ListsAnswer, 400: ErrorAnswer},
)
def lists(request: HttpRequest, xinference_version: ServerVersion = "") -> HttpResponse:
    """For each type with a list: the revision that servers get, with digest and signature.

    With `xinference_version` or the header `X-Xinference-Version`: the lists for that version,
    whose revisions have numbers of their own."""
    release = asked_release(request, xinference_version)
    if release is not None:
        return _lists_for(request, release)
    refresh.rebuild_missing()
    served = {row.model_type: row for row in CatalogueList.objects.only(*SHOWN)}
    of_type = CatalogueList.objects.filter(model_type=OuterRef("model_type"))
    kept = ListRevision.objects.filter(number=Subquery(of_type.values("revision")[:1]))
    states = [
        _state(revision, served.get(revision.model_type))
        for revision in kept.defer("brotli_body", "pieces").order_by("model_type")
    ]
    return _answer(request, ListsAnswer(data=states, key_url=_key_url()))


def _lists_for(request: HttpRequest, release: str) -> HttpResponse:
    rows = [release_lists.current(model_type, release) for model_type in sorted(MODEL_TYPES)]
    states = [
        _release_state(release_history.get(row.model_type, release, row.revision), row.revision)
        for row in rows
    ]
    return _answer(request, ListsAnswer(data=states, key_url=_key_url()))


def _key_url() -> str | None:
    return settings.SITE_URL + KEY_PATH if settings.ENV.signing_key else None


@router.api_operation(["HEAD"], "/models/lists/key.pem", include_in_schema=False)
@router.get(
    "/models/lists/key.pem",
    summary="The public key that verifies signatures",
    response={200: None, 404: ErrorAnswer},
)
def key(request: HttpRequest) -> HttpResponse:
    """The Ed25519 public key in PEM format, for `openssl pkeyutl -verify`."""
    if not settings.ENV.signing_key:
        raise SigningKeyNotFound("no_signing_key")
    pem = signing.public_pem(signing.private_key(settings.ENV.signing_key))
    response = HttpResponse(pem, content_type="application/x-pem-file")
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@router.api_operation(["HEAD"], "/models/lists/{model_type}", include_in_schema=False)
@router.get(
    "/models/lists/{model_type}",
    summary="The revisions of a list",
    response={200: ListRevisionsAnswer, 400: ErrorAnswer},
)
def list_revisions(
    request: HttpRequest,
    model_type: ModelTypeName,
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1,
    pageSize: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = 20,
    xinference_version: ServerVersion = "",
) -> HttpResponse:
    """The stored revisions of a type's list, newest first.

    With `xinference_version` or the header `X-Xinference-Version`: those of the list for that
    version, as far as it was asked for."""
    model_type = known_type(model_type)
    release = asked_release(request, xinference_version)
    if release is not None:
        return _revisions_for(request, model_type, release, page, pageSize)
    served = CatalogueList.objects.only(*SHOWN).filter(model_type=model_type).first()
    kept = ListRevision.objects.filter(model_type=model_type).defer("brotli_body", "pieces")
    pages = Paginator(kept.order_by("-number"), pageSize)
    revisions = pages.page(page).object_list if page <= pages.num_pages else []
    answer = ListRevisionsAnswer(
        data=[_state(revision, served) for revision in revisions],
        total=pages.count,
        page=page,
        pageSize=pageSize,
    )
    response = _answer(request, answer)
    link_pages(request, response, page, pageSize, pages.count)
    return response


def _revisions_for(
    request: HttpRequest, model_type: str, release: str, page: int, size: int
) -> HttpResponse:
    served = release_lists.current(model_type, release).revision
    pages = Paginator(release_history.of(model_type, release).order_by("-number"), size)
    revisions = pages.page(page).object_list if page <= pages.num_pages else []
    answer = ListRevisionsAnswer(
        data=[_release_state(revision, served) for revision in revisions],
        total=pages.count,
        page=page,
        pageSize=size,
    )
    response = _answer(request, answer)
    link_pages(request, response, page, size, pages.count)
    return response


@router.api_operation(["HEAD"], "/models/lists/{model_type}/repositories", include_in_schema=False)
@router.get(
    "/models/lists/{model_type}/repositories",
    summary="What the hub saw of the source repositories",
    response={200: RepositoriesAnswer, 400: ErrorAnswer},
)
def repositories(request: HttpRequest, model_type: ModelTypeName) -> HttpResponse:
    """For hubs that can't visit them: licence, access, sizes, downloads, likes, last change and
    README of the repositories that the public models of a type name, with the time of the visit.
    """
    model_type = known_type(model_type)
    return serve.lazy_json_response(
        request,
        f"source-facts:{model_type}",
        digest=source_facts.version_for_now(model_type),
        write=lambda: source_facts.written(model_type),
    )


def _state(revision: ListRevision, served: CatalogueList | None) -> ListState:
    query = urlencode({"model_type": revision.model_type, "revision": revision.number})
    signature = bytes(revision.signature)
    return ListState(
        model_type=revision.model_type,
        release=None,
        revision=revision.number,
        sha256=revision.sha256,
        bytes=revision.size,
        model_count=revision.model_count,
        record_count=revision.record_count,
        changed_at=_moment(revision.created_at),
        signature=signing.as_header(signature) if signature else None,
        url=f"{settings.SITE_URL}/api/models/download?{query}",
        is_served=served is not None and served.revision == revision.number,
        is_pinned=served is not None and served.pinned == revision.number,
    )


def _release_state(revision: ReleaseListRevision, served: int) -> ListState:
    query = {
        "model_type": revision.model_type,
        "xinference_version": revision.release,
        "revision": revision.number,
    }
    signature = release_history.sign(revision)
    return ListState(
        model_type=revision.model_type,
        release=revision.release,
        revision=revision.number,
        sha256=revision.sha256,
        bytes=revision.size,
        model_count=revision.model_count,
        record_count=revision.record_count,
        changed_at=_moment(revision.created_at),
        signature=signing.as_header(signature) if signature else None,
        url=f"{settings.SITE_URL}/api/models/download?{urlencode(query)}",
        is_served=served == revision.number,
        is_pinned=False,
    )


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _answer(request: HttpRequest, answer: Schema) -> HttpResponse:
    data: dict[str, Any] = answer.dict()
    response = serve.json_response(request, json.dumps(data, ensure_ascii=False), public=True)
    patch_vary_headers(response, [HEADER])
    return response
