"""A stand-in for GitHub's REST API: real HTTP on loopback, answering `GET /user`."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class GitHubApi:
    """Knows some tokens; `answers` maps a token to (status, headers, body)."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], Any]] = {}
        self.requests: list[dict[str, str]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.requests.append({"path": self.path, **dict(self.headers)})
                scheme, _, token = self.headers.get("Authorization", "").partition(" ")
                known = api.answers.get(token) if scheme == "Bearer" else None
                status, headers, body = known or (401, {}, {"message": "Bad credentials"})
                content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Say nothing: the test's own output is enough."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def knows(
        self,
        token: str,
        login: str = "octocat",
        *,
        scopes: str | None = "repo, workflow",
        expires: str | None = None,
    ) -> None:
        """Accept the token from now on."""
        headers = {"Content-Type": "application/json"}
        if scopes is not None:
            headers["X-OAuth-Scopes"] = scopes
        if expires is not None:
            headers["github-authentication-token-expiration"] = expires
        self.answers[token] = (200, headers, {"login": login, "id": 583231})

    def stop(self) -> None:
        """Stop answering: from now on, connections are refused."""
        self.server.shutdown()
        self.server.server_close()
