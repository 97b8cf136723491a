"""The one safe GET for everything that the registry fetches."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from models_registry.errors import (
    DomainError,
    SourceBusy,
    SourceNotFound,
    SourceRefused,
    SourceTooLarge,
    SourceUnavailable,
)
from models_registry.http.allowed_hosts import AllowedHosts, origin_of
from models_registry.http.transport import Deadline, Transport

MAX_REDIRECTS: Final = 5
RETRIES: Final = 2
# A source that asks for a longer pause is an error; nobody waits that long for a page.
MAX_PAUSE: Final = 5.0
_FIRST_PAUSE: Final = 0.3
_CHUNK: Final = 65_536
_SAID: Final = 600
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# The header with which a hub identifies itself.
HUB_HEADER: Final = "X-Models-Hub"
_MISSING: Final = frozenset({404, 410})
_REFUSED: Final = frozenset({401, 403, 451})
# Only a request with one of these may be answered by 304.
_CONDITIONS: Final = frozenset({"if-none-match", "if-modified-since"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer of a source: `status` is 200, or 304 for a condition in the caller's headers.

    `url` is the final address after redirects, `content_type` is in lower case and without
    parameters, `headers` are all headers by their names in lower case.
    """

    status: int
    body: bytes
    content_type: str
    url: str
    etag: str
    headers: Mapping[str, str] = field(default_factory=dict)


class _TransientError(Exception):
    """A transient failure; `pause` is how long the source asks to wait."""

    def __init__(self, error: DomainError, pause: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.pause = pause


def fetch(
    url: str,
    *,
    allowed_hosts: Iterable[str],
    max_bytes: int,
    timeout: float = 10,
    accept: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Return the answer to a GET of an untrusted address.

    `allowed_hosts` are the hosts for the address and its redirects (names such as `hf.co` and
    `*.hf.co`, and origins such as `http://127.0.0.1:9000` that the administrator configured; see
    AllowedHosts). The limit of bytes counts after decompression, the limit of seconds includes
    retries. SECURITY: `headers` are sent only to the address's origin, never to another host of a
    redirect. No cookie is kept, and proxies of the environment are not used (see transport).

    Raises SourceNotFound, SourceRefused, SourceBusy, SourceTooLarge, and SourceUnavailable for
    every other failure: no network, a redirect to another host or in a loop, a server error, a
    truncated answer, a timeout. Connection errors, 5xx and a 429 with a short pause are retried
    twice.
    """
    hosts = AllowedHosts(allowed_hosts)
    sent = {"Accept-Encoding": "gzip", "Accept": accept or "*/*"}
    with Deadline(timeout) as deadline:
        attempt = 0
        while True:
            try:
                return _follow(url, hosts, deadline, max_bytes, sent, headers or {})
            except _TransientError as failure:
                pause = _FIRST_PAUSE * 3**attempt if failure.pause is None else failure.pause
                if attempt == RETRIES or pause > MAX_PAUSE or not _wait(pause, deadline):
                    raise failure.error from failure.__cause__
            attempt += 1


def _wait(pause: float, deadline: Deadline) -> bool:
    """Sleep; return False if the time does not suffice."""
    try:
        if pause >= deadline.left():
            return False
    except TimeoutError:
        return False
    time.sleep(pause)
    return True


def _follow(
    url: str,
    hosts: AllowedHosts,
    deadline: Deadline,
    max_bytes: int,
    sent: Mapping[str, str],
    own_headers: Mapping[str, str],
) -> Fetched:
    first = origin_of(url)
    seen: set[str] = set()
    with Transport(hosts, deadline) as transport:
        for _ in range(MAX_REDIRECTS + 1):
            origin = origin_of(url)
            hosts.check(origin)
            seen.add(url)
            headers = {**sent, **own_headers} if origin == first else sent
            with _get(transport, url, headers, deadline) as response:
                if response.status_code not in _REDIRECTS:
                    is_asked = any(name.lower() in _CONDITIONS for name in headers)
                    return _read(response, url, deadline, max_bytes, conditional=is_asked)
                url = _target(response, url)
            if url in seen:
                raise SourceUnavailable("redirect_loop", shown=first.shown)
    raise SourceUnavailable("too_many_redirects", shown=first.shown, max_redirects=MAX_REDIRECTS)


def _get(
    transport: Transport, url: str, headers: Mapping[str, str], deadline: Deadline
) -> requests.Response:
    try:
        return transport.get(url, headers)
    except (requests.RequestException, HTTPError, OSError) as error:
        raise _failure(url, deadline, error) from error


def _failure(url: str, deadline: Deadline, error: Exception) -> Exception:
    """Convert the HTTP client's exceptions into domain errors, some of them transient."""
    if deadline.passed or isinstance(error, TimeoutError | requests.Timeout):
        return _out_of_time(url, deadline)
    host = origin_of(url).shown
    if isinstance(error, requests.exceptions.SSLError):
        return SourceUnavailable("source_certificate_not_trusted", host=host)
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return SourceUnavailable("source_address_not_usable", host=host)
    return _TransientError(SourceUnavailable("source_unreachable", host=host))


def _out_of_time(url: str, deadline: Deadline) -> SourceUnavailable:
    return SourceUnavailable(
        "source_timed_out", shown=origin_of(url).shown, seconds=f"{deadline.seconds:g}"
    )


def _target(response: requests.Response, url: str) -> str:
    location = response.headers.get("Location", "")
    if not location:
        raise SourceUnavailable("redirect_address_missing", shown=origin_of(url).shown)
    # Header fields are decoded as Latin-1, but servers write this one as UTF-8.
    readable = location.encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        return urljoin(url, readable).partition("#")[0]
    except ValueError as error:
        raise SourceUnavailable("redirect_address_invalid", shown=origin_of(url).shown) from error


def _read(
    response: requests.Response, url: str, deadline: Deadline, max_bytes: int, *, conditional: bool
) -> Fetched:
    status = response.status_code
    if status != 200 and not (status == 304 and conditional):
        raise _refusal(response, url)
    return Fetched(
        status=status,
        body=_body(response, url, deadline, max_bytes),
        content_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
        url=url,
        etag=response.headers.get("ETag", ""),
        headers={name.lower(): value for name, value in response.headers.items()},
    )


def _body(response: requests.Response, url: str, deadline: Deadline, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    too_large = SourceTooLarge(
        "answer_is_too_large",
        shown=origin_of(url).shown,
        max_bytes=f"{max_bytes:,}",
        url=_path(url),
    )
    if (_announced(response) or 0) > max_bytes:
        raise too_large
    try:
        for part in response.raw.stream(_CHUNK, decode_content=True):
            size += len(part)
            if size > max_bytes:
                raise too_large
            parts.append(part)
    except (requests.RequestException, HTTPError, OSError) as error:
        raise _failure(url, deadline, error) from error
    if deadline.passed:
        # A closed socket looks like the end of an answer without a length.
        raise _out_of_time(url, deadline)
    return b"".join(parts)


def _announced(response: requests.Response) -> int | None:
    """Return the announced number of bytes, or None."""
    length = response.headers.get("Content-Length", "")
    if response.headers.get("Content-Encoding") or not re.fullmatch(r"[0-9]{1,18}", length):
        return None
    return int(length)


def _refusal(response: requests.Response, url: str) -> Exception:
    """Return the exception for an error status."""
    status, host = response.status_code, origin_of(url).shown
    if status in _MISSING:
        return SourceNotFound("source_has_no_file", host=host, url=_path(url), said=_said(response))
    if status in _REFUSED:
        return SourceRefused(
            "source_needs_sign_in",
            host=host,
            url=_path(url),
            status=status,
            said=_said(response),
        )
    if status == 429:
        pause = _asked_pause(response)
        wait = "later" if pause is None else f"in {max(round(pause), 1)} seconds"
        busy = SourceBusy(
            "source_is_rate_limited",
            host=host,
            wait=wait,
            retry_after=None if pause is None else round(pause),
        )
        return _TransientError(busy, pause)
    if status >= 500:
        return _TransientError(SourceUnavailable("source_failed", host=host, status=status))
    return SourceUnavailable("source_sent_no_file", host=host, status=status, url=_path(url))


def _said(response: requests.Response) -> str:
    """Return the beginning of an error's body, for programs that know the source's codes."""
    try:
        body = response.raw.read(_SAID, decode_content=True) or b""
    except (requests.RequestException, HTTPError, OSError):
        body = b""
    code = response.headers.get("X-Error-Code", "")
    return f"{code} {body.decode('utf-8', 'replace')}".strip()[:_SAID]


def _asked_pause(response: requests.Response) -> float | None:
    """Return the seconds that a 429 asks to wait: Retry-After, or the `t` of RateLimit.

    RateLimit: https://huggingface.co/docs/hub/rate-limits, which sends no Retry-After.
    """
    if (pause := _pause(response.headers.get("Retry-After", ""))) is not None:
        return pause
    found = re.search(r";\s*t=([0-9]{1,6})(?![0-9])", response.headers.get("RateLimit", ""))
    return float(found[1]) if found else None


def _pause(retry_after: str) -> float | None:
    """Return the seconds of a Retry-After header, which is a number or a date."""
    if re.fullmatch(r"[0-9]{1,6}", retry_after.strip()):
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _path(url: str) -> str:
    """Return an address's path for a message. SECURITY: without the query and its signatures."""
    path = urlsplit(url).path or "/"
    return path if len(path) <= 120 else path[:120] + "…"
