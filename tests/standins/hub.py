"""A stand-in for the source hub: real HTTP on loopback, with the download API and every misdeed."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.factories import written


@contextmanager
def as_source(settings: Any, **lists: list[dict[str, Any]]) -> Iterator[SourceHub]:
    """A stand-in that the hub's settings name as its source, with these records by type."""
    hub = SourceHub()
    hub.lists |= {model_type: written(*records) for model_type, records in lists.items()}
    settings.ENV = dataclasses.replace(settings.ENV, hub_source=f"hub:{hub.url}")
    try:
        yield hub
    finally:
        hub.stop()


class SourceHub:
    """A hub; `lists` holds the text of each type's list, `models` (type, name) → (text, readme)."""

    def __init__(self) -> None:
        self.lists: dict[str, str] = {}
        # What it saw of source repositories, by type.
        self.repositories: dict[str, list[dict[str, Any]]] = {}
        self.restricted: dict[str, str] = {}
        self.token = "xhub_source"
        self.hidden: set[str] = set()
        # What its lists say of themselves; a test may break it. None: as hubs that say nothing.
        self.says: Callable[[str, str, bool], dict[str, str]] | None = None
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.behaviour: Callable[[Any], None] | None = None
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                try:
                    (hub.behaviour or hub.answer)(self)
                except ConnectionError:
                    return

            def log_message(self, *args: Any) -> None:
                """Say nothing: the test's own output is enough."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Say nothing of clients that hang up."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop answering: from now on, connections are refused."""
        self.server.shutdown()
        self.server.server_close()

    def records(self) -> list[tuple[str, dict[str, Any]]]:
        """Every record of every list, with its type."""
        return [
            (model_type, record)
            for model_type, text in self.lists.items()
            for record in json.loads(text)
        ]

    def answer(self, asked: Any) -> None:
        """Answer as a hub does."""
        parts = urlsplit(asked.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        signed_in = asked.headers.get("X-Models-Token") == self.token
        if parts.path == "/api/models/download" and "model_name" not in query:
            model_type = query.get("model_type", "")
            text = self.lists.get(model_type, "[]\n")
            text = self.restricted.get(model_type, text) if signed_in else text
            said = self.says(model_type, text, signed_in) if self.says else {}
            send(asked, text, headers=said)
        elif parts.path == "/api/models/download":
            self._download(asked, query, signed_in)
        elif parts.path == "/api/models":
            word = query.get("query", "").lower()
            names = dict.fromkeys((t, r["model_name"]) for t, r in self.records())
            found = [{"model_name": n, "model_type": t} for t, n in names if word in n.lower()]
            send(asked, json.dumps({"data": found, "total": len(found)}))
        elif parts.path.endswith("/repositories"):
            found = self.repositories.get(parts.path.split("/")[-2], [])
            send(asked, json.dumps({"format": 1, "repositories": found}))
        elif parts.path.startswith("/api/models/"):
            name = unquote(parts.path.removeprefix("/api/models/"))
            self._summary(asked, name, signed_in)
        else:
            send(asked, "not here", 404)

    def _visible(self, name: str, signed_in: bool) -> list[tuple[str, dict[str, Any]]]:
        if name in self.hidden and not signed_in:
            return []
        return [(t, r) for t, r in self.records() if r["model_name"] == name]

    def _summary(self, asked: Any, name: str, signed_in: bool) -> None:
        found = self._visible(name, signed_in)
        if not found:
            send(asked, json.dumps({"error_code": "MODEL_NOT_FOUND", "message": "no"}), 404)
            return
        visibility = "enterprise" if name in self.hidden else "public"
        data = {"model_name": name, "model_type": found[0][0], "visibility": visibility}
        send(asked, json.dumps({"data": data}))

    def _download(self, asked: Any, query: dict[str, str], signed_in: bool) -> None:
        found = [r for _, r in self._visible(query["model_name"], signed_in)]
        if not found:
            send(asked, json.dumps({"error_code": "MODEL_NOT_FOUND", "message": "no"}), 404)
            return
        if query.get("include_readme") == "true":
            found = [{**record, "readme": f"# {query['model_name']}\n"} for record in found]
        send(asked, json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def signed_with(key: Any, revision: int = 7) -> Callable[[str, str, bool], dict[str, str]]:
    """What a hub with that Ed25519 private key says of its lists."""

    def say(model_type: str, text: str, with_token: bool) -> dict[str, str]:
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        kind = (
            "xinference-models-hub-token-list/1" if with_token else "xinference-models-hub-list/1"
        )
        statement = f"{kind}\n{model_type}\n{revision}\n{sha256}\n".encode()
        return {
            "X-Hub-Revision": str(revision),
            "X-Hub-SHA256": sha256,
            "X-Hub-Signature": "ed25519=" + base64.b64encode(key.sign(statement)).decode(),
        }

    return say


def send(
    asked: Any,
    text: str | bytes,
    status: int = 200,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> None:
    """Send a whole answer with its ETag, or 304 where the client has it."""
    body = text.encode() if isinstance(text, str) else text
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    same = status == 200 and asked.headers.get("If-None-Match") == etag
    asked.send_response(304 if same else status)
    asked.send_header("Content-Type", content_type)
    asked.send_header("ETag", etag)
    for name, value in (headers or {}).items():
        asked.send_header(name, value)
    asked.send_header("Content-Length", "0" if same else str(len(body)))
    asked.end_headers()
    if not same:
        asked.wfile.write(body)
