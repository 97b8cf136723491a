"""What an Xinference server can be asked: what is there, what runs, launch, progress, stop.

The API is that of `xinference/api/routers/models.py` and `admin.py` in Xinference 4.1.0; releases
3.x have the same but for `update_spec`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from django.utils.translation import gettext as _

from models_registry.launch.asking import SAID, ServerSilent, ServerUnavailable, no_server
from models_registry.launch.servers import Server
from models_registry.launch.signing_in import ask
from models_registry.launch.words import plainly

# The detailed lists look for the files of every variant.
LIST_SECONDS: Final = 15.0
# The server gives its own download 30 seconds.
UPDATE_SECONDS: Final = 40.0
# The server takes up to 60 seconds (XINFERENCE_CANCEL_LAUNCH_TIMEOUT), and goes on by itself.
CANCEL_SECONDS: Final = 10.0
MAX_UID: Final = 200


@dataclass(frozen=True, slots=True)
class Running:
    """A model that the server runs, or is starting."""

    uid: str
    name: str
    model_type: str
    replicas: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a launch is: a share of one, and what the server calls the stage."""

    share: float
    stage: str


@dataclass(frozen=True, slots=True)
class Instance:
    """What the server says of a launch: CREATING, READY, ERROR…, and what went wrong."""

    status: str
    error: str

    @property
    def was_broken_off(self) -> bool:
        """Whether it ended because somebody wanted that: a launch that fails says why."""
        return self.status in {"TERMINATED", "TERMINATING"} or (self.has_failed and not self.error)

    @property
    def has_failed(self) -> bool:
        """Whether it came to nothing."""
        return self.status == "ERROR"


def running(server: Server) -> list[Running]:
    """The models that run, by uid. Raises ServerUnavailable and ServerRefused."""
    found = [one for one in _list(ask(server, "GET", "/v1/models"), "data") if one.get("id")]
    return sorted(
        (
            Running(
                uid=str(one["id"]),
                name=str(one.get("model_name") or one["id"]),
                model_type=type_of(one.get("model_type")),
                replicas=one["replica"] if isinstance(one.get("replica"), int) else 1,
            )
            for one in found
        ),
        key=lambda one: one.uid,
    )


def launch(server: Server, payload: Mapping[str, Any]) -> str:
    """Launch a model and return its uid at once, while the server is still loading it.

    Raises ServerUnavailable and ServerRefused.
    """
    answer = ask(server, "POST", "/v1/models?wait_ready=false", payload)
    uid = answer.get("model_uid") if isinstance(answer, dict) else None
    if not isinstance(uid, str) or not is_uid(uid):
        raise ServerUnavailable(_("The Xinference server took the launch but names no model."))
    return uid


def progress(server: Server, uid: str) -> Progress:
    """How far a launch is. Raises ServerUnavailable and ServerRefused."""
    answer = ask(server, "GET", f"/v1/models/{_quoted(uid)}/progress")
    found = answer if isinstance(answer, dict) else {}
    share = amount(found.get("progress")) or 0.0
    return Progress(min(max(share, 0.0), 1.0), str(found.get("stage") or "")[:80])


def instance(server: Server, uid: str) -> Instance | None:
    """What became of a launch; None where the server knows of none.

    A launch that is not waited for fails here alone: the progress of one that failed, and of one
    that never was, is 0 (`get_launch_builtin_model_progress_details` of core/supervisor.py).
    Raises ServerUnavailable and ServerRefused.
    """
    found = _list(ask(server, "GET", f"/v1/models/instances?model_uid={_quoted(uid)}"))
    if not found:
        return None
    replicas = _list(found[0].get("replica_statuses"))
    said = next((str(one["error_message"]) for one in replicas if one.get("error_message")), "")
    return Instance(str(found[0].get("status", "")), plainly(said)[:SAID])


def stop(server: Server, uid: str) -> None:
    """Stop a running model. Raises ServerUnavailable and ServerRefused."""
    ask(server, "DELETE", f"/v1/models/{_quoted(uid)}")


def cancel(server: Server, uid: str) -> bool:
    """Break off a launch that is under way.

    Out: whether that is done; else the server is at it. Raises ServerUnavailable and ServerRefused.
    """
    try:
        ask(server, "POST", f"/v1/models/{_quoted(uid)}/cancel", seconds=CANCEL_SECONDS)
    except ServerSilent:
        return False
    return True


def update_type(server: Server, model_type: str) -> None:
    """Tell the server to fetch a type's list anew. Raises ServerUnavailable and ServerRefused."""
    ask(
        server, "POST", "/v1/models/update_type", {"model_type": model_type}, seconds=UPDATE_SECONDS
    )


def update_spec(server: Server, model_type: str, name: str) -> None:
    """Tell the server to fetch one model. Raises ServerUnavailable and ServerRefused.

    It fetches from model.xinference.io whatever this hub's address is: a name that is not there is
    answered with 502, and releases 3.x, which lack the call, answer 404 or 405.
    """
    body = {"model_type": model_type, "model_name": name}
    ask(server, "POST", "/v1/models/update_spec", body, seconds=UPDATE_SECONDS)


def registrations(server: Server, model_type: str) -> list[Mapping[str, Any]]:
    """The models that the server knows of a type, each with as much as it tells.

    The detailed list of a large server can take too long; then the plain one is taken, which has
    names alone. Raises ServerUnavailable and ServerRefused.
    """
    path = f"/v1/model_registrations/{api_type(model_type)}"
    try:
        return _list(ask(server, "GET", f"{path}?detailed=true", seconds=LIST_SECONDS))
    except ServerSilent:
        return _list(ask(server, "GET", path))


def register(server: Server, model_type: str, model: Mapping[str, Any]) -> None:
    """Register a custom model, kept over the server's restarts.

    Raises ServerUnavailable and ServerRefused.
    """
    body = {"model": json.dumps(model, ensure_ascii=False), "persist": True}
    ask(server, "POST", f"/v1/model_registrations/{api_type(model_type)}", body)


def registration(server: Server, model_type: str, name: str) -> Mapping[str, Any]:
    """A model as the server has it, in the shape that `register` takes; empty where it has none.

    Raises ServerUnavailable and ServerRefused.
    """
    path = f"/v1/model_registrations/{api_type(model_type)}/{_quoted(name)}"
    answer = ask(server, "GET", path)
    return answer if isinstance(answer, dict) else {}


def unregister(server: Server, model_type: str, name: str) -> None:
    """Take a custom model's registration back. Raises ServerUnavailable and ServerRefused."""
    ask(server, "DELETE", f"/v1/model_registrations/{api_type(model_type)}/{_quoted(name)}")


def families(server: Server) -> dict[str, list[str]]:
    """The server's built-in language models by ability (`/v1/models/families`).

    Raises ServerUnavailable and ServerRefused.
    """
    answer = ask(server, "GET", "/v1/models/families")
    found = answer.items() if isinstance(answer, dict) else ()
    return {
        key: [one for one in names if isinstance(one, str)]
        for key, names in found
        if isinstance(names, list)
    }


def engines(server: Server, model_type: str, name: str) -> Mapping[str, Any]:
    """What the server says of each engine for a model: its variants, or why it can't be used.

    Empty for models that it does not know, and for many that it does, such as audio models without
    a choice of engines. Raises ServerUnavailable and ServerRefused.
    """
    path = f"/v1/engines/{api_type(model_type)}/{_quoted(name)}"
    answer = ask(server, "GET", path, seconds=LIST_SECONDS)
    return answer if isinstance(answer, dict) else {}


def version(server: Server) -> str:
    """The release of Xinference that runs there. Raises ServerUnavailable and ServerRefused."""
    answer = ask(server, "GET", "/v1/cluster/version")
    found = answer.get("version") if isinstance(answer, dict) else None
    if not isinstance(found, str) or not found:
        raise ServerUnavailable(no_server(server))
    return found[:40]


def workers(server: Server) -> list[Mapping[str, Any]]:
    """The nodes of the cluster, told to administrators alone.

    Raises ServerUnavailable and ServerRefused.
    """
    return _list(ask(server, "GET", "/v1/cluster/info?detailed=true"))


def is_uid(text: str) -> bool:
    """Whether a text can be the uid of a model, and no way out of the models' paths."""
    is_way_out = not {".", ".."}.isdisjoint(text.split("/"))
    return 0 < len(text) <= MAX_UID and text.isprintable() and not is_way_out


def amount(value: object) -> float | None:
    """A number of a server's answer; None for what is none, or says nothing, such as NaN."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def api_type(model_type: str) -> str:
    """A type as the server's addresses spell it."""
    return "LLM" if model_type == "llm" else model_type


def type_of(value: object) -> str:
    """A type of the server's answers as the hub spells it."""
    return "llm" if value == "LLM" else str(value or "")


def _list(value: object, key: str = "") -> list[Mapping[str, Any]]:
    found = value.get(key) if key and isinstance(value, dict) else value
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _quoted(name: str) -> str:
    return quote(name, safe="")
