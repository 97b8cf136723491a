"""Answers downloads: the current list of a type, an older revision of it, one model's records.

Headers of lists: `X-Hub-Revision`; `X-Hub-SHA256`, the digest of the uncompressed bytes, for
`sha256sum`; `Repr-Digest`, the digest of the bytes as sent, since by RFC 9530 §3 a representation
includes its content coding; `X-Hub-Signature`, if the hub has a key.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, cast

import brotli
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import InternalError, OperationalError
from django.db.models.functions import Length
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags

from accounts.models import User
from hub.compression import accepted_encoding
from hub.data_version import DataPart, Query
from hub.kept_answers import MOST_BODY_BYTES, keep
from models_registry.catalogue import build, history, pieces, signing
from models_registry.catalogue.selection import is_unsafe_to_fetch, select
from models_registry.definitions.facts.kinds import name_key
from models_registry.definitions.facts.naming import with_name
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.edit import set_members
from models_registry.definitions.upstream_files.layouts import AGGREGATE_PATHS, read_tree
from models_registry.errors import AmbiguousName, ModelNotFound, NameHeldBack, RevisionNotFound
from models_registry.models import (
    CatalogueList,
    FormerName,
    ListRevision,
    RegisteredModel,
    Revision,
    Visibility,
)

logger = logging.getLogger(__name__)

_BODY_FIELDS = {"identity": "body", "gzip": "gzip_body", "br": "brotli_body"}
JSON = "application/json; charset=utf-8"
# A revision never changes, so caches need not revalidate it.
FOR_EVER: Final = "public, max-age=31536000, immutable"
_KEPT_SECONDS: Final = 24 * 3600


_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "identity": lambda body: body,
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
    "br": lambda body: brotli.compress(body, quality=5),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON text with its HTTP caching metadata, and how to read its encoded bytes."""

    digest: str
    read: Callable[[], bytes | Iterator[bytes]]
    encoding: str
    changed_at: datetime | None
    public: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    caching: str = ""
    # The part of the data it depends on; "" for any.
    part: str = ""
    # Of the encoded bytes, if `read` gives them in parts.
    length: int = 0


@dataclass(frozen=True, slots=True)
class _Prepared:
    """How to read a list's bytes in one encoding, which are in memory unless they are too many; and
    its headers."""

    encoding: str
    read: Callable[[], bytes | Iterator[bytes]]
    length: int
    headers: Mapping[str, str]

    def answer(
        self, digest: str, changed_at: datetime, *, caching: str = "", part: str = ""
    ) -> Answer:
        """The answer to everybody who asks for it."""
        return Answer(
            digest=digest,
            read=self.read,
            encoding=self.encoding,
            changed_at=changed_at,
            public=True,
            headers=self.headers,
            caching=caching,
            part=part,
            length=self.length,
        )


class _PreparedBodies:
    """A per-process cache of the encoded lists, so that a download reads no megabyte from the
    database.

    One entry for each type and encoding; the ETag says whether it is current.
    """

    def __init__(self) -> None:
        # Held while bytes are read: many who ask at once would each read megabytes.
        self._lock = threading.Lock()
        # Of what is not in memory, only the headers.
        self._entries: dict[tuple[str, str], tuple[tuple[int, str, bytes], _Prepared]] = {}

    def get(self, listing: CatalogueList, encoding: str) -> _Prepared | None:
        """The bytes of exactly this list, in another encoding if it is long; None if it was
        replaced since."""
        key = (listing.model_type, encoding)
        signature = bytes(listing.signature)
        version = (listing.revision, listing.etag, signature)
        entry = self._entries.get(key)
        if entry is not None and entry[0] == version:
            return entry[1]
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry[0] == version:
                return entry[1]
            prepared = _read_prepared(listing, encoding, signature)
            if prepared is not None:
                self._entries[key] = (version, prepared)
        return prepared


def _read_prepared(listing: CatalogueList, encoding: str, signature: bytes) -> _Prepared | None:
    same = CatalogueList.objects.filter(pk=listing.pk, etag=listing.etag, revision=listing.revision)
    # The former version fills the compressed columns of a long list, too: with nothing, compressed.
    whole = same.annotate(whole=Length("body")).filter(whole__gt=0)
    if row := whole.values_list(_BODY_FIELDS[encoding], "sha256").first():
        body, sha256 = bytes(row[0]), row[1]
        if not body:
            # Not compressed yet: it was built a moment ago.
            uncompressed = same.values_list("body", flat=True).first()
            if not uncompressed:
                return None
            body = history.encoded(bytes(uncompressed), encoding)
        headers = _headers(listing.revision, sha256, signature, body)
        return _Prepared(encoding, lambda: body, len(body), headers)
    of_type = ListRevision.objects.filter(model_type=listing.model_type)
    revision = of_type.filter(number=listing.revision, sha256__startswith=listing.etag).first()
    if revision is None:
        return None
    try:
        return _prepare_long(revision, encoding, signature)
    except RevisionNotFound:
        return None


def _prepare_long(revision: ListRevision, encoding: str, signature: bytes) -> _Prepared:
    """A list that is stored in pieces: with gzip, or as it is. Raises RevisionNotFound."""
    if encoding != "gzip":
        history.require_stored(revision)
        encoding = "identity"
        digest, length, body = bytes.fromhex(revision.sha256), revision.size, None
        read = history.text_of
    else:
        read = history.gzip_of
        hashed, length, parts = hashlib.sha256(), 0, []
        for part in read(revision):
            hashed.update(part)
            length += len(part)
            parts.append(part)
            if length > MOST_BODY_BYTES:
                parts.clear()
        digest, body = hashed.digest(), None
        if length <= MOST_BODY_BYTES:
            body = b"".join(parts)
    return _Prepared(
        encoding,
        lambda: read(revision) if body is None else body,
        length,
        _headers_of(revision.number, revision.sha256, signature, digest),
    )


_prepared = _PreparedBodies()


def list_response(request: HttpRequest, model_type: str) -> HttpResponse:
    """The public list of a type, compressed with an encoding that the client accepts.

    200 with a strong ETag for each encoding, or 304.
    """
    # It may be replaced while it is read. If it is not there again and again, a part of it is lost.
    for is_lost in (False, False, False, True, True):
        listing = _listing(model_type, again=is_lost)
        encoding = _encoding(request)
        prepared = _prepared.get(listing, encoding)
        if prepared is not None and prepared.encoding != encoding:
            # A long list is not compressed with brotli.
            prepared = _prepared.get(listing, _encoding(request, ("gzip",)))
        if prepared is not None:
            break
    else:
        raise pieces.LostPieceError(f"of the {model_type} list")
    answer = prepared.answer(listing.etag, listing.changed_at, part=model_type)
    return _conditional(request, answer)


def _listing(model_type: str, *, again: bool) -> CatalogueList:
    """The row of a type's list, which is built if it is out of date, or `again`."""
    listing = (
        CatalogueList.objects.filter(model_type=model_type)
        .only("model_type", "etag", "revision", "signature", "changed_at", "valid_until")
        .first()
    )
    expired = listing and listing.valid_until and listing.valid_until <= timezone.now()
    if listing is None or not listing.etag or expired or again:
        try:
            build.rebuild([model_type])
        except (OperationalError, InternalError):
            # If the database can't be written, a slightly outdated list is better than none.
            if listing is None or not listing.etag:
                raise
            logger.exception("The %s list can't be built again.", model_type)
        listing = CatalogueList.objects.get(model_type=model_type)
    return listing


def _encoding(request: HttpRequest, offered: Sequence[str] = ("br", "gzip")) -> str:
    return accepted_encoding(request.headers.get("Accept-Encoding", ""), offered)


def list_versions(query: Query) -> dict[str, DataPart]:
    """The version of each list, and when its first model expires."""
    rows = query(
        "SELECT model_type, revision, etag, signature, changed_at, valid_until"
        " FROM models_registry_cataloguelist WHERE etag <> ''"
    )
    return {
        model_type: DataPart(
            (revision, etag, bytes(signature), str(changed_at)), _unix(valid_until), _etags(etag)
        )
        for model_type, revision, etag, signature, changed_at, valid_until in rows
    }


def _etags(digest: str) -> frozenset[str]:
    """The ETags of a content in all encodings."""
    return frozenset(f'"{digest}-{encoding}"' for encoding in _COMPRESS)


def _unix(moment: datetime | str | None) -> float | None:
    """A moment as the database has it: SQLite has text in UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return moment.timestamp() if moment is not None else None


def revision_response(request: HttpRequest, model_type: str, number: int) -> HttpResponse:
    """An older revision of a type's public list: the same for everybody, and immutable.

    Raises RevisionNotFound.
    """
    revision = history.get(model_type, number)
    encoding, signature = _encoding(request), bytes(revision.signature)
    is_long = revision.size > pieces.MOST_WHOLE or not revision.brotli_body
    if is_long and revision.crc32 is not None:
        prepared = _prepare_long(revision, _encoding(request, ("gzip",)), signature)
    else:
        if encoding == "br" and not _waits_to_be_compressed(model_type, number):
            body = bytes(revision.brotli_body)
        elif encoding == "gzip":
            body = b"".join(history.gzip_of(revision))
        else:
            body = history.encoded(history.body_of(revision), encoding)
        headers = _headers(number, revision.sha256, signature, body)
        prepared = _Prepared(encoding, lambda: body, len(body), headers)
    answer = prepared.answer(revision.sha256[:32], revision.created_at, caching=FOR_EVER)
    return _conditional(request, answer)


def _waits_to_be_compressed(model_type: str, number: int) -> bool:
    """Whether a revision's stored bytes are about to change, under the same ETag."""
    served = CatalogueList.objects.filter(model_type=model_type, revision=number)
    return served.filter(brotli_body=b"").exclude(body=b"").exists()


def _headers(number: int, sha256: str, signature: bytes, body: bytes) -> dict[str, str]:
    return _headers_of(number, sha256, signature, hashlib.sha256(body).digest())


def _headers_of(number: int, sha256: str, signature: bytes, digest: bytes) -> dict[str, str]:
    """The headers of a list; `digest` is the SHA-256 of the encoded bytes."""
    headers = {
        "X-Hub-Revision": str(number),
        "X-Hub-SHA256": sha256,
        "Repr-Digest": f"sha-256=:{base64.b64encode(digest).decode('ascii')}:",
    }
    if signature:
        headers["X-Hub-Signature"] = signing.as_header(signature)
    return headers


def visible_list_response(
    request: HttpRequest, model_type: str, user: User | AnonymousUser
) -> HttpResponse:
    """The list of a type including the enterprise and private models that the user may see.

    A server must see each name only once: if several models have the same name, the list has the
    first in the order of `named_for`. While an older revision is pinned, the public models are
    those of it.
    """
    served = (
        CatalogueList.objects.filter(model_type=model_type)
        .only("revision", "pinned", "sha256")
        .first()
    )
    models = (
        RegisteredModel.objects.named_for(user)
        .published()
        .filter(model_type=model_type)
        .with_definitions()
    )
    is_pinned = served is not None and served.pinned is not None
    if is_pinned:
        models = models.exclude(visibility=Visibility.PUBLIC)
    ranked = list(models)
    if served is not None and is_pinned:
        ranked += public_models_of(model_type, served.revision, served.sha256)
    texts = select(model_type, ranked).definitions()
    return _token_list(
        request, model_type, definition_text.join_records(texts), served.revision if served else 0
    )


def _token_list(
    request: HttpRequest, model_type: str, text: str, public_revision: int
) -> HttpResponse:
    """The list for one caller, with its digest and signature; the revision is the public list's."""
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
def public_models_of(model_type: str, number: int, sha256: str) -> list[RegisteredModel]:
    """The models of a pinned revision in the form that `select` takes; they are not in the
    database.

    The digest is part of the cache key, so that a revision of another database is another entry.
    """
    path = AGGREGATE_PATHS[model_type]
    body = history.body_of(history.get(model_type, number))
    return [
        RegisteredModel(
            model_type=model_type,
            name=model.name,
            name_key=name_key(model.name),
            visibility=Visibility.PUBLIC,
            published_revision=Revision(definition=model.text),
        )
        for model in read_tree({path: body.decode("utf-8")}).models
    ]


def model_response(
    request: HttpRequest, model: RegisteredModel, *, include_readme: bool, public: bool
) -> HttpResponse:
    """The records of one model, exactly as in its published definition.

    With include_readme, each record has an additional member `readme`. Raises ModelNotFound for a
    model that is not published yet.
    """
    revision = model.published_revision
    if revision is None:
        raise ModelNotFound(model.name)
    text = revision.definition
    if include_readme:
        text = with_readme(text, revision.readme)
    return json_response(request, text, public=public, changed_at=revision.published_at)


@lru_cache(maxsize=128)
def with_readme(definition: str, readme: str) -> str:
    """The definition with the README in each record. Cached: it is parsed for each record."""
    for index in range(len(definition_text.parse(definition).records)):
        definition = set_members(definition, index, {"readme": readme})
    return definition


def require_safe_to_fetch(model: RegisteredModel) -> None:
    """Raise NameHeldBack for a model that breaks the list of a server that fetches it by name.

    Seen with Xinference 4.1.0: its `update_spec` reports success, then its list is never loaded
    again and its next start fails (`merge_models_by_timestamp`, `_install` for images).
    """
    if is_unsafe_to_fetch(model):
        raise NameHeldBack(model.name)


def published_by_name(
    user: User | AnonymousUser, name: str, model_type: str | None = None
) -> RegisteredModel:
    """The published model with exactly this name, the first in the order of `named_for`; without
    one, the model that had the name and still answers to it.

    Raises ModelNotFound, and AmbiguousName if models of several types have the name.
    """
    named = RegisteredModel.objects.named_for(user).published()
    # The index has only the key.
    named = named.filter(name_key=name_key(name), name=name)
    if model_type is not None:
        named = named.filter(model_type=model_type)
    models = list(named.select_related("published_revision"))
    models = models or formerly_named(user, name, model_type)
    if not models:
        raise ModelNotFound(name)
    if len({model.model_type for model in models}) > 1:
        raise AmbiguousName(name, {model.model_type for model in models})
    return models[0]


def formerly_named(
    user: User | AnonymousUser, name: str, model_type: str | None
) -> list[RegisteredModel]:
    """The published models that had this name and still answer to it, by type; the last renamed
    first."""
    rows = FormerName.objects.named_for(user, name).answering()
    if model_type is not None:
        rows = rows.filter(model_type=model_type)
    published = RegisteredModel.objects.published().order_by()
    rows = rows.filter(model__in=published.values("pk")).order_by("model_type", "-renamed_at")
    return [row.model for row in rows.select_related("model__published_revision")]


def under_name(model: RegisteredModel, name: str) -> RegisteredModel:
    """A model as it was named before, to be served and never saved: servers refuse records that do
    not have the name they asked for."""
    revision = model.published_revision
    if revision is None or name == model.name:
        return model
    model, revision = copy(model), copy(revision)
    model.name, model.name_key = name, name_key(name)
    revision.definition = with_name(revision.definition, name)
    model.published_revision = revision
    return model


def mark_former_name(response: HttpResponse, model: RegisteredModel, name: str) -> None:
    """Say that a model answered to its former name, for how long (RFC 8594), and where it is.

    Such an answer is not stored by caches, since its end comes without a change of the hub.
    """
    row = FormerName.objects.filter(model=model, name=name).first()
    if row is None or name == model.name:
        return
    response.headers["Sunset"] = http_date(row.answers_until.timestamp())
    address = f"{settings.SITE_URL}/api/models/{model.pk}"
    response.headers["Link"] = f'<{address}>; rel="successor-version"'


def json_response(
    request: HttpRequest, text: str, *, public: bool, changed_at: datetime | None = None
) -> HttpResponse:
    """A JSON text with a strong ETag, in an encoding that the client accepts, or 304."""
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


def lazy_json_response(
    request: HttpRequest, key: str, *, digest: str, write: Callable[[], bytes]
) -> HttpResponse:
    """A public JSON text that is written only for those who do not have it; `digest` names its
    state. Its compressed bytes stay in the cache under the key until there are newer ones."""
    encoding = accepted_encoding(request.headers.get("Accept-Encoding", ""))
    answer = Answer(
        digest=digest,
        read=lambda: _kept(key, digest, encoding, write),
        encoding=encoding,
        changed_at=None,
        public=True,
    )
    return _conditional(request, answer)


def _kept(key: str, digest: str, encoding: str, write: Callable[[], bytes]) -> bytes:
    """The encoded bytes of a text. One entry for each encoding, which the next state replaces."""
    if encoding == "identity":
        return gzip.decompress(_kept(key, digest, "gzip", write))
    name, mark = f"{key}:{encoding}", digest.encode() + b":"
    kept = cache.get(name)
    if isinstance(kept, bytes) and kept.startswith(mark):
        return kept.removeprefix(mark)
    body = _COMPRESS[encoding](write())
    cache.set(name, mark + body, _KEPT_SECONDS)
    return body


def _conditional(request: HttpRequest, answer: Answer) -> HttpResponse:
    """200 with the body, or 304 if the client has the same content in any encoding.

    Each encoding has a strong ETag of its own, as RFC 9110 §8.8.3 requires. Shared caches may store
    anonymous answers, but not those for a token.
    """
    sent = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    same = _etags(answer.digest)
    seconds = int(answer.changed_at.timestamp()) if answer.changed_at else None
    # If-Modified-Since is ignored: two lists may be built within its resolution of one second.
    unchanged = bool(sent & same or "*" in sent)
    if unchanged:
        response: HttpResponse = HttpResponseNotModified()
    else:
        body = answer.read()
        if isinstance(body, bytes):
            length, response = len(body), HttpResponse(body, content_type=JSON)
        else:
            length = answer.length
            # Nobody reads the content of a list that is long.
            response = cast("HttpResponse", StreamingHttpResponse(body, content_type=JSON))
        response.headers["Content-Length"] = str(length)
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
    if answer.public:
        keep(response, same, part=answer.part)
    return response
