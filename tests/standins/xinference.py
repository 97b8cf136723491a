"""A stand-in for an Xinference server: real HTTP on loopback, with the API of its Launch page.

Answers have the shapes of `xinference/api/routers/models.py` and `restful_api.py` in 4.1.0.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit


class XinferenceServer:
    """A server; `models` are those that run (uid → launch payload), `asked` all requests."""

    def __init__(self) -> None:
        self.models: dict[str, dict[str, Any]] = {}
        self.progress: dict[str, float] = {}
        # Kind ("LLM", "image", …) → names, or whole records.
        self.registrations: dict[str, list[str | dict[str, Any]]] = {}
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.refusal: tuple[int, str] | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                headers = {key.lower(): value for key, value in self.headers.items()}
                server.asked.append((self.command, self.path, headers, body))
                status, answer = server.answer(self.command, urlsplit(self.path).path, body)
                sent = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            do_GET = do_POST = do_DELETE = handle_any

            def log_message(self, *args: Any) -> None:
                """Say nothing: the test's own output is enough."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop answering: from now on, connections are refused."""
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Answer as the server does."""
        if self.refusal is not None:
            return self.refusal[0], {"detail": self.refusal[1]}
        parts = [unquote(one) for one in path.strip("/").split("/")]
        match method, parts:
            case "GET", ["v1", "models"]:
                return 200, {
                    "object": "list",
                    "data": [
                        {"id": uid, "object": "model", "replica": one.get("replica", 1), **one}
                        for uid, one in self.models.items()
                    ],
                }
            case "POST", ["v1", "models"]:
                self.models[body["model_name"]] = body
                self.progress[body["model_name"]] = 0.0
                return 200, {"model_uid": body["model_name"]}
            case "POST", ["v1", "models", "update_type" | "update_spec"]:
                return 200, {"data": {"model_type": body["model_type"]}}
            case "GET", ["v1", "models", uid, "progress"]:
                return 200, {"progress": self.progress.get(uid, 0.0), "stage": "downloading"}
            case "DELETE", ["v1", "models", uid] if uid in self.models:
                del self.models[uid]
                return 200, None
            case "GET", ["v1", "model_registrations", kind]:
                found = self.registrations.get(kind, [])
                records = [{"model_name": one} if isinstance(one, str) else one for one in found]
                return 200, [{**one, "is_builtin": True} for one in records]
        return 400, {"detail": f"Model not found in the model list, uid: {parts[-1]}"}
