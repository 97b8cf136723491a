"""What an Xinference server knows and runs, for a moment remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.core.cache import cache

from accounts.errors import DomainError
from models_registry.launch import client
from models_registry.launch.asking import NOT_ALLOWED, ServerRefused
from models_registry.launch.client import Running
from models_registry.launch.engines import Offer
from models_registry.launch.servers import Server

T = TypeVar("T")

KNOWN_SECONDS: Final = 60
RUNNING_SECONDS: Final = 10
FAILED_SECONDS: Final = 15


@dataclass(frozen=True, slots=True)
class Known:
    """A model as the server knows it; `updated_at` is None where it does not tell.

    Of several variants of a name, a server tells one with all its fields: `engine`, `model_format`
    and `repository` (hub and id) say which.
    """

    name: str
    is_builtin: bool
    is_cached: bool
    updated_at: int | None
    engine: str = ""
    model_format: str = ""
    repository: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class There:
    """What a server has of one type: the known models by name, the running ones by name."""

    known: Mapping[str, Known]
    running: Mapping[str, tuple[Running, ...]]


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the server's cluster; GPU memory in bytes, None where it is not told."""

    address: str
    gpus: int
    memory: int | None
    free: int | None


@dataclass(frozen=True, slots=True)
class About:
    """What a server is: its release and its workers, where it tells them."""

    version: str
    nodes: tuple[Node, ...]


def look(server: Server, model_type: str) -> There:
    """What the server has of a type, asked at most once a minute, and what runs, more often.

    A failure is remembered, too, so that a server that is away is not waited for at each page.
    Raises ServerUnavailable, ServerRefused and ServerAddressRefused.
    """
    known = _remembered(
        server, f"known:{model_type}", KNOWN_SECONDS, lambda: _known(server, model_type)
    )
    by_name: dict[str, list[Running]] = {}
    for one in running(server):
        if one.model_type == model_type:
            by_name.setdefault(one.name, []).append(one)
    return There(known, {name: tuple(found) for name, found in by_name.items()})


def running(server: Server) -> list[Running]:
    """What runs, as the server said a few seconds ago at most. Raises as `look`."""
    return _remembered(server, "running", RUNNING_SECONDS, lambda: client.running(server))


def about(server: Server) -> About:
    """The server's release and workers. Raises as `look`."""
    return _remembered(server, "about", KNOWN_SECONDS, lambda: _about(server))


def engines(server: Server, model_type: str, name: str, *, variants: Iterable[str] = ()) -> Offer:
    """The server's engines for a model, and whether it knows it. Raises as `look`.

    Many models that it knows have no engines, so that alone says nothing. `variants` are further
    names under which it may know the model.
    """
    key = f"engines:{model_type}:{name}"
    found = _remembered(
        server, key, KNOWN_SECONDS, lambda: client.engines(server, model_type, name)
    )
    return Offer(
        found,
        bool(found) or not look(server, model_type).known.keys().isdisjoint({name, *variants}),
    )


def forget(server: Server) -> None:
    """Forget what is remembered of a server, as it was just changed."""
    cache.set(server.name_of("generation"), _generation(server) + 1, None)


def _about(server: Server) -> About:
    try:
        version = client.version(server)
    except ServerRefused as refusal:
        # Where a sign-in is asked for, release and workers are told to administrators alone.
        if refusal.answered != NOT_ALLOWED:
            raise
        return About("", ())
    try:
        nodes = client.workers(server)
    except ServerRefused:
        nodes = []
    return About(
        version,
        tuple(
            Node(
                address=str(one.get("ip_address", "")),
                gpus=_whole(one.get("gpu_count")) or 0,
                memory=_bytes(one.get("gpu_vram_total")),
                free=_bytes(one.get("gpu_vram_available")),
            )
            for one in nodes
            if one.get("node_type") == "Worker"
        ),
    )


def _bytes(value: object) -> int | None:
    """An amount; a worker without GPUs tells 0, which says nothing."""
    found = client.amount(value)
    return int(found) or None if found is not None else None


def _known(server: Server, model_type: str) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for one in client.registrations(server, model_type):
        name = one.get("model_name")
        if isinstance(name, str) and name and name not in found:
            found[name] = Known(
                name=name,
                is_builtin=one.get("is_builtin") is True,
                is_cached=_is_cached(one),
                updated_at=_whole(one.get("updated_at")),
                engine=str(one.get("engine") or ""),
                model_format=str(one.get("model_format") or ""),
                repository=(str(one.get("model_hub") or ""), str(one.get("model_id") or "")),
            )
    return found


def _is_cached(record: Mapping[str, Any]) -> bool:
    """Whether the files of a variant are there: 3.x tells it for each quantization of a spec."""
    specs = record.get("model_specs")
    holders = [record, *(specs if isinstance(specs, list) else [])]
    states = [one.get("cache_status") for one in holders if isinstance(one, dict)]
    return any(one is True or (isinstance(one, list) and True in one) for one in states)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _remembered(server: Server, what: str, seconds: int, ask: Callable[[], T]) -> T:
    key = server.name_of(f"{_generation(server)}:{what}")
    kept: tuple[T, None] | tuple[None, DomainError] | None = cache.get(key)
    if kept is None:
        try:
            kept = (ask(), None)
        except DomainError as failure:
            kept = (None, failure)
            seconds = FAILED_SECONDS
        cache.set(key, kept, seconds)
    if kept[1] is not None:
        raise kept[1]
    return kept[0]


def _generation(server: Server) -> int:
    return int(cache.get(server.name_of("generation")) or 0)
