"""The API of an Xinference server: models, launches, progress, stopping.

As in `xinference/api/routers/models.py` and `admin.py` of Xinference 4.1.0; releases 3.x have the
same except for `update_spec`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from accounts.form_version import version as version_of
from models_registry.servers.access import Server
from models_registry.servers.refusals import on_one_line
from models_registry.servers.requests import MAX_MESSAGE, ServerSilent, ServerUnavailable, no_server
from models_registry.servers.session import ask

# The detailed lists check the files of every variant, which takes long.
LIST_SECONDS: Final = 15.0
# The server limits its own download to 30 seconds.
UPDATE_SECONDS: Final = 40.0
# The server takes up to 60 seconds (XINFERENCE_CANCEL_LAUNCH_TIMEOUT), then continues in the
# background.
CANCEL_SECONDS: Final = 10.0
MAX_UID: Final = 200


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A model that is running or starting on the server."""

    uid: str
    name: str
    model_type: str
    replicas: int

    @property
    def version(self) -> str:
        """The version in the form that stops it: another model may run under this uid by then."""
        return version_of(model=f"{self.model_type}/{self.name}")


@dataclass(frozen=True, slots=True)
class LaunchProgress:
    """The progress of a launch: a fraction, and the server's name for the stage."""

    share: float
    stage: str


@dataclass(frozen=True, slots=True)
class Instance:
    """The server's state of a launch (CREATING, READY, ERROR…) and its error."""

    status: str
    error: str
    begun: str = field(default="", compare=False)

    @property
    def version(self) -> str:
        """The version in the form that cancels the launch; a later launch of this uid has
        another."""
        return version_of(launch=self.begun)

    @property
    def was_cancelled(self) -> bool:
        """Whether it was cancelled: a launch that fails has an error."""
        return self.status in {"TERMINATED", "TERMINATING"} or (self.has_failed and not self.error)

    @property
    def has_failed(self) -> bool:
        """Whether the launch failed."""
        return self.status == "ERROR"


def running(server: Server) -> list[RunningModel]:
    """The running models by uid. Raises ServerUnavailable and ServerRefused."""
    records = [
        record
        for record in _records(server, ask(server, "GET", "/v1/models"), "data")
        if record.get("id")
    ]
    return sorted(
        (
            RunningModel(
                uid=str(record["id"]),
                name=str(record.get("model_name") or record["id"]),
                model_type=type_of(record.get("model_type")),
                replicas=record["replica"] if isinstance(record.get("replica"), int) else 1,
            )
            for record in records
        ),
        key=lambda model: model.uid,
    )


def launch(server: Server, payload: Mapping[str, Any]) -> str:
    """Launch a model and return its uid at once, while the server is still loading it.

    Raises ServerUnavailable and ServerRefused.
    """
    answer = ask(server, "POST", "/v1/models?wait_ready=false", payload)
    uid = answer.get("model_uid") if isinstance(answer, dict) else None
    if not isinstance(uid, str) or not is_uid(uid):
        raise ServerUnavailable("server_launched_unnamed_model")
    return uid


def progress(server: Server, uid: str) -> LaunchProgress:
    """The progress of a launch. Raises ServerUnavailable and ServerRefused."""
    answer = ask(server, "GET", f"/v1/models/{_quoted(uid)}/progress")
    fields = answer if isinstance(answer, dict) else {}
    share = amount(fields.get("progress")) or 0.0
    return LaunchProgress(min(max(share, 0.0), 1.0), str(fields.get("stage") or "")[:80])


def instance(server: Server, uid: str) -> Instance | None:
    """The state of a launch; None if the server does not know it.

    The failure of a launch that no request waits for is visible only here: progress is 0 both for a
    failed launch and for an unknown one (`get_launch_builtin_model_progress_details` of
    core/supervisor.py). Raises ServerUnavailable and ServerRefused.
    """
    instances = _records(
        server, ask(server, "GET", f"/v1/models/instances?model_uid={_quoted(uid)}")
    )
    if not instances:
        return None
    replicas = _objects(instances[0].get("replica_statuses"))
    error = next(
        (str(replica["error_message"]) for replica in replicas if replica.get("error_message")), ""
    )
    begun = str(instances[0].get("instance_created_ts") or "")[:40]
    return Instance(str(instances[0].get("status", "")), on_one_line(error)[:MAX_MESSAGE], begun)


def stop(server: Server, uid: str) -> None:
    """Stop a running model. Raises ServerUnavailable and ServerRefused."""
    ask(server, "DELETE", f"/v1/models/{_quoted(uid)}")


def cancel(server: Server, uid: str) -> bool:
    """Cancel a launch that is under way; False if the server is still working on it.

    Raises ServerUnavailable and ServerRefused.
    """
    try:
        ask(server, "POST", f"/v1/models/{_quoted(uid)}/cancel", seconds=CANCEL_SECONDS)
    except ServerSilent:
        return False
    return True


def update_type(server: Server, model_type: str) -> None:
    """Make the server fetch a type's list again. Raises ServerUnavailable and ServerRefused."""
    ask(
        server, "POST", "/v1/models/update_type", {"model_type": model_type}, seconds=UPDATE_SECONDS
    )


def update_spec(server: Server, model_type: str, name: str) -> None:
    """Make the server fetch one model. Raises ServerUnavailable and ServerRefused.

    It fetches from model.xinference.io, whatever this hub's address is. It answers 502 for a name
    that does not exist there; releases 3.x, which lack the call, answer 404 or 405.
    """
    body = {"model_type": model_type, "model_name": name}
    ask(server, "POST", "/v1/models/update_spec", body, seconds=UPDATE_SECONDS)


def registrations(server: Server, model_type: str) -> list[Mapping[str, Any]]:
    """The models of a type that the server knows, with all fields that it reports.

    If the detailed list of a large server takes too long, the plain one is used, which has only
    names. Raises ServerUnavailable and ServerRefused.
    """
    path = f"/v1/model_registrations/{api_type(model_type)}"
    try:
        return _records(server, ask(server, "GET", f"{path}?detailed=true", seconds=LIST_SECONDS))
    except ServerSilent:
        return _records(server, ask(server, "GET", path))


def register(server: Server, model_type: str, model: Mapping[str, Any]) -> None:
    """Register a custom model; it survives restarts of the server.

    Raises ServerUnavailable and ServerRefused.
    """
    body = {"model": json.dumps(model, ensure_ascii=False), "persist": True}
    ask(server, "POST", f"/v1/model_registrations/{api_type(model_type)}", body)


def registration(server: Server, model_type: str, name: str) -> Mapping[str, Any]:
    """A model as registered on the server, in the form that `register` takes; empty if there is
    none.

    Raises ServerUnavailable and ServerRefused.
    """
    path = f"/v1/model_registrations/{api_type(model_type)}/{_quoted(name)}"
    answer = ask(server, "GET", path)
    return answer if isinstance(answer, dict) else {}


def unregister(server: Server, model_type: str, name: str) -> None:
    """Remove a custom model. Raises ServerUnavailable and ServerRefused."""
    ask(server, "DELETE", f"/v1/model_registrations/{api_type(model_type)}/{_quoted(name)}")


def families(server: Server) -> dict[str, list[str]]:
    """The server's built-in language models by ability (`/v1/models/families`).

    Raises ServerUnavailable and ServerRefused.
    """
    answer = ask(server, "GET", "/v1/models/families")
    names_by_ability = answer.items() if isinstance(answer, dict) else ()
    return {
        ability: [name for name in names if isinstance(name, str)]
        for ability, names in names_by_ability
        if isinstance(names, list)
    }


def engines(server: Server, model_type: str, name: str) -> Mapping[str, Any]:
    """The server's engines for a model: their variants, or why they can't be used.

    Empty for models that it does not know, and for many that it does, such as audio models without
    a choice of engines. Raises ServerUnavailable and ServerRefused.
    """
    path = f"/v1/engines/{api_type(model_type)}/{_quoted(name)}"
    answer = ask(server, "GET", path, seconds=LIST_SECONDS)
    return answer if isinstance(answer, dict) else {}


def version(server: Server) -> str:
    """The Xinference release of the server. Raises ServerUnavailable and ServerRefused."""
    answer = ask(server, "GET", "/v1/cluster/version")
    release = answer.get("version") if isinstance(answer, dict) else None
    if not isinstance(release, str) or not release:
        raise no_server(server)
    return release[:40]


def workers(server: Server) -> list[Mapping[str, Any]]:
    """The nodes of the cluster; the server reports them only to administrators.

    Raises ServerUnavailable and ServerRefused.
    """
    return _records(server, ask(server, "GET", "/v1/cluster/info?detailed=true"))


def is_uid(text: str) -> bool:
    """True for a valid uid of a model. SECURITY: rejects path traversal."""
    is_way_out = not {".", ".."}.isdisjoint(text.split("/"))
    return 0 < len(text) <= MAX_UID and text.isprintable() and not is_way_out


def amount(value: object) -> float | None:
    """A number in a server's answer; None if it is not a number, or is NaN or infinite."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def api_type(model_type: str) -> str:
    """A model type as spelled in the server's addresses."""
    return "LLM" if model_type == "llm" else model_type


def type_of(value: object) -> str:
    """A model type in the server's answers as spelled in the hub."""
    return "llm" if value == "LLM" else str(value or "")


def _records(server: Server, answer: object, key: str = "") -> list[Mapping[str, Any]]:
    """The objects of an answer that is a list, or has one under a key.

    Raises ServerUnavailable if the answer has no list. A server without models sends an empty list.
    """
    items = answer.get(key) if key and isinstance(answer, dict) else answer
    if not isinstance(items, list):
        raise no_server(server)
    return _objects(items)


def _objects(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


def _quoted(name: str) -> str:
    return quote(name, safe="")
