"""Talks to the Xinference server of XINFERENCE_ENDPOINT: what runs, launch, progress, stop.

The API is that of `xinference/api/routers/models.py` in Xinference 4.1.0. SECURITY: the address is
the administrator's alone; nothing that a visitor sends becomes a part of it but a quoted model uid,
redirects are not followed, and the environment's proxies are not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import requests
from django.conf import settings

from accounts.errors import DomainError

READ_SECONDS: Final = 4.0
WRITE_SECONDS: Final = 30.0
MAX_BYTES: Final = 16 * 1024 * 1024
_SAID: Final = 300


class ServerUnavailable(DomainError):
    """The Xinference server can't be reached, or does not answer as one."""

    error_code = "SERVER_UNAVAILABLE"
    status = 502


class ServerRefused(DomainError):
    """The Xinference server says no; the message has its words."""

    error_code = "SERVER_REFUSED"
    status = 409


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


def endpoint() -> str:
    """The address of the server, without a slash at its end; empty where there is none."""
    return str(settings.ENV.xinference_endpoint)


def running() -> list[Running]:
    """The models that run, by uid. Raises ServerUnavailable and ServerRefused."""
    answer = _ask("GET", "/v1/models")
    data = answer.get("data") if isinstance(answer, dict) else None
    found = [one for one in (data if isinstance(data, list) else []) if isinstance(one, dict)]
    return sorted(
        (
            Running(
                uid=str(one.get("id", "")),
                name=str(one.get("model_name") or one.get("id", "")),
                model_type="llm" if one.get("model_type") == "LLM" else str(one.get("model_type")),
                replicas=one["replica"] if isinstance(one.get("replica"), int) else 1,
            )
            for one in found
            if one.get("id")
        ),
        key=lambda one: one.uid,
    )


def launch(payload: Mapping[str, Any]) -> str:
    """Launch a model and return its uid at once, while the server is still loading it.

    Raises ServerUnavailable and ServerRefused.
    """
    answer = _ask("POST", "/v1/models?wait_ready=false", payload)
    uid = answer.get("model_uid") if isinstance(answer, dict) else None
    if not isinstance(uid, str) or not uid:
        raise ServerUnavailable("The Xinference server took the launch but names no model.")
    return uid


def progress(uid: str) -> Progress:
    """How far a launch is. Raises ServerUnavailable and ServerRefused."""
    answer = _ask("GET", f"/v1/models/{quote(uid, safe='')}/progress")
    found = answer if isinstance(answer, dict) else {}
    share = found.get("progress")
    is_number = isinstance(share, int | float) and not isinstance(share, bool)
    return Progress(
        min(max(float(share), 0.0), 1.0) if is_number and share is not None else 0.0,
        str(found.get("stage") or "")[:80],
    )


def stop(uid: str) -> None:
    """Stop a running model. Raises ServerUnavailable and ServerRefused."""
    _ask("DELETE", f"/v1/models/{quote(uid, safe='')}")


def update_type(model_type: str) -> None:
    """Tell the server to fetch a type's list anew. Raises ServerUnavailable and ServerRefused."""
    _ask("POST", "/v1/models/update_type", {"model_type": model_type})


def update_spec(model_type: str, name: str) -> None:
    """Tell the server to fetch one model. Raises ServerUnavailable and ServerRefused."""
    _ask("POST", "/v1/models/update_spec", {"model_type": model_type, "model_name": name})


def registrations(model_type: str) -> list[dict[str, Any]]:
    """What the server knows of a type's models, one object a name, with all of their fields.

    Raises ServerUnavailable and ServerRefused.
    """
    kind = "LLM" if model_type == "llm" else model_type
    answer = _ask("GET", f"/v1/model_registrations/{quote(kind, safe='')}?detailed=true")
    return [one for one in (answer if isinstance(answer, list) else []) if isinstance(one, dict)]


def _ask(method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Send a request to the server and return the JSON of its answer."""
    address = endpoint()
    if not address:
        raise ServerUnavailable("No Xinference server is configured (XINFERENCE_ENDPOINT).")
    key = settings.ENV.xinference_api_key
    with requests.Session() as session:
        session.trust_env = False
        try:
            response = session.request(
                method,
                address + path,
                json=body,
                headers={"Authorization": f"Bearer {key}"} if key else {},
                timeout=READ_SECONDS if method == "GET" else WRITE_SECONDS,
                allow_redirects=False,
                stream=True,
            )
            content = response.raw.read(MAX_BYTES + 1, decode_content=True)
            response._content = content
            answer = response.json() if content else None
        except requests.Timeout as error:
            raise ServerUnavailable(f"The Xinference server at {address} is silent.") from error
        except ValueError as error:
            raise ServerUnavailable(
                f"{address} does not answer as an Xinference server does."
            ) from error
        except (requests.RequestException, OSError) as error:
            raise ServerUnavailable(
                f"The Xinference server at {address} can't be reached."
            ) from error
    if response.status_code >= 300:
        said = answer.get("detail") if isinstance(answer, dict) else None
        raise ServerRefused(
            f"The Xinference server answers {response.status_code}: "
            f"{str(said or 'no reason given')[:_SAID]}"
        )
    return answer
