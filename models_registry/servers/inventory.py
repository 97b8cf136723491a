"""What an Xinference server knows and runs, cached for a short time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from django.core.cache import cache

from accounts.errors import DomainError
from hub.cached_values import CachedValues
from models_registry.launch.server_engines import Offer
from models_registry.servers import client
from models_registry.servers.access import Server
from models_registry.servers.cached_refusals import CachedRefusal, cached_refusal
from models_registry.servers.client import RunningModel
from models_registry.servers.requests import NOT_ALLOWED, ServerRefused

T = TypeVar("T")

KNOWN_SECONDS: Final = 60
RUNNING_SECONDS: Final = 10
FAILED_SECONDS: Final = 15


@dataclass(frozen=True, slots=True)
class ServerModel:
    """A model that the server knows; `updated_at` is None if it does not report it.

    Of several variants of a name, a server reports one with all its fields: `engine`,
    `model_format` and `repository` (hub and id) identify it.
    """

    name: str
    is_builtin: bool
    is_cached: bool
    updated_at: int | None
    engine: str = ""
    model_format: str = ""
    repository: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class ServerInventory:
    """The models of one type that a server knows, and those that it runs, by name."""

    known: Mapping[str, ServerModel]
    running: Mapping[str, tuple[RunningModel, ...]]


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """A machine of the server's cluster; GPU memory in bytes, None if it is not reported."""

    address: str
    gpus: int
    memory: int | None
    free: int | None


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """The server's release and its workers, if it reports them."""

    version: str
    nodes: tuple[ClusterNode, ...]


# An answer or a refusal. Raise the version if the meaning of a value changes.
_KNOWN: Final = CachedValues[Any](
    tuple[dict[str, ServerModel] | None, CachedRefusal | None], version="2"
)
_RUNNING: Final = CachedValues[Any](
    tuple[list[RunningModel] | None, CachedRefusal | None], version="2"
)
_ABOUT: Final = CachedValues[Any](tuple[ServerInfo | None, CachedRefusal | None], version="2")
_ENGINES: Final = CachedValues[Any](tuple[dict[str, Any] | None, CachedRefusal | None], version="2")


def read(server: Server, model_type: str) -> ServerInventory:
    """The server's models of a type, cached for a minute, and what runs, cached for less.

    A failure is cached, too, so that pages do not wait for an unreachable server again and again.
    Raises ServerUnavailable, ServerRefused and ServerAddressRefused.
    """
    key = f"known:{model_type}"
    known = _cached(_KNOWN, server, key, KNOWN_SECONDS, lambda: _server_models(server, model_type))
    by_name: dict[str, list[RunningModel]] = {}
    for model in running(server):
        if model.model_type == model_type:
            by_name.setdefault(model.name, []).append(model)
    return ServerInventory(known, {name: tuple(models) for name, models in by_name.items()})


def running(server: Server) -> list[RunningModel]:
    """What runs, as reported a few seconds ago at most. Raises as `read`."""
    return _cached(_RUNNING, server, "running", RUNNING_SECONDS, lambda: client.running(server))


def about(server: Server) -> ServerInfo:
    """The server's release and workers. Raises as `read`."""
    return _cached(_ABOUT, server, "about", KNOWN_SECONDS, lambda: _about(server))


def engines(server: Server, model_type: str, name: str, *, variants: Iterable[str] = ()) -> Offer:
    """The server's engines for a model, and whether it knows the model. Raises as `read`.

    Many models that it knows have no engines, so an empty answer does not mean that the model is
    unknown. `variants` are further names under which it may know the model.
    """
    key = f"engines:{model_type}:{name}"
    offered = _cached(
        _ENGINES, server, key, KNOWN_SECONDS, lambda: client.engines(server, model_type, name)
    )
    return Offer(
        offered,
        bool(offered) or not read(server, model_type).known.keys().isdisjoint({name, *variants}),
    )


def forget(server: Server) -> None:
    """Clear the cache of a server that was just changed."""
    cache.set(server.cache_key("generation"), _generation(server) + 1, None)


def _about(server: Server) -> ServerInfo:
    try:
        version = client.version(server)
    except ServerRefused as refusal:
        # If a sign-in is required, only administrators see release and workers.
        if refusal.answered != NOT_ALLOWED:
            raise
        return ServerInfo("", ())
    try:
        nodes = client.workers(server)
    except ServerRefused:
        nodes = []
    return ServerInfo(
        version,
        tuple(
            ClusterNode(
                address=str(node.get("ip_address", "")),
                gpus=_whole(node.get("gpu_count")) or 0,
                memory=_bytes(node.get("gpu_vram_total")),
                free=_bytes(node.get("gpu_vram_available")),
            )
            for node in nodes
            if node.get("node_type") == "Worker"
        ),
    )


def _bytes(value: object) -> int | None:
    """An amount; a worker without GPUs reports 0, which means unknown."""
    number = client.amount(value)
    return int(number) or None if number is not None else None


def _server_models(server: Server, model_type: str) -> dict[str, ServerModel]:
    models: dict[str, ServerModel] = {}
    for record in client.registrations(server, model_type):
        name = record.get("model_name")
        if isinstance(name, str) and name and name not in models:
            models[name] = ServerModel(
                name=name,
                is_builtin=record.get("is_builtin") is True,
                is_cached=_is_cached(record),
                updated_at=_whole(record.get("updated_at")),
                engine=str(record.get("engine") or ""),
                model_format=str(record.get("model_format") or ""),
                repository=(str(record.get("model_hub") or ""), str(record.get("model_id") or "")),
            )
    return models


def _is_cached(record: Mapping[str, Any]) -> bool:
    """Whether the files of a variant are downloaded; 3.x reports it per quantization of a spec."""
    specs = record.get("model_specs")
    holders = [record, *(specs if isinstance(specs, list) else [])]
    states = [holder.get("cache_status") for holder in holders if isinstance(holder, dict)]
    return any(state is True or (isinstance(state, list) and True in state) for state in states)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _cached(
    answers: CachedValues[Any], server: Server, subject: str, seconds: int, ask: Callable[[], T]
) -> T:
    key = server.cache_key(f"{_generation(server)}:{subject}")
    answer, refusal = answers.get(key) or (None, None)
    if refusal is not None and (error := refusal.as_error()) is not None:
        raise error
    if answer is not None:
        return cast(T, answer)
    try:
        fresh = ask()
    except DomainError as error:
        answers.set(key, (None, cached_refusal(error)), FAILED_SECONDS)
        raise
    answers.set(key, (fresh, None), seconds)
    return fresh


def _generation(server: Server) -> int:
    generation = cache.get(server.cache_key("generation"))
    return generation if isinstance(generation, int) else 0
