"""One safe GET for everything that this room fetches."""

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
from models_registry.sources.addresses import AllowedHosts, origin_of
from models_registry.sources.transport import Deadline, Transport

MAX_REDIRECTS: Final = 5
RETRIES: Final = 2
# A source that wants a longer pause is told of; nobody waits that long for a page.
MAX_PAUSE: Final = 5.0
_FIRST_PAUSE: Final = 0.3
_CHUNK: Final = 65_536
_SAID: Final = 600
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# In it every hub says which one it is.
HUB_HEADER: Final = "X-Models-Hub"
_MISSING: Final = frozenset({404, 410})
_REFUSED: Final = frozenset({401, 403, 451})


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source answered: `status` is 200, or 304 to a condition in the caller's headers.

    `url` is where the answer came from in the end, `content_type` without parameters, in lower
    case; `headers` are all of its headers, by their names in lower case.
    """

    status: int
    body: bytes
    content_type: str
    url: str
    etag: str
    headers: Mapping[str, str] = field(default_factory=dict)


class _TransientError(Exception):
    """A failure that may be gone a moment later; `pause` is how long the source asks to wait."""

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
    """GET an address, as safely as the open internet needs.

    In: the address; the hosts that it and its redirects may lead to (names such as `hf.co` and
    `*.hf.co`, and whole origins such as `http://127.0.0.1:9000` that the administrator configured;
    see AllowedHosts); the most bytes to take, counted after decompression; the seconds for
    everything together, retries included; `headers` for the address's own origin alone, which no
    other host of a redirect sees. Out: the answer. Nothing is written, no cookie is kept, and the
    environment's proxies are not used (see transport).

    Raises SourceNotFound, SourceRefused, SourceBusy, SourceTooLarge, and SourceUnavailable for all
    else: no network, a redirect that leads elsewhere or in a circle, a server's error, an answer
    that is cut off, no time left. Connection errors, 5xx and a 429 that asks for a short pause are
    tried again twice.
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
    """Sleep, and return whether there was time to."""
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
    own: Mapping[str, str],
) -> Fetched:
    first = origin_of(url)
    seen: set[str] = set()
    with Transport(hosts, deadline) as transport:
        for _ in range(MAX_REDIRECTS + 1):
            origin = origin_of(url)
            hosts.check(origin)
            seen.add(url)
            headers = {**sent, **own} if origin == first else sent
            with _get(transport, url, headers, deadline) as response:
                if response.status_code not in _REDIRECTS:
                    return _read(response, url, deadline, max_bytes, conditional=bool(own))
                url = _target(response, url)
            if url in seen:
                raise SourceUnavailable(f"{first.shown} redirects in a circle.")
    raise SourceUnavailable(f"{first.shown} redirects more than {MAX_REDIRECTS} times.")


def _get(
    transport: Transport, url: str, headers: Mapping[str, str], deadline: Deadline
) -> requests.Response:
    try:
        return transport.get(url, headers)
    except (requests.RequestException, HTTPError, OSError) as error:
        raise _failure(url, deadline, error) from error


def _failure(url: str, deadline: Deadline, error: Exception) -> Exception:
    """Turn what the HTTP client raises into ours; what may pass is transient."""
    if deadline.passed or isinstance(error, TimeoutError | requests.Timeout):
        return _out_of_time(url, deadline)
    host = origin_of(url).shown
    if isinstance(error, requests.exceptions.SSLError):
        return SourceUnavailable(f"{host} can't be reached safely: its certificate is not trusted.")
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return SourceUnavailable(f"{host} can't be asked for this address.")
    return _TransientError(
        SourceUnavailable(f"{host} can't be reached, or breaks off in the middle. Try again later.")
    )


def _out_of_time(url: str, deadline: Deadline) -> SourceUnavailable:
    return SourceUnavailable(
        f"{origin_of(url).shown} did not answer within {deadline.seconds:g} seconds. "
        "Try again later."
    )


def _target(response: requests.Response, url: str) -> str:
    location = response.headers.get("Location", "")
    if not location:
        raise SourceUnavailable(f"{origin_of(url).shown} redirects without saying where to.")
    # Header fields arrive as Latin-1, while servers put UTF-8 into this one.
    readable = location.encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        return urljoin(url, readable).partition("#")[0]
    except ValueError as error:
        raise SourceUnavailable(
            f"{origin_of(url).shown} redirects to what is no address."
        ) from error


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
        f"{origin_of(url).shown} sends more than the {max_bytes:,} bytes that the hub takes of "
        f"{_path(url)}."
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
        # A shut down socket looks like the end of an answer that has no length.
        raise _out_of_time(url, deadline)
    return b"".join(parts)


def _announced(response: requests.Response) -> int | None:
    """Return how many bytes will come, where that is known beforehand."""
    length = response.headers.get("Content-Length", "")
    if response.headers.get("Content-Encoding") or not re.fullmatch(r"[0-9]{1,18}", length):
        return None
    return int(length)


def _refusal(response: requests.Response, url: str) -> Exception:
    """Turn a status that is no answer into the exception that it means."""
    status, host = response.status_code, origin_of(url).shown
    if status in _MISSING:
        return SourceNotFound(f"{host} has no {_path(url)}.", said=_said(response))
    if status in _REFUSED:
        return SourceRefused(
            f"{host} does not show {_path(url)} without signing in ({status}).",
            said=_said(response),
        )
    if status == 429:
        pause = _pause(response.headers.get("Retry-After", ""))
        wait = "later" if pause is None else f"in {max(round(pause), 1)} seconds"
        busy = SourceBusy(
            f"{host} answers too many requests at the moment. Try again {wait}.",
            retry_after=None if pause is None else round(pause),
        )
        return _TransientError(busy, pause)
    if status >= 500:
        return _TransientError(
            SourceUnavailable(f"{host} has an error of its own ({status}). Try again later.")
        )
    return SourceUnavailable(f"{host} answers {status} to {_path(url)}, which is no file.")


def _said(response: requests.Response) -> str:
    """Return the beginning of a refusal, for programs that know the source's codes."""
    try:
        body = response.raw.read(_SAID, decode_content=True) or b""
    except (requests.RequestException, HTTPError, OSError):
        body = b""
    code = response.headers.get("X-Error-Code", "")
    return f"{code} {body.decode('utf-8', 'replace')}".strip()[:_SAID]


def _pause(retry_after: str) -> float | None:
    """Read a Retry-After header: seconds, or a date."""
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
    """Return an address's path for a message, without the query, which may hold a signature."""
    path = urlsplit(url).path or "/"
    return path if len(path) <= 120 else path[:120] + "…"
