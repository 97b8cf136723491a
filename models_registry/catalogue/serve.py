"""Answers downloads: the prepared list of a type, an older revision of it, one model's records.

Answers of lists say what they are: `X-Hub-Revision`; `X-Hub-SHA256`, the digest of the bytes
without compression, for `sha256sum`; `Repr-Digest`, that of the bytes as they are sent, since by
RFC 9530 §3 a representation has its content coding; `X-Hub-Signature`, where the hub has a key.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

import brotli
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags

from accounts.models import User
from models_registry import signing
from models_registry.catalogue import build, history
from models_registry.catalogue.selection import names_held_back, select
from models_registry.definitions import text as definition_text
from models_registry.definitions.kinds import name_key
from models_registry.definitions.layouts import AGGREGATE_PATHS, read_tree
from models_registry.errors import AmbiguousName, ModelNotFound, NameHeldBack
from models_registry.models import CatalogueList, RegisteredModel, Revision, Visibility

_BODY_FIELDS = {"identity": "body", "gzip": "gzip_body", "br": "brotli_body"}
JSON = "application/json; charset=utf-8"
# What a revision is never changes, so caches need not ask again.
FOR_EVER: Final = "public, max-age=31536000, immutable"


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
    headers: Mapping[str, str] = field(default_factory=dict)
    caching: str = ""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A list's bytes in one encoding, and the headers that say what they are."""

    body: bytes
    headers: Mapping[str, str]


class _PreparedBodies:
    """The prepared bytes of the lists in this process, so that a download reads no megabyte from
    the database. One entry a type and encoding; the ETag says whether it is still the right one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[tuple[int, str, bytes], _Prepared]] = {}

    def get(self, listing: CatalogueList, encoding: str) -> _Prepared | None:
        """The bytes of that very list; None where another one has taken its place meanwhile."""
        key = (listing.model_type, encoding)
        signature = bytes(listing.signature)
        version = (listing.revision, listing.etag, signature)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == version:
            return kept[1]
        body_field = _BODY_FIELDS[encoding]
        found = (
            CatalogueList.objects.only(body_field, "revision", "sha256")
            .filter(pk=listing.pk, etag=listing.etag, revision=listing.revision)
            .first()
        )
        if found is None:
            return None
        body = bytes(getattr(found, body_field))
        prepared = _Prepared(body, _headers(found.revision, found.sha256, signature, body))
        with self._lock:
            self._kept[key] = (version, prepared)
        return prepared


_prepared = _PreparedBodies()


def list_response(request: HttpRequest, model_type: str) -> HttpResponse:
    """The public list of a type: prepared bytes, compressed as the client takes them.

    Out: 200 with a strong ETag of its own for each encoding, or 304.
    """
    listing = (
        CatalogueList.objects.filter(model_type=model_type)
        .only("model_type", "etag", "revision", "signature", "changed_at", "valid_until")
        .first()
    )
    expired = listing and listing.valid_until and listing.valid_until <= timezone.now()
    if listing is None or not listing.etag or expired:
        build.rebuild([model_type])
        listing = CatalogueList.objects.get(model_type=model_type)
    encoding = accepted_encoding(request.headers.get("Accept-Encoding", ""))
    prepared = _prepared.get(listing, encoding)
    if prepared is None:
        return list_response(request, model_type)
    answer = Answer(
        digest=listing.etag,
        read=lambda: prepared.body,
        encoding=encoding,
        changed_at=listing.changed_at,
        public=True,
        headers=prepared.headers,
    )
    return _conditional(request, answer)


def revision_response(request: HttpRequest, model_type: str, number: int) -> HttpResponse:
    """An older revision of a type's public list, the same for everybody and for ever.

    Raises RevisionNotFound.
    """
    revision = history.get(model_type, number)
    encoding = accepted_encoding(request.headers.get("Accept-Encoding", ""))
    compressed = bytes(revision.brotli_body)
    body = compressed if encoding == "br" else _COMPRESS[encoding](history.body_of(revision))
    answer = Answer(
        digest=revision.sha256[:32],
        read=lambda: body,
        encoding=encoding,
        changed_at=revision.created_at,
        public=True,
        headers=_headers(number, revision.sha256, bytes(revision.signature), body),
        caching=FOR_EVER,
    )
    return _conditional(request, answer)


def _headers(number: int, sha256: str, signature: bytes, body: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")
    said = {
        "X-Hub-Revision": str(number),
        "X-Hub-SHA256": sha256,
        "Repr-Digest": f"sha-256=:{digest}:",
    }
    if signature:
        said["X-Hub-Signature"] = signing.as_header(signature)
    return said


def visible_list_response(
    request: HttpRequest, model_type: str, user: User | AnonymousUser
) -> HttpResponse:
    """The list of a type with the enterprise and private models that the user may see.

    Where one name stands several times, the user's own private model goes before the enterprise
    one, and that before the public one: a server must meet a name once only. While an older
    revision is pinned, the public models are those of it.
    """
    served = (
        CatalogueList.objects.filter(model_type=model_type)
        .only("revision", "pinned", "sha256")
        .first()
    )
    rank = {"private": 0, "enterprise": 1, "public": 2}
    models = (
        RegisteredModel.objects.visible_to(user)
        .published()
        .filter(model_type=model_type)
        .exclude(Q(visibility="private") & ~Q(owner=user.pk))
        .select_related("published_revision")
        .defer("published_revision__readme", "facts", "search_text")
    )
    is_pinned = served is not None and served.pinned is not None
    if is_pinned:
        models = models.exclude(visibility=Visibility.PUBLIC)
    ranked = sorted(models, key=lambda model: (rank[model.visibility], model.pk))
    if served is not None and is_pinned:
        ranked += _public_models_of(model_type, served.revision, served.sha256)
    texts = select(model_type, ranked).definitions()
    return _token_list(
        request, model_type, definition_text.join_records(texts), served.revision if served else 0
    )


def _token_list(
    request: HttpRequest, model_type: str, text: str, public_revision: int
) -> HttpResponse:
    """A list for one caller, with what vouches for it; its revision is that of the public part."""
    body = text.encode("utf-8")
    sha256 = hashlib.sha256(body).hexdigest()
    encoding = accepted_encoding(request.headers.get("Accept-Encoding", ""))
    sent = _COMPRESS[encoding](body)
    signature = history.sign(model_type, public_revision, sha256, kind=signing.TOKEN_LIST)
    answer = Answer(
        digest=sha256[:32],
        read=lambda: sent,
        encoding=encoding,
        changed_at=None,
        public=False,
        headers=_headers(public_revision, sha256, signature, sent),
    )
    return _conditional(request, answer)


@lru_cache(maxsize=7)
def _public_models_of(model_type: str, number: int, sha256: str) -> list[RegisteredModel]:
    """The models of a pinned revision as `select` takes them; none of them is in the database.

    The digest is a part of the key so that another database's revision is another one.
    """
    path = AGGREGATE_PATHS[model_type]
    body = history.body_of(history.get(model_type, number))
    return [
        RegisteredModel(
            model_type=model_type,
            name=one.name,
            name_key=name_key(one.name),
            visibility=Visibility.PUBLIC,
            published_revision=Revision(definition=one.text),
        )
        for one in read_tree({path: body.decode("utf-8")}).models
    ]


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


def refuse_what_servers_can_not_take(model: RegisteredModel) -> None:
    """Raise NameHeldBack for a name that breaks a server's list by being taken from the hub.

    Seen with Xinference 4.1.0: its `update_spec` answers success, its list is never loaded again,
    and its next start fails (`merge_models_by_timestamp`).
    """
    if model.name_key in names_held_back(model.model_type):
        raise NameHeldBack(model.name)


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
    for name, value in answer.headers.items():
        response.headers[name] = value
    response.headers["Cache-Control"] = answer.caching or (
        "public, max-age=60" if answer.public else "private, no-cache"
    )
    patch_vary_headers(response, ["Accept-Encoding", "Authorization", "X-Models-Token"])
    return response
