"""The RSGI application for granian: an event loop reads requests, and threads run Django.

A slow client occupies a connection and a little memory, never a thread. The number of threads, and
so of database connections, is fixed. Each request has a time limit. Answers that are kept
(`hub.kept_answers`) are given by the event loop itself.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import IO, Any, TypeVar

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.http import HttpResponse
from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope  # type: ignore[attr-defined]

from hub import var_folder
from hub.body_files import BodyFiles
from hub.data_version import DataVersion, ReadParts, data_version
from hub.kept_answers import (
    Headers,
    Keeping,
    KeptAnswer,
    KeptAnswers,
    Key,
    headers_of_304,
    key_of,
    summary_of,
)
from hub.task_queue import load_sending

logger = logging.getLogger(__name__)

THREADS = 4
# With more requests than this in the queue, people would wait too long.
MOST_WAITING = 200
# Asks nothing of a database, so it may have a thread of its own.
PROBE = "/healthz"
# Seconds to receive a request's body, and to answer it. Longer work belongs in a task.
BODY_SECONDS = 60.0
# Seconds to wait for Django's answer to somebody else who asked for the same.
SHARED_SECONDS = 1.5
REQUEST_SECONDS = 120.0
# Django refuses most bodies above 5 MB; this limits what it has to read.
MOST_BODY_BYTES = 32 * 1024 * 1024
_IN_MEMORY_BYTES = 256 * 1024
_PIECE_BYTES = 256 * 1024
# The server copies an answer of this size at once: the compressed lists are below it. A larger one
# that is kept is a file, if it is a list.
DIRECT_BYTES = 512 * 1024

T = TypeVar("T")


class RequestTimeout(Exception):
    """Raised inside a view that runs longer than REQUEST_SECONDS."""


class RefusedBody(Exception):
    """The request's body is refused, with the status and the text of the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class Interruptible:
    """A call in a thread that another thread can interrupt with a RequestTimeout."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread = 0
        self._is_interrupted = False

    def call(self, function: Callable[[], T]) -> T:
        self._thread = threading.get_ident()
        try:
            return function()
        finally:
            with self._lock:
                self._thread = 0
            # An interruption at the very end is raised here, and not in the next call (race).
            for _ in range(2):
                pass
            if self._is_interrupted:
                _forget_connections()

    def interrupt(self) -> None:
        with self._lock:
            if self._thread:
                self._is_interrupted = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._thread), ctypes.py_object(RequestTimeout)
                )


def _forget_connections() -> None:
    """Give the next request of this thread new connections to the database: a call that was
    interrupted may have left a transaction that nobody ends."""
    for opened in connections.all(initialized_only=True):
        opened.in_atomic_block = False
        opened.close()
        del connections[opened.alias]


class Response:
    """Django's answer: status, headers, and the body in pieces."""

    def __init__(self, application: Callable[..., Any], environ: dict[str, Any]) -> None:
        self.status = 500
        self.headers: Headers = []
        self._body = application(environ, self._start)
        self.may_be_kept = isinstance(self._body, HttpResponse) and hasattr(self._body, "keeping")
        self._parts: Iterator[bytes] = iter(self._body)
        self.first = self._body.content if self.may_be_kept else self.next_piece()
        self.is_whole = self.may_be_kept or len(self.first) < _PIECE_BYTES
        if self.is_whole:
            self.close()

    def _start(self, status: str, headers: Headers, exc_info: Any = None) -> None:
        self.status = int(status.split(" ", 1)[0])
        if self.status == 304:
            # Django writes the length of nothing: RFC 9110 §8.6 allows only the length of the 200.
            headers = [header for header in headers if header[0].lower() != "content-length"]
        self.headers = headers

    @property
    def django(self) -> HttpResponse:
        """Django's object, of an answer that may be kept."""
        answer: HttpResponse = self._body
        return answer

    def is_held_by(self, scope: Scope) -> bool:
        """Whether a conditional request names the content that a view has marked with `keep`."""
        keeping: Keeping | None = getattr(self._body, "keeping", None)
        return self.status == 200 and keeping is not None and keeping.is_held_by(scope.headers)

    def next_piece(self) -> bytes:
        """The next 256 KB, or less at the end."""
        parts, length = [], 0
        for part in self._parts:
            parts.append(part)
            length += len(part)
            if length >= _PIECE_BYTES:
                break
        return b"".join(parts)

    def close(self) -> None:
        if close := getattr(self._body, "close", None):
            close()


class RsgiServer:
    """A WSGI application behind granian's own interface, RSGI."""

    def __init__(
        self, application: Callable[..., Any], read_parts: ReadParts | None = None
    ) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        # A probe neither waits nor is refused: it must not say that a busy process is dead.
        self._probes = ThreadPoolExecutor(1, thread_name_prefix="probe")
        self._waiting = 0
        self._keeps = read_parts is not None
        self._version = data_version(read_parts or (lambda query: {}))
        self._kept = KeptAnswers()
        self._files = BodyFiles()
        # What Django is answering now, so that others who ask for the same wait for it.
        self._answering: dict[Key, asyncio.Future[None]] = {}

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """The process ends."""
        self._files.close()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if scope.proto != "http":
            return
        try:
            key = key_of(scope) if self._keeps else None
            if key is None:
                await self._ask(scope, protocol)
            else:
                await self._give(key, scope, protocol)
        except RefusedBody as refused:
            _refuse(protocol, refused.status, refused.text)
        except ProtocolClosed:
            pass  # the client has gone

    async def _give(self, key: Key, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer what may be kept: from memory, or by Django, who answers it once at a time."""
        version = await self._version.current()
        answer = self._kept.get(key, version)
        running = self._answering.get(key)
        if answer is None and running is not None and not version.is_away:
            with suppress(TimeoutError):
                async with asyncio.timeout(SHARED_SECONDS):
                    await asyncio.shield(running)
            version = await self._version.current()
            answer = self._kept.get(key, version)
        if answer is not None:
            if answer.notes:
                asked = summary_of(scope)
                for note in answer.notes:
                    try:
                        note(asked)
                    # What is noted must cost nobody their answer.
                    except Exception:
                        logger.exception("A request for %s can't be noted.", scope.path)
            await self._send_kept(scope, protocol, answer)
            return
        if key in self._answering:
            await self._ask(scope, protocol, key, version)
            return
        done = self._answering[key] = asyncio.get_running_loop().create_future()
        try:
            await self._ask(scope, protocol, key, version, done)
        finally:
            self._let_go(key, done)

    def _let_go(self, key: Key, done: asyncio.Future[None]) -> None:
        """Let those go on who wait for Django's answer to somebody else."""
        if self._answering.get(key) is done:
            del self._answering[key]
            done.set_result(None)

    async def _ask(
        self,
        scope: Scope,
        protocol: HTTPProtocol,
        key: Key | None = None,
        version: DataVersion | None = None,
        done: asyncio.Future[None] | None = None,
    ) -> None:
        """Let Django answer; keep the answer under the key if its view allows it. Others wait for
        `done`, but not until a slow client has everything."""
        with await _read_body(scope, protocol) as body:
            response = await self._run(scope, protocol, body, is_kept=key is not None)
        if response is None:
            return
        kept = None
        if response.may_be_kept and key is not None and version is not None:
            kept = self._kept.add(key, version, response.django, response.headers)
        if kept is not None and len(kept.body) > DIRECT_BYTES and kept.etag_of_list:
            await self._files.add(kept.etag_of_list, kept.body, self._threads)
        if key is not None and done is not None:
            self._let_go(key, done)
        if kept is not None:
            await self._send_kept(scope, protocol, kept)
        elif key is not None and response.is_held_by(scope):
            # Django was not told what the client has, in case the answer could be kept.
            protocol.response_empty(304, headers_of_304(response.headers))
            await self._close(response)
        elif not response.is_whole and scope.method == "HEAD":
            protocol.response_bytes(response.status, response.headers, b"")
            await self._close(response)
        elif not response.is_whole:
            await self._stream(protocol, response)
        elif len(response.first) <= _PIECE_BYTES:
            protocol.response_bytes(response.status, response.headers, response.first)
        else:
            await _send_pieces(protocol, response.status, response.headers, response.first)

    async def _run(
        self, scope: Scope, protocol: HTTPProtocol, body: IO[bytes], *, is_kept: bool
    ) -> Response | None:
        """Django's answer; None if it was refused."""
        is_probe = scope.path == PROBE
        if self._waiting >= THREADS + MOST_WAITING and not is_probe:
            _refuse(protocol, 503, "The hub is busy. Try again in a few seconds.")
            return None
        environ = _environ(scope, body)
        if is_kept:
            # A 304 can't be kept; `_send_kept` compares the ETags.
            environ.pop("HTTP_IF_NONE_MATCH", None)
        running = Interruptible()
        threads = self._probes if is_probe else self._threads
        self._waiting += 1
        try:
            future = threads.submit(running.call, lambda: Response(self._application, environ))
            async with asyncio.timeout(REQUEST_SECONDS):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            running.interrupt()
            logger.error(
                "%s %s exceeded its time limit and was interrupted.", scope.method, scope.path
            )
            _refuse(protocol, 503, "The answer took too long. Try again later.")
            return None
        finally:
            self._waiting -= 1

    async def _send_kept(self, scope: Scope, protocol: HTTPProtocol, answer: KeptAnswer) -> None:
        if answer.keeping.is_held_by(scope.headers):
            protocol.response_empty(304, answer.headers_of_304)
        elif scope.method == "HEAD" or len(answer.body) <= DIRECT_BYTES:
            body = b"" if scope.method == "HEAD" else answer.body
            protocol.response_bytes(200, answer.headers, body)
        elif path := self._files.path(answer.etag_of_list):
            protocol.response_file(200, answer.headers, path)
        else:
            await _send_pieces(protocol, 200, answer.headers, answer.body)

    async def _stream(self, protocol: HTTPProtocol, response: Response) -> None:
        """Send a long body; it occupies a thread only while the next piece is read."""
        loop = asyncio.get_running_loop()
        try:
            transport = protocol.response_stream(response.status, response.headers)
            piece = response.first
            while piece:
                await transport.send_bytes(piece)
                piece = await loop.run_in_executor(self._threads, response.next_piece)
        finally:
            await self._close(response)

    async def _close(self, response: Response) -> None:
        if not response.is_whole:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, response.close)


async def _send_pieces(protocol: HTTPProtocol, status: int, headers: Headers, body: bytes) -> None:
    """Send a body no faster than the client reads it."""
    transport = protocol.response_stream(status, headers)
    for start in range(0, len(body), _PIECE_BYTES):
        await transport.send_bytes(body[start : start + _PIECE_BYTES])


async def _read_body(scope: Scope, protocol: HTTPProtocol) -> IO[bytes]:
    """The whole body in a file that stays in memory while it is small."""
    body = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)
    length = scope.headers.get("content-length")
    if length is None and scope.headers.get("transfer-encoding") is None:
        return body
    too_large = RefusedBody(
        413, f"The request is too large. Send at most {MOST_BODY_BYTES // 1_048_576} MB."
    )
    try:
        if length is not None and int(length) > MOST_BODY_BYTES:
            raise too_large
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in protocol:
                body.write(chunk)
                if body.tell() > MOST_BODY_BYTES:
                    raise too_large
        if length is not None and body.tell() != int(length):
            raise RefusedBody(400, "The request ended early.")
    except TimeoutError:
        body.close()
        raise RefusedBody(408, "The request took too long to arrive.") from None
    except BaseException:
        body.close()
        raise
    return body


def _environ(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The WSGI environ of the request.

    SECURITY: headers with an underscore are dropped: WSGI gives them the same name as headers with
    a hyphen, so they could forge what a trusted proxy writes (header spoofing).
    """
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        separator = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value
    # A chunked body has no Content-Length.
    environ["CONTENT_LENGTH"] = str(body.tell())
    body.seek(0)
    return environ


def _refuse(protocol: HTTPProtocol, status: int, text: str) -> None:
    headers = [
        ("content-type", "text/plain; charset=utf-8"),
        ("cache-control", "no-store"),
        ("connection", "close"),
    ]
    if status == 503:
        headers.append(("retry-after", "5"))
    protocol.response_str(status, headers, f"{text}\n")


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """Inside, a signal to stop ends the process. granian's workers inherit handlers that only
    take note of it, and replace them when the application is loaded."""
    former = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in former:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
with _signals_end_it():
    django.setup()
    # All views, which takes as long as `serve` needs to prepare the database.
    import_module(settings.ROOT_URLCONF)
    load_sending()
    var_folder.wait_until_prepared(settings.VAR_DIR)
django_application = get_wsgi_application()

from models_registry.catalogue.serve import list_versions  # noqa: E402 - after Django's set-up

# What has been loaded stays for good: to look for cycles in it stops all threads for an eighth of a
# second, again and again.
gc.collect()
gc.freeze()

application = RsgiServer(django_application, list_versions)
