"""Answers that are the same for everybody without an account, kept in memory until data changes.

A view marks its answer with `keep`. `hub.rsgi` then gives it to every later request that asks for
the same, before Django and without a thread, as long as the database says that nothing has changed
(`hub.data_version`). The answer is Django's own, so its headers are, too.

SECURITY: only answers to requests without a token and without a cookie that says who somebody is
are kept or given, and only those that set no cookie and vary by nothing but what the key has.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict, parse_cookie
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from django.utils.translation import get_language_from_request

from hub.compression import accepted_encoding, accepts_gzip
from hub.data_version import DataPart, DataVersion
from hub.request_summary import RequestSummary

if TYPE_CHECKING:
    from granian.rsgi import Headers as RsgiHeaders  # type: ignore[attr-defined]
    from granian.rsgi import Scope

MOST_BYTES: Final = 128 * 1024 * 1024
# What depends on the time of day, such as "two hours ago", may be this old.
PAGE_SECONDS: Final = 60.0
# Longer addresses, and larger answers, are left to Django.
_MOST_ADDRESS: Final = 500
_MOST_HEADER: Final = 1_000
MOST_BODY_BYTES: Final = 32 * 1024 * 1024
_MOST_CHOICE: Final = 20
# Cookies of visitors without an account. Any other cookie may say who somebody is.
# The time zone's is for people with a session only.
_NEUTRAL_COOKIES: Final = frozenset(
    {"theme", "gpu", "timezone", settings.LANGUAGE_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
)
_NOT_FOR_EVERYBODY: Final = ("authorization", "x-models-token", "hx-request", "content-length",
                             "transfer-encoding", "x-xinference-version")  # fmt: skip
# Pages, feeds and the sitemap, whose views mark what may be kept.
_PAGES: Final = ("/models", "/feeds/", "/sitemap", "/help", "/api/docs")
# The headers of which the key has the value, and whose other values Vary may name.
_IN_KEY: Final = ("host", "accept-encoding", "accept-language", "cookie", "origin")
_READ_HEADERS: Final = (*_IN_KEY, "x-forwarded-proto", "if-none-match")
_VARIES: Final = frozenset({*_IN_KEY, *_NOT_FOR_EVERYBODY})
# Nobody gets more entries out of a list by other parameters, such as the time.
_DOWNLOAD: Final = "/api/models/download"
_DOWNLOAD_PARAMETERS: Final = frozenset(
    {"model_type", "model_name", "model_id", "include_readme", "revision", "xinference_version"}
)
# A 304 has no body, so it has none of these.
OF_A_BODY: Final = frozenset({"content-type", "content-length", "content-encoding"})

Key = tuple[Any, ...]
Note = Callable[[RequestSummary], None]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a view says about its answer: the ETags (without W/) of all forms of the same content,
    and the part of the data it depends on ("" for any)."""

    etags: frozenset[str]
    part: str = ""

    def is_held_by(self, headers: RsgiHeaders) -> bool:
        """Whether a conditional request names this content."""
        sent = headers.get("if-none-match")
        if not sent:
            return False
        tags = _tags(sent)
        return "*" in tags or not tags.isdisjoint(self.etags)


def keep(response: HttpResponseBase, etags: Iterable[str], *, part: str = "") -> None:
    """Allow that this answer is given to everybody without an account until the data changes.

    Of one that streams, nothing is kept, but its ETags are compared with those of the request.
    """
    response.keeping = Keeping(frozenset(etags), part)  # type: ignore[attr-defined]


def note_request(request: HttpRequest, response: HttpResponse, note: Note) -> None:
    """Call `note` for this request, and for each one to which the answer is given later."""
    note(RequestSummary.of(request))
    response.request_notes = [*_notes(response), note]  # type: ignore[attr-defined]


def _notes(response: HttpResponse) -> list[Note]:
    return getattr(response, "request_notes", [])


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A 200 of Django, ready to be sent."""

    keeping: Keeping
    notes: list[Note]
    version: object
    until: float
    headers: Headers
    body: bytes
    headers_of_304: Headers

    @property
    def etag_of_list(self) -> str:
        """The ETag of a list, which no other content has; empty for other answers."""
        if not self.keeping.part:
            return ""
        return next((text for name, text in self.headers if name.lower() == "etag"), "")

    def is_current(self, version: DataVersion) -> bool:
        """Whether the data is as it was. Without the database, what depends on a part only is."""
        now = time.time()
        if self.keeping.part:
            part = version.parts.get(self.keeping.part)
            if part is None or part.version != self.version:
                return False
            return version.is_away or part.ends_at is None or now < part.ends_at
        return not version.is_away and version.data == self.version and now < self.until


class KeptAnswers:
    """The answers of this process. The least recently used go when there are too many."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Key, KeptAnswer] = OrderedDict()
        self._bytes = 0
        self._versions: dict[str, object] = {}

    def get(self, key: Key, version: DataVersion) -> KeptAnswer | None:
        """The answer, if it is still current."""
        answer = self._answers.get(key)
        if answer is None or not answer.is_current(version):
            return None
        self._answers.move_to_end(key)
        return answer

    def add(
        self, key: Key, version: DataVersion, answer: HttpResponse, headers: Headers
    ) -> KeptAnswer | None:
        """Keep an answer if its view allows it. `version` was read before the view ran."""
        keeping = getattr(answer, "keeping", None)
        if keeping is None or answer.status_code != 200 or not _is_for_everybody(headers):
            return None
        if len(answer.content) > MOST_BODY_BYTES:
            return None
        kept = _kept(keeping, version, headers, answer)
        if kept is None:
            return None
        self._drop(key)
        if keeping.part:
            self._drop_outdated(keeping.part, kept.version)
        self._answers[key] = kept
        self._bytes += _size(kept)
        while self._bytes > MOST_BYTES:
            self._drop(next(iter(self._answers)))
        return kept

    def _drop_outdated(self, part: str, version: object) -> None:
        """Drop what is kept of another version of a part: `_size` does not count its bodies."""
        if self._versions.get(part) == version:
            return
        self._versions[part] = version
        for key in [key for key, kept in self._answers.items() if kept.keeping.part == part]:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        if (old := self._answers.pop(key, None)) is not None:
            self._bytes -= _size(old)


def key_of(scope: Scope) -> Key | None:
    """What the answer to a request depends on; None if the answer may be somebody's own."""
    path, query, headers = scope.path, scope.query_string, scope.headers
    is_api = path.startswith("/api/models")
    if not (is_api or path.startswith(_PAGES) or path == "/"):
        return None
    if scope.method not in {"GET", "HEAD"} or len(path) + len(query) > _MOST_ADDRESS:
        return None
    for name in _NOT_FOR_EVERYBODY:
        if name in headers:
            return None
    if not all(_is_short_and_single(headers, name) for name in _READ_HEADERS):
        return None
    asked: object = query
    if path == _DOWNLOAD:
        asked = _download_parameters(query)
        if asked is None:
            return None
    cookie, origin = headers.get("cookie"), headers.get("origin")
    choices = _choices(cookie) if cookie else ("", "", "")
    if choices is None or (origin and not _is_origin(origin)):
        return None
    language, *others = choices
    return (
        path,
        asked,
        headers.get("host"),
        _is_https(scope),
        bool(origin),
        _codings(headers.get("accept-encoding") or ""),
        _language(language, headers.get("accept-language") or ""),
        *(() if is_api else others),
    )


def _is_short_and_single(headers: RsgiHeaders, name: str) -> bool:
    """Whether a header was not sent, or once and short.

    SECURITY: one that was sent twice has another value for Django than for the key, and long ones
    would cost the event loop time and memory.
    """
    sent = headers.get_all(name)  # type: ignore[attr-defined] # missing in granian's types
    return not sent or (len(sent) == 1 and len(sent[0]) <= _MOST_HEADER)


@lru_cache(maxsize=1024)
def _download_parameters(query: str) -> tuple[tuple[str, str], ...] | None:
    """The parameters of a download, the same for all spellings; None if it has unknown ones."""
    sent = QueryDict(query)
    if not sent.keys() <= _DOWNLOAD_PARAMETERS:
        return None
    if any(len(values) > 1 for _name, values in sent.lists()):
        return None
    return tuple(sorted(sent.items()))  # type: ignore[arg-type]


def summary_of(scope: Scope) -> RequestSummary:
    """A request that Django does not see."""
    headers = scope.headers

    def header(name: str, default: str) -> str:
        return ",".join(headers.get_all(name.lower())) or default  # type: ignore[attr-defined]

    return RequestSummary(
        scope.method, scope.path, header, scope.client.rpartition(":")[0].strip("[]")
    )


def _kept(
    keeping: Keeping, version: DataVersion, headers: Headers, answer: HttpResponse
) -> KeptAnswer | None:
    now = time.time()
    until, seen = _next_end(version.parts, now), version.data
    if keeping.part:
        part = version.parts.get(keeping.part)
        if part is None or part.etags not in {None, keeping.etags}:
            return None
        seen = part.version
    elif version.is_away or seen is None or until <= now:
        return None
    return KeptAnswer(
        keeping=keeping,
        notes=_notes(answer),
        version=seen,
        until=until,
        headers=headers,
        body=answer.content,
        headers_of_304=headers_of_304(headers),
    )


def headers_of_304(headers: Headers) -> Headers:
    """The headers of an answer without those of its body."""
    return [(name, text) for name, text in headers if name.lower() not in OF_A_BODY]


def _next_end(parts: Mapping[str, DataPart], now: float) -> float:
    """When the first of the parts changes by itself, but PAGE_SECONDS at most."""
    ends = [part.ends_at for part in parts.values() if part.ends_at is not None]
    return min([*ends, now + PAGE_SECONDS])


def _is_for_everybody(headers: Headers) -> bool:
    varies: set[str] = set()
    for name, value in headers:
        lower = name.lower()
        if lower == "set-cookie":
            return False
        if lower == "vary":
            varies.update(field.strip().lower() for field in value.split(","))
    return varies <= _VARIES


def _size(answer: KeptAnswer) -> int:
    """Bytes of an answer. The current lists are also kept by `serve`, so they cost nothing here."""
    return 2_000 + (0 if answer.keeping.part else len(answer.body))


@lru_cache(maxsize=4096)
def _choices(cookie: str) -> tuple[str, str, str] | None:
    """The language, theme and GPU in a Cookie header; None if it has any other cookie."""
    cookies = parse_cookie(cookie)
    names = (settings.LANGUAGE_COOKIE_NAME, "theme", "gpu")
    language, theme, gpu = (cookies.get(name, "") for name in names)
    is_neutral = cookies.keys() <= _NEUTRAL_COOKIES
    is_short = all(len(choice) <= _MOST_CHOICE for choice in (language, theme, gpu))
    return (language, theme, gpu) if is_neutral and is_short else None


@lru_cache(maxsize=1024)
def _language(cookie: str, header: str) -> str:
    """The language that Django chooses."""
    request = HttpRequest()
    if cookie:
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = cookie
    request.META["HTTP_ACCEPT_LANGUAGE"] = header
    return get_language_from_request(request)


def _is_https(scope: Scope) -> bool:
    if settings.SECURE_PROXY_SSL_HEADER is None:
        return scope.scheme == "https"
    said = scope.headers.get("x-forwarded-proto") or scope.scheme
    return bool(said.split(",", 1)[0].strip() == "https")


@lru_cache(maxsize=1024)
def _codings(header: str) -> tuple[str, bool]:
    """How the API encodes its answers, and whether pages are compressed."""
    return accepted_encoding(header), accepts_gzip(header)


@lru_cache(maxsize=1024)
def _is_origin(origin: str) -> bool:
    try:
        urlsplit(origin)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def _tags(header: str) -> frozenset[str]:
    return frozenset(tag.removeprefix("W/") for tag in parse_etags(header))
