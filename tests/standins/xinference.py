"""A stand-in for an Xinference server: real HTTP on loopback, with the API of its Launch page.

Routes, statuses and answers are those of Xinference 4.1.0: `api/routers/models.py` and `admin.py`
name the routes, `api/restful_api.py` the statuses, `core/supervisor.py` and `core/worker.py` the
texts. `release = "3.0.0"` has no `update_spec` (its path is then one of a model, which takes GET
and DELETE: 405) and tells no stage of a launch.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Answer = tuple[int, Any]

ACTOR = "[address=127.0.0.1:24883, pid=23248] "

# core/supervisor.py, _custom_register_type_to_cls: video and world are not among them.
CUSTOM_TYPES = ("LLM", "embedding", "rerank", "image", "audio", "flexible")
TYPES = (*CUSTOM_TYPES, "video", "world")


class _Quiet(ThreadingHTTPServer):
    """Says nothing of clients that hang up: that is what some tests are about."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave it."""


@dataclass
class Access:
    """Who may do what on a server with users: api/oauth2/advanced of 4.1.0.

    `users` are passwords and permissions by name, `keys` the names of keys' owners. `lives` are
    the seconds of an access token.
    """

    users: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    lives: float = 1800.0
    wrong: int = 0

    def answer(
        self, method: str, parts: list[str], headers: dict[str, str], body: Any
    ) -> Answer | None:
        """What is refused, and the answers to questions of access; None for what may be done."""
        match method, parts:
            case "POST", ["token"]:  # routes.py:167
                password, _permissions = self.users.get(body["username"], ("", []))
                if not password or password != body["password"]:
                    return 401, {"detail": "Incorrect username or password"}
                return 200, self._tokens(body["username"])
            case "POST", ["v1", "auth", "refresh"]:  # routes.py:197; rotates
                name = self.refresh.pop(body["refresh_token"], "")
                if not name:
                    return 401, {"detail": "Invalid or expired refresh token"}
                return 200, self._tokens(name)
            case _, ["v1", "cluster", "auth"] | ["v1", "models", "families"]:
                return None
        # auth_service.py:498, in this order
        if self.wrong >= 10:
            return 429, {"detail": "Too many failed attempts. IP temporarily banned."}
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            return 401, {"detail": "Could not validate credentials"}
        if token not in self.keys and token not in self.tokens:
            self.wrong += 1
            return 401, {"detail": "Could not validate credentials"}
        return self._allowed(method, parts, token)

    def _allowed(self, method: str, parts: list[str], token: str) -> Answer | None:
        needed = scope_of(method, parts)
        if token in self.keys:
            if needed not in {"", "models:list", "models:read"}:
                return 403, {
                    "detail": "API keys can only access model query and inference endpoints"
                }
            is_me = parts == ["v1", "auth", "me"]
            return (401, {"detail": "User session required"}) if is_me else None
        name = self.tokens[token]
        permissions = self.users[name][1]
        if needed and needed not in permissions and "admin" not in permissions:
            return 403, {"detail": "Not enough permissions"}
        if parts == ["v1", "auth", "me"]:
            return 200, {"id": 1, "username": name, "source": "local", "permissions": permissions}
        return None

    def _tokens(self, name: str) -> dict[str, str]:
        claims = {"sub": name, "scopes": self.users[name][1], "exp": time.time() + self.lives}
        middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        access = f"eyJhbGciOiJIUzI1NiJ9.{middle}.{secrets.token_hex(8)}"
        refresh = secrets.token_urlsafe(64)
        self.tokens[access] = self.refresh[refresh] = name
        return {"access_token": access, "refresh_token": refresh, "token_type": "bearer"}


def scope_of(method: str, parts: list[str]) -> str:
    """The right that a request needs (routers/models.py, routers/admin.py); empty for none."""
    match method, parts:
        case _, ["v1", "cluster", *_rest]:
            return "admin"
        case "POST", ["v1", "models", "update_type" | "update_spec"]:
            return "models:register"
        case "POST" | "DELETE", ["v1", "model_registrations", *_rest]:
            return "models:register"
        case "POST" | "DELETE", ["v1", "models", *_rest]:
            return "models:write"
        case "GET", ["v1", "models" | "model_registrations" | "engines", *_rest]:
            return "models:list"
    return ""


class XinferenceServer:
    """A server; `models` are those that run (uid → launch payload), `asked` all requests.

    `known` are registrations by type, as `?detailed=true` tells them; `source` the names that
    model.xinference.io has, by type (None: every name). `key` makes it ask for that Bearer token,
    which may do everything, as 3.x does; with users in `access`, it asks as 4.1.0 does. `raw`
    replaces every answer (status, headers, body); `delay` are seconds before each answer,
    `cancel_delay` those before a launch is broken off.
    """

    def __init__(self, release: str = "4.1.0") -> None:
        self.release = release
        self.models: dict[str, dict[str, Any]] = {}
        self.progress: dict[str, float] = {}
        # When a launch began, where it is not the first one.
        self.begun: dict[str, int] = {}
        self.failed: dict[str, str] = {}
        self.known: dict[str, list[dict[str, Any]]] = {}
        self.source: dict[str, list[str]] | None = None
        self.engines: dict[str, Any] = {}
        self.families: dict[str, list[str]] = {"chat": [], "generate": [], "tools": []}
        self.workers: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.refusal: tuple[int, str] | None = None
        self.raw: tuple[int, dict[str, str], bytes] | None = None
        self.key = ""
        self.access = Access()
        self.delay = 0.0
        self.cancel_delay = 0.0
        self.broken_off: set[str] = set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                headers = {key.lower(): value for key, value in self.headers.items()}
                server.asked.append((self.command, self.path, headers, body))
                time.sleep(server.delay)
                if server.raw is not None:
                    self.send(*server.raw)
                    return
                status, answer = server.answer(self.command, self.path, headers, body)
                sent = json.dumps(answer).encode()
                self.send(status, {"Content-Type": "application/json"}, sent)

            def send(self, status: int, headers: dict[str, str], sent: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            do_GET = do_POST = do_DELETE = do_PUT = handle_any

            def log_message(self, *args: Any) -> None:
                """Say nothing: the test's own output is enough."""

        self.server = _Quiet(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop answering: from now on, connections are refused."""
        self.server.shutdown()
        self.server.server_close()

    def paths(self, method: str = "") -> list[str]:
        """The paths that were asked for, oldest first."""
        return [path for verb, path, _headers, _body in self.asked if method in ("", verb)]

    def answer(self, method: str, target: str, headers: dict[str, str], body: Any) -> Answer:
        """Answer as the server does."""
        parts = [unquote(one) for one in urlsplit(target).path.strip("/").split("/")]
        query = {key: values[0] for key, values in parse_qs(urlsplit(target).query).items()}
        if self.refusal is not None:
            return self.refusal[0], {"detail": self.refusal[1]}
        if self.access.users:
            found = self.access.answer(method, parts, headers, body)
            if found is not None:
                return found
        # api/oauth2 of 3.x: wrong or no credentials are answered 401, a scope that is lacking 403.
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            return 401, {"detail": "Could not validate credentials"}
        for part in (self._catalogue, self._running, self._cluster):
            found = part(method, parts, query, body)
            if found is not None:
                return found
        return 404, {"detail": "Not Found"}

    def _cluster(self, method: str, parts: list[str], query: Any, body: Any) -> Answer | None:
        match method, parts:
            case "GET", ["v1", "cluster", "auth"]:  # routers/admin.py:54
                return 200, {"auth": bool(self.access.users or self.key)}
            case "GET", ["v1", "cluster", "version"]:  # routers/admin.py:76
                return 200, {"version": self.release, "full-revisionid": None}
            case "GET", ["v1", "cluster", "info"]:  # routers/admin.py:60, supervisor.py:1507
                first = {"node_type": "Supervisor", "ip_address": "10.0.0.1:9997", "gpu_count": 0}
                return 200, [first, *self.workers]
        return None

    def _running(self, method: str, parts: list[str], query: Any, body: Any) -> Answer | None:
        match method, parts:
            case "GET", ["v1", "models"]:  # restful_api.py:1653
                data = [
                    {"id": uid, "object": "model", "created": 0, "owned_by": "xinference",
                     "replica": one.get("replica", 1), **one}
                    for uid, one in self.models.items()
                    if uid not in self.failed
                ]  # fmt: skip
                return 200, {"object": "list", "data": data}
            case "POST", ["v1", "models"]:  # restful_api.py:1766
                return self._launch(body)
            case "GET", ["v1", "models", "instances"]:  # restful_api.py:1900, status_guard.py:53
                return 200, self._instances(query.get("model_uid", ""))
            case "GET", ["v1", "models", uid, "progress"]:  # restful_api.py:2023
                share = self.progress.get(uid, 0.0)
                if self.release.startswith("3."):
                    return 200, {"progress": share}
                stage = "downloading" if uid in self.models else "pending"
                return 200, {
                    "progress": share, "stage": stage, "download_files": [], "replicas": [],
                }  # fmt: skip
            case "POST", ["v1", "models", uid, "cancel"]:  # restful_api.py:2033
                if uid not in self.models:
                    return 500, {"detail": f"{ACTOR}Model {uid} has not been launched yet"}
                time.sleep(self.cancel_delay)
                del self.models[uid]
                self.broken_off.add(uid)
                return 200, None
            case "DELETE", ["v1", "models", uid]:  # restful_api.py:2150
                if uid not in self.models:
                    text = f"{ACTOR}Model not found in the model list, uid: {uid}"
                    return 400, {"detail": text}
                del self.models[uid]
                return 200, None
            case _, ["v1", "models", _]:
                return 405, {"detail": "Method Not Allowed"}
        return None

    def _launch(self, body: Any) -> Answer:
        if not body.get("model_name"):
            return 400, {"detail": "Invalid input. Please specify the `model_name` field."}
        if not body.get("model_engine") and body.get("model_type", "LLM") == "LLM":
            return 400, {"detail": "Invalid input. Please specify the `model_engine` field."}
        uid = body.get("model_uid") or body["model_name"]
        if uid in self.models:  # supervisor.py:4091, a ValueError
            return 400, {"detail": f"Model is already in the model list, uid: {uid}"}
        self.models[uid] = body
        self.progress[uid] = 0.0
        return 200, {"model_uid": uid}

    def _instances(self, uid: str) -> list[dict[str, Any]]:
        if uid not in self.models and uid not in self.broken_off:
            return []
        status = "READY" if self.progress.get(uid, 1.0) >= 1 else "CREATING"
        status = "ERROR" if uid in self.failed or uid not in self.models else status
        replica = {
            "replica_id": 0, "replica_model_uid": f"{uid}-0", "worker_address": "127.0.0.1:1",
            "status": status, "created_ts": 1, "error_message": self.failed.get(uid),
        }  # fmt: skip
        return [
            {"model_name": uid, "model_uid": uid, "model_version": None, "model_ability": [],
             "replica": 1, "status": status, "n_worker": 1,
             "instance_created_ts": self.begun.get(uid, 1),
             "replica_statuses": [replica]}
        ]  # fmt: skip

    def _catalogue(self, method: str, parts: list[str], query: Any, body: Any) -> Answer | None:
        match method, parts:
            case "GET", ["v1", "models", "families"]:  # restful_api.py:1621, supervisor.py:1680
                return 200, self.families
            case "POST", ["v1", "models", "update_type"]:  # restful_api.py:5172
                kind = body["model_type"]
                return 200, {"data": {"model_type": kind, "message": f"Successfully {kind}"}}
            case "POST", ["v1", "models", "update_spec"] if not self.release.startswith("3."):
                return self._update_spec(body["model_type"], body["model_name"])
            case "GET", ["v1", "engines", _kind, name]:  # restful_api.py:5118
                return 200, self.engines.get(name)
            case "GET", ["v1", "model_registrations", kind]:  # restful_api.py:5243
                return self._listed(kind, is_detailed=query.get("detailed") == "true")
            case "GET", ["v1", "model_registrations", kind, name]:  # supervisor.py:2240
                found = self._find(kind, name)
                return (200, found) if found else (400, {"detail": f"Model {name} not found"})
            case "POST", ["v1", "model_registrations", kind]:  # restful_api.py:5141
                return self._register(kind, json.loads(body["model"]), body["persist"])
            case "DELETE", ["v1", "model_registrations", kind, name]:  # supervisor.py:2522
                if kind not in CUSTOM_TYPES:
                    return 400, {"detail": f"Unsupported model type: {kind}"}
                kept = [
                    one for one in self.known.get(kind, [])
                    if one["model_name"] != name or one["is_builtin"]
                ]  # fmt: skip
                self.known[kind] = kept
                return 200, None
        return None

    def _update_spec(self, kind: str, name: str) -> Answer:
        """restful_api.py:5175: whatever fails at the source is a 502 without its reason."""
        if self.source is not None and name not in self.source.get(kind, []):
            return 502, {"detail": "Failed to update model catalog"}
        message = f"Successfully updated model: {name}"
        return 200, {"data": {"model_type": kind, "message": message, "model_name": name}}

    def _listed(self, kind: str, *, is_detailed: bool) -> Answer:
        if kind not in TYPES:
            return 400, {"detail": f"Unsupported model type: {kind}"}
        found = sorted(self.known.get(kind, []), key=lambda one: one["model_name"].lower())
        if is_detailed:
            return 200, found
        return 200, [{key: one[key] for key in ("model_name", "is_builtin")} for one in found]

    def _find(self, kind: str, name: str) -> dict[str, Any] | None:
        return next((one for one in self.known.get(kind, []) if one["model_name"] == name), None)

    def _register(self, kind: str, model: dict[str, Any], persist: bool) -> Answer:
        """supervisor.py:2388; what pydantic demands is named by `wrong` below."""
        if kind not in CUSTOM_TYPES:
            return 400, {"detail": f"Unsupported model type: {kind}"}
        name = model["model_name"]
        if said := wrong(kind, model, self.families, self.known.get("LLM", [])):
            return 400, {"detail": said}
        if self._find(kind, name):
            return 400, {"detail": f"Model {name} already registered"}
        assert persist is True
        self.known.setdefault(kind, []).append({**model, "is_builtin": False})
        return 200, None


def wrong(
    kind: str, model: dict[str, Any], families: dict[str, list[str]], known: list[dict[str, Any]]
) -> str:
    """Why the server's class for custom models of a type does not take one; empty where it does.

    CustomLLMFamilyV2.parse_raw (model/llm/llm_family.py) and the classes in model/*/custom.py.
    """
    needed = {
        "LLM": ("version", "model_name", "model_lang", "model_ability", "model_specs"),
        "embedding": ("model_name", "dimensions", "max_tokens", "language", "model_specs"),
        "rerank": ("version", "model_name", "language", "model_specs"),
        "image": ("model_name", "model_family"),
        "audio": ("model_name", "model_family", "multilingual"),
    }.get(kind, ("model_name",))
    missing = [key for key in needed if key not in model]
    if missing:
        return f"{missing[0]}: field required (type=value_error.missing)"
    # ModelRegistry.register, is_valid_model_name
    if not re.fullmatch(r"[^+\\/?%#&=\s]+", model["model_name"]):
        return f"Invalid model name {model['model_name']}."
    for spec in model.get("model_specs", []) if kind in ("LLM", "embedding", "rerank") else []:
        for key in ("model_format", "quantization"):
            if not isinstance(spec.get(key), str):
                return f"model_specs -> {key}: field required"
        if spec["model_format"] == "ggufv2" and "model_file_name_template" not in spec:
            return "model_specs -> model_file_name_template: field required"
    if kind != "LLM":
        return ""
    if model.get("model_family") is None:
        return "You must specify `model_family` when registering custom LLM models."
    sees = families.get("vision", [])
    if "tools" in model["model_ability"] and model["model_family"] not in families["tools"]:
        return "`model_family` for tool call model must be one of the following values"
    if "vision" in model["model_ability"] and model["model_family"] not in sees:
        return "`model_family` for multimodal model must be one of the following values"
    return ""


def registered(
    record: dict[str, Any], *, cached: bool = False, is_builtin: bool = True
) -> dict[str, Any]:
    """A record of a definition as `?detailed=true` tells it (worker.py:2955 and :1275)."""
    specs = [
        {
            **{key: value for key, value in spec.items() if key != "model_src"},
            "model_hub": hub, "model_id": source["model_id"],
            "quantization": source.get("quantizations", ["none"])[0], "cache_status": cached,
        }
        for spec in record.get("model_specs", [record])
        for hub, source in spec["model_src"].items()
    ]  # fmt: skip
    hubs = list(dict.fromkeys(spec["model_hub"] for spec in specs))
    plain = {key: value for key, value in record.items() if key != "model_src"}
    return {**plain, "model_specs": specs, "is_builtin": is_builtin, "download_hubs": hubs}
