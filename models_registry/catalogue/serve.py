"""Answers downloads: the prepared list of a type, or one model's records."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import brotli
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags

from accounts.models import User
from models_registry.catalogue import build
from models_registry.catalogue.selection import select
from models_registry.definitions import text as definition_text
from models_registry.errors import AmbiguousName, ModelNotFound
from models_registry.models import CatalogueList, RegisteredModel

_BODY_FIELDS = {"identity": "body", "gzip": "gzip_body", "br": "brotli_body"}
JSON = "application/json; charset=utf-8"


_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "identity": lambda body: body,
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
    "br": lambda body: brotli.compress(body, quality=5),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What HTTP caching needs to know of a JSON text, and how to read its encoded bytes."""

    digest: str
    read: Callable[[], bytes]
    encoding: str
    changed_at: datetime | None
    public: bool


class _PreparedBodies:
    """The prepared bytes of the lists in this process, so that a download reads no megabyte from
    the database. One entry a type and encoding; the ETag says whether it is still the right one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[str, bytes]] = {}

    def get(self, listing: CatalogueList, encoding: str) -> bytes | None:
        """The bytes of that very list; None where another one has taken its place meanwhile."""
        key = (listing.model_type, encoding)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == listing.etag:
            return kept[1]
        field = _BODY_FIELDS[encoding]
        found = CatalogueList.objects.only(field).filter(pk=listing.pk, etag=listing.etag).first()
        if found is None:
            return None
        body = bytes(getattr(found, field))
        with self._lock:
            self._kept[key] = (listing.etag, body)
        return body


_prepared = _PreparedBodies()


def list_response(request: HttpRequest, model_type: str) -> HttpResponse:
    """The public list of a type: prepared bytes, compressed as the client takes them.

    Out: 200 with a strong ETag of its own for each encoding, or 304.
    """
    listing = (
        CatalogueList.objects.filter(model_type=model_type)
        .only("model_type", "etag", "changed_at", "valid_until")
        .first()
    )
    expired = listing and listing.valid_until and listing.valid_until <= timezone.now()
    if listing is None or not listing.etag or expired:
        build.rebuild([model_type])
        listing = CatalogueList.objects.get(model_type=model_type)
    encoding = accepted_encoding(request.headers.get("Accept-Encoding", ""))
    body = _prepared.get(listing, encoding)
    if body is None:
        return list_response(request, model_type)
    answer = Answer(
        digest=listing.etag,
        read=lambda: body,
        encoding=encoding,
        changed_at=listing.changed_at,
        public=True,
    )
    return _conditional(request, answer)


def visible_list_response(
    request: HttpRequest, model_type: str, user: User | AnonymousUser
) -> HttpResponse:
    """The list of a type with the enterprise and private models that the user may see.

    Where one name stands several times, the user's own private model goes before the enterprise
    one, and that before the public one: a server must meet a name once only.
    """
    rank = {"private": 0, "enterprise": 1, "public": 2}
    models = (
        RegisteredModel.objects.visible_to(user)
        .published()
        .filter(model_type=model_type)
        .exclude(Q(visibility="private") & ~Q(owner=user.pk))
        .select_related("published_revision")
        .defer("published_revision__readme", "facts", "search_text")
    )
    ranked = sorted(models, key=lambda model: (rank[model.visibility], model.pk))
    texts = select(model_type, ranked).definitions()
    return json_response(request, definition_text.join_records(texts), public=False)


def model_response(
    request: HttpRequest, model: RegisteredModel, *, include_readme: bool, public: bool
) -> HttpResponse:
    """The records of one model, exactly as they stand in its published definition.

    With include_readme each record has a member `readme` more. Raises ModelNotFound for a model
    that has not been published yet.
    """
    revision = model.published_revision
    if revision is None:
        raise ModelNotFound(model.name)
    text = revision.definition
    if include_readme:
        for index in range(len(definition_text.parse(text).records)):
            text = definition_text.set_members(text, index, {"readme": revision.readme})
    return json_response(request, text, public=public, changed_at=revision.published_at)


def one_by_name(
    user: User | AnonymousUser, name: str, model_type: str | None = None
) -> RegisteredModel:
    """The published model of exactly that name, or number, which the user may see.

    Raises ModelNotFound, and AmbiguousName where models of several types have the name.
    """
    found = (
        RegisteredModel.objects.visible_to(user)
        .published()
        .filter(name=name)
        .select_related("published_revision")
    )
    if model_type is not None:
        found = found.filter(model_type=model_type)
    rank = {"private": 0, "enterprise": 1, "public": 2}
    models = sorted(found, key=lambda m: (m.owner_id != user.pk, rank[m.visibility], m.pk))
    if not models:
        raise ModelNotFound(name)
    if len({model.model_type for model in models}) > 1:
        raise AmbiguousName(name, {model.model_type for model in models})
    return models[0]


def accepted_encoding(header: str) -> str:
    """The best of br, gzip and identity that an Accept-Encoding header allows: RFC 9110 §12.5.3."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        key, _, value = parameter.strip().partition("=")
        try:
            weights[name.strip()] = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    for name in ("br", "gzip"):
        if weights.get(name, weights.get("*", 0.0)) > 0:
            return name
    return "identity"


def json_response(
    request: HttpRequest, text: str, *, public: bool, changed_at: datetime | None = None
) -> HttpResponse:
    """A JSON text as an answer with a strong ETag, compressed as the client takes it, or 304."""
    body = text.encode("utf-8")
    encoding = accepted_encoding(request.headers.get("Accept-Encoding", ""))
    answer = Answer(
        digest=hashlib.sha256(body).hexdigest()[:32],
        read=lambda: _COMPRESS[encoding](body),
        encoding=encoding,
        changed_at=changed_at,
        public=public,
    )
    return _conditional(request, answer)


def _conditional(request: HttpRequest, answer: Answer) -> HttpResponse:
    """200 with the body, or 304 where the client has the same content in any encoding.

    Each encoding has a strong ETag of its own, as RFC 9110 §8.8.3 asks for. Anonymous answers may
    be kept by shared caches, those of a token may not.
    """
    sent = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    same = {f'"{answer.digest}-{encoding}"' for encoding in _COMPRESS}
    seconds = int(answer.changed_at.timestamp()) if answer.changed_at else None
    # If-Modified-Since is not believed: two lists may be built within its one second.
    unchanged = bool(sent & same or "*" in sent)
    if unchanged:
        response: HttpResponse = HttpResponseNotModified()
    else:
        body = answer.read()
        response = HttpResponse(body, content_type=JSON)
        response.headers["Content-Length"] = str(len(body))
        if answer.encoding != "identity":
            response.headers["Content-Encoding"] = answer.encoding
    response.headers["ETag"] = f'"{answer.digest}-{answer.encoding}"'
    if seconds is not None:
        response.headers["Last-Modified"] = http_date(seconds)
    response.headers["Cache-Control"] = (
        "public, max-age=60" if answer.public else "private, no-cache"
    )
    patch_vary_headers(response, ["Accept-Encoding", "Authorization", "X-Models-Token"])
    return response
