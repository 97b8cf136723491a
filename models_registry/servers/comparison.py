"""Compares this hub's models of a type with those that a server knows and runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db.models import prefetch_related_objects

from models_registry.catalogue.selection import variant_names
from models_registry.definitions.facts.variants import sources_of, specs_of
from models_registry.definitions.json_text import document as definition_text
from models_registry.models import ModelType, RegisteredModel
from models_registry.servers.client import RunningModel
from models_registry.servers.inventory import ServerInventory, ServerModel

# Types whose definitions have a record for each engine, or separate names for variants. Of the
# former, a server lists one row (`representative` in list_model_registrations of core/worker.py).
VARIANTS: Final = frozenset({ModelType.AUDIO, ModelType.VIDEO, ModelType.IMAGE, ModelType.WORLD})


class ServerModelStatus(StrEnum):
    """How the server's definition of a model compares to this hub's."""

    SAME = "same"
    OLDER = "older"
    NEWER = "newer"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """A model of this hub, and the server's definition and running instances of it."""

    model: RegisteredModel
    status: ServerModelStatus
    server_model: ServerModel | None
    running: tuple[RunningModel, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """This hub's models of a type and the server's; `only_on_server` are only on the server."""

    rows: tuple[ComparedModel, ...]
    only_on_server: tuple[ServerModel, ...]

    @property
    def known(self) -> int:
        """The number of this hub's models that the server knows."""
        return sum(row.server_model is not None for row in self.rows)

    @property
    def running(self) -> int:
        """The number of this hub's models that run on the server."""
        return sum(bool(row.running) for row in self.rows)

    @property
    def outdated(self) -> int:
        """The number of this hub's models of which the server has an older definition."""
        return sum(row.status == ServerModelStatus.OLDER for row in self.rows)


def compare(models: Iterable[RegisteredModel], inventory: ServerInventory) -> Comparison:
    """Compare this hub's models of one type with the server's."""
    models = list(models)
    varied = [model for model in models if model.model_type in VARIANTS]
    prefetch_related_objects(varied, "published_revision")
    rows: list[ComparedModel] = []
    names: set[str] = set()
    for model in models:
        model_names = {model.name}
        if model.model_type == ModelType.WORLD:
            model_names |= variant_names(model)
        names |= model_names
        server_model = next(
            (inventory.known[name] for name in sorted(model_names) if name in inventory.known), None
        )
        running = tuple(
            instance for name in sorted(model_names) for instance in inventory.running.get(name, ())
        )
        rows.append(ComparedModel(model, _status(model, server_model), server_model, running))
    unmatched = [
        server_model for name, server_model in inventory.known.items() if name not in names
    ]
    unmatched.sort(key=lambda server_model: server_model.name.casefold())
    return Comparison(tuple(rows), tuple(unmatched))


def _status(model: RegisteredModel, server_model: ServerModel | None) -> ServerModelStatus:
    if server_model is None:
        return ServerModelStatus.UNKNOWN
    ours = _updated_at(model, server_model)
    if server_model.updated_at is None or ours is None:
        return ServerModelStatus.UNSURE
    if server_model.updated_at == ours:
        return ServerModelStatus.SAME
    return ServerModelStatus.OLDER if server_model.updated_at < ours else ServerModelStatus.NEWER


def _updated_at(model: RegisteredModel, server_model: ServerModel) -> int | None:
    """When the record that the server's row represents was updated here; else the newest record."""
    if model.model_type in VARIANTS and model.published_revision is not None:
        records = definition_text.parse(model.published_revision.definition).records
        if len(records) > 1:
            stamps = [
                record.get("updated_at") for record in records if _is_row(record, server_model)
            ]
            if stamps and isinstance(stamps[0], int) and not isinstance(stamps[0], bool):
                return stamps[0]
    moment = model.definition_updated_at
    return int(moment.timestamp()) if moment is not None else None


def _is_row(record: Mapping[str, Any], server_model: ServerModel) -> bool:
    """Whether the record has the engine, format and repository of the server's row."""
    repositories = {
        (hub, str(source.get("model_id", "")))
        for spec in specs_of(record)
        for hub, source in sources_of(spec)
    }
    return (
        str(record.get("engine") or "").casefold() == server_model.engine.casefold()
        and str(record.get("model_format") or "") == server_model.model_format
        and server_model.repository in repositories
    )
