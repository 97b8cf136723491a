"""A stand-in for an OpenID Connect provider: real HTTP on loopback, and tokens that it signs."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT_ID, CLIENT_SECRET = "models-hub", "a secret of the hub's"


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


_KEY, _OTHER_KEY = _new_key(), _new_key()


class OpenIdProvider:
    """A provider; `person` has the claims of whoever signs in there, and tests change the rest."""

    def __init__(self) -> None:
        self.begin_again()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                provider.answer(self, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                provider.answer(self, {name: values[0] for name, values in parse_qs(body).items()})

            def log_message(self, *args: Any) -> None:
                """Say nothing: the test's own output is enough."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/realms/acme"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def begin_again(self) -> None:
        """Be as at first, for the next test."""
        self.person: dict[str, Any] = {
            "sub": "248289761001",
            "email": "ada@example.org",
            "email_verified": True,
            "preferred_username": "ada",
            "name": "Ada Lovelace",
        }
        # Claims that the ID token has in place of the person's.
        self.id_token: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.signing_key = _KEY
        self.configuration: dict[str, Any] = {}
        self.status = 200
        # What /token was asked, and the codes that it has not exchanged yet.
        self.token_requests: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def sign_with_another_key(self) -> None:
        """From now on, sign with a key that the provider does not publish."""
        self.signing_key = _OTHER_KEY

    def answer(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        """Answer one request."""
        parts = urlsplit(handler.path)
        path = parts.path.removeprefix("/realms/acme")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if path == "/authorize":
            return self._authorize(handler, query)
        answers = {
            "/.well-known/openid-configuration": self._configuration,
            "/keys": self._keys,
            "/token": lambda: self._token(form),
            "/userinfo": lambda: self.person if self.userinfo is None else self.userinfo,
        }
        found = answers[path]() if path in answers and self.status == 200 else None
        self._send(handler, 200 if found is not None else max(self.status, 400), found)
        return None

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **self.configuration,
        }

    def _keys(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(_KEY.public_key()))
        return {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}

    def _authorize(self, handler: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        code = secrets.token_urlsafe()
        self._codes[code] = query
        answer = urlencode({"code": code, "state": query["state"]})
        handler.send_response(302)
        handler.send_header("Location", f"{query['redirect_uri']}?{answer}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def _token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once, and only for whoever asked for it (RFC 6749, RFC 7636)."""
        self.token_requests.append(form)
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return None
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, **self.person,
            **self.id_token,
        }  # fmt: skip
        return {
            "access_token": secrets.token_urlsafe(),
            "token_type": "Bearer",
            "id_token": jwt.encode(claims, self.signing_key, "RS256", headers={"kid": "1"}),
        }

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, status: int, body: Any) -> None:
        text = json.dumps(body if body is not None else {"error": "invalid_request"}).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)
