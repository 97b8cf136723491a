"""A stand-in for Hugging Face and ModelScope: real HTTP on loopback, both hubs on one port.

It answers as the real ones do, refusals and redirects included, and misbehaves on request: a
path given to `misbehave` is answered by a function that has the connection to itself.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SHA = "c1899de289a04d12100db370d81485cdf75e47ca"


@dataclass
class Repository:
    """One repository; `files` maps a path to its content, or to a size for what nobody reads."""

    files: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    sha: str = SHA
    gated: bool = False
    # 404, as Hugging Face answers to people with a token, and ModelScope to everybody.
    gone: bool = False

    def content(self, path: str) -> bytes:
        found = self.files[path]
        if isinstance(found, int):
            return b"\0"
        if isinstance(found, str):
            return found.encode()
        return found if isinstance(found, bytes) else json.dumps(found).encode()

    def size(self, path: str) -> int:
        found = self.files[path]
        return found if isinstance(found, int) else len(self.content(path))


class ModelHubs:
    """Both hubs; `requests` has (path with query, headers) of everything that was asked."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.hugging_face: dict[str, Repository] = {}
        self.modelscope: dict[str, Repository] = {}
        self.renamed: dict[str, str] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        # So many requests at Hugging Face's API in so many seconds; further ones are answered 429.
        self.limit: tuple[int, float] | None = None
        self.window = (float("-inf"), 0)
        self.refused = 0
        self.latency = 0.0
        self.lock = threading.Lock()
        self.behaviours: dict[str, Callable[[Any], None]] = {}
        hubs = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hubs.requests.append((self.path, dict(self.headers)))
                path = unquote(urlsplit(self.path).path)
                try:
                    hubs.behaviours.get(path, hubs.answer)(self)
                except (ConnectionError, ssl.SSLError):
                    return

            def log_message(self, *args: Any) -> None:
                """Say nothing: the test's own output is enough."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Say nothing of clients that hang up, which is what many tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [path for path, _ in self.requests]

    def misbehave(self, path: str, behaviour: Callable[[Any], None]) -> str:
        """Answer a path in some other way; returns its address."""
        self.behaviours[path] = behaviour
        return self.url + path

    def stop(self) -> None:
        """Stop answering: from now on, connections are refused."""
        self.server.shutdown()
        self.server.server_close()

    def answer(self, asked: Any) -> None:
        """Answer as the real hubs do."""
        parts = urlsplit(asked.path)
        if self.latency:
            time.sleep(self.latency)
        if parts.path.startswith("/api/models/") and (seconds := self._seconds_to_wait()):
            # Hugging Face sends no Retry-After.
            told = f'"api";r=0;t={seconds}'
            send_json(asked, 429, {"error": "We had to rate limit your IP"}, RateLimit=told)
            return
        path, query = unquote(parts.path), parse_qs(parts.query)
        for pattern, function in ROUTES:
            if match := re.fullmatch(pattern, path):
                function(self, asked, query, **match.groupdict())
                return
        send(asked, 404, b"Not found")

    def _seconds_to_wait(self) -> int:
        if self.limit is None:
            return 0
        most, length = self.limit
        with self.lock:
            began, count = self.window
            now = time.monotonic()
            if now - began >= length:
                began, count = now, 0
            self.window = (began, count + 1)
            if count < most:
                return 0
            self.refused += 1
            return max(round(began + length - now), 1)

    def _hf_summary(self, asked: Any, query: Any, model_id: str, revision: str = "main") -> None:
        if new := self.renamed.get(model_id):
            send(asked, 307, b"", Location=asked.path.replace(model_id, new))
            return
        found = self.hugging_face.get(model_id)
        if found is not None and found.gone:
            told = {"X-Error-Code": "RepoNotFound"}
            send_json(asked, 404, {"error": "Repository not found"}, **told)
            return
        if found is None:
            # So it answers to people without an account, whether it is private or not there.
            told = {"X-Error-Code": "RepoNotFound"}
            send_json(asked, 401, {"error": "Invalid username or password."}, **told)
            return
        if revision not in {"main", found.sha}:
            send_json(
                asked,
                404,
                {"error": f"Invalid rev id: {revision}"},
                **{"X-Error-Code": "RevisionNotFound"},
            )
            return
        siblings: list[dict[str, Any]] = [{"rfilename": path} for path in found.files]
        if query.get("blobs") == ["true"]:
            for one in siblings:
                one["size"] = found.size(one["rfilename"])
        answer = {
            "_id": "680f0da2f99a20ddfc9a9f26", "id": model_id, "modelId": model_id,
            "author": model_id.split("/")[0], "sha": found.sha, "private": False,
            "gated": "manual" if found.gated else False, "disabled": False, "downloads": 1,
            "siblings": siblings, **found.facts,
        }  # fmt: skip
        send_conditionally(asked, answer)

    def _hf_file(
        self, asked: Any, query: Any, model_id: str, how: str, revision: str, path: str
    ) -> None:
        if new := self.renamed.get(model_id):
            send(asked, 307, b"", Location=asked.path.replace(model_id, new))
            return
        found = self.hugging_face.get(model_id)
        if found is None:
            send(asked, 401, b"Invalid username or password.")
        elif found.gated:
            message = f"Access to model {model_id} is restricted. You must be authenticated"
            send(asked, 401, message.encode(), **{"X-Error-Code": "GatedRepo"})
        elif path not in found.files or revision not in {"main", found.sha}:
            send(asked, 404, b"Entry not found", **{"X-Error-Code": "EntryNotFound"})
        elif how == "resolve":
            where = f"/api/resolve-cache/models/{model_id}/{found.sha}/{path}?etag=%22x%22"
            send(asked, 307, f"Temporary Redirect. Redirecting to {where}".encode(), Location=where)
        else:
            send(asked, 200, found.content(path), **{"Content-Type": "text/plain; charset=utf-8"})

    def _hf_cached(self, asked: Any, query: Any, model_id: str, sha: str, path: str) -> None:
        body = self.hugging_face[model_id].content(path)
        send(asked, 200, body, ETag='"abc"', **{"Content-Type": "text/plain; charset=utf-8"})

    def _ms_summary(self, asked: Any, query: Any, model_id: str) -> None:
        found = self.modelscope.get(model_id)
        if found is None or found.gated or found.gone:
            self._ms_missing(asked, found)
            return
        owner, name = model_id.split("/")
        data = {"Path": owner, "Name": name, "Revision": "master", **found.facts}
        send_json(asked, 200, {"Code": 200, "Data": data, "Message": "success", "Success": True})

    def _ms_files(self, asked: Any, query: Any, model_id: str) -> None:
        found = self.modelscope.get(model_id)
        if found is None or found.gated:
            self._ms_missing(asked, found)
            return
        folders = sorted({path.rpartition("/")[0] for path in found.files} - {""})
        listed = [{"Name": one, "Path": one, "Size": 0, "Type": "tree"} for one in folders]
        for path in found.files:
            name, size = path.rpartition("/")[2], found.size(path)
            listed.append(
                {"Name": name, "Path": path, "Size": size, "Type": "blob", "IsLFS": size > 10**7}
            )
        assert query.get("Recursive") == ["true"]
        send_json(
            asked, 200,
            {"Code": 200, "Data": {"Files": listed}, "Message": "success", "Success": True},
        )  # fmt: skip

    def _ms_file(self, asked: Any, query: Any, model_id: str, revision: str, path: str) -> None:
        found = self.modelscope.get(model_id)
        if found is None or found.gated or path not in found.files or revision != "master":
            send(asked, 404, b"")
            return
        send(asked, 200, found.content(path), **{"Content-Type": "application/octet-stream"})

    def _ms_missing(self, asked: Any, found: Repository | None) -> None:
        # Every refusal of ModelScope is a 404; the code tells them apart.
        code, message = 10010205001, "获取模型信息失败，信息：record not found"
        if found is not None and found.gated:
            code, message = 10010200001, "no permission"
        send_json(asked, 404, {"Code": code, "Message": message, "Success": False})


_ID = r"(?P<model_id>[^/]+/[^/]+)"
ROUTES = [
    (rf"/api/models/{_ID}", ModelHubs._hf_summary),
    (rf"/api/models/{_ID}/revision/(?P<revision>.+)", ModelHubs._hf_summary),
    (rf"/api/resolve-cache/models/{_ID}/(?P<sha>[0-9a-f]+)/(?P<path>.+)", ModelHubs._hf_cached),
    (rf"/api/v1/models/{_ID}", ModelHubs._ms_summary),
    (rf"/api/v1/models/{_ID}/repo/files", ModelHubs._ms_files),
    (rf"/models/{_ID}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", ModelHubs._ms_file),
    (rf"/{_ID}/(?P<how>raw|resolve)/(?P<revision>[^/]+)/(?P<path>.+)", ModelHubs._hf_file),
]


def send(asked: Any, status: int, body: bytes, **headers: str) -> None:
    """Send an answer; with gzip where that is taken and worth it, as the hubs do."""
    if len(body) > 500 and "gzip" in asked.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    asked.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        asked.send_header(name, value)
    asked.end_headers()
    asked.wfile.write(body)


def send_json(asked: Any, status: int, value: Any, **headers: str) -> None:
    """Send a value as JSON."""
    content_type = {"Content-Type": "application/json; charset=utf-8"}
    send(asked, status, json.dumps(value).encode(), **content_type, **headers)


def send_conditionally(asked: Any, value: Any) -> None:
    """Send a value as JSON with an ETag of its bytes, or 304."""
    etag = f'W/"{hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]}"'
    if asked.headers.get("If-None-Match") == etag:
        asked.send_response(304)
        asked.send_header("ETag", etag)
        asked.end_headers()
    else:
        send_json(asked, 200, value, ETag=etag)


def redirects_to(location: str, status: int = 302) -> Callable[[Any], None]:
    """A behaviour: every request is sent elsewhere."""
    return lambda asked: send(asked, status, b"", Location=location)


def fails(
    times: int, status: int, body: bytes = b"at last", **headers: str
) -> Callable[[Any], None]:
    """A behaviour: so many failures, then an answer."""
    left = [times]

    def behave(asked: Any) -> None:
        left[0] -= 1
        if left[0] >= 0:
            send(asked, status, b"", **headers)
        else:
            send(asked, 200, body)

    return behave


def drips(asked: Any) -> None:
    """A behaviour: header after header, a little at a time, for ever."""
    asked.close_connection = True
    asked.send_response(200)
    asked.flush_headers()
    for number in range(1_000):
        asked.wfile.write(f"X-{number}: x\r\n".encode())
        time.sleep(0.1)


def drips_body(asked: Any) -> None:
    """A behaviour: a body without length, byte by byte, for ever."""
    asked.close_connection = True
    asked.send_response(200)
    asked.end_headers()
    for _ in range(1_000):
        asked.wfile.write(b"x")
        time.sleep(0.1)


def sends_forever(asked: Any) -> None:
    """A behaviour: a body without length and without end, as fast as it is taken."""
    asked.close_connection = True
    asked.send_response(200)
    asked.end_headers()
    while True:
        asked.wfile.write(b"x" * 65_536)


def bomb() -> Callable[[Any], None]:
    """A behaviour: 100 KB of gzip that are 100 MB of zeros."""
    body = gzip.compress(b"\0" * 100_000_000)

    def behave(asked: Any) -> None:
        asked.send_response(200)
        asked.send_header("Content-Encoding", "gzip")
        asked.send_header("Content-Length", str(len(body)))
        asked.end_headers()
        asked.wfile.write(body)

    return behave


def announces(length: int, body: bytes) -> Callable[[Any], None]:
    """A behaviour: a Content-Length that is not the body's."""

    def behave(asked: Any) -> None:
        asked.close_connection = True
        asked.send_response(200)
        asked.send_header("Content-Length", str(length))
        asked.end_headers()
        asked.wfile.write(body)

    return behave


def hangs_up(asked: Any) -> None:
    """A behaviour: the connection is reset in the middle of the body."""
    asked.send_response(200)
    asked.send_header("Content-Length", "1000000")
    asked.end_headers()
    asked.wfile.write(b"x" * 1000)
    asked.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    asked.close_connection = True
