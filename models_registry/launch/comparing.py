"""This hub's models of a type beside those that a server knows and runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db.models import prefetch_related_objects

from models_registry.catalogue.selection import variant_names
from models_registry.definitions import text as definition_text
from models_registry.definitions.variants import sources_of, specs_of
from models_registry.launch.client import Running
from models_registry.launch.registrations import Known, There
from models_registry.models import ModelType, RegisteredModel

# Types whose definitions have a record for each engine, or names of their own for variants. Of the
# former, a server lists one row (`representative` in list_model_registrations of core/worker.py).
VARIANTS: Final = frozenset({ModelType.AUDIO, ModelType.VIDEO, ModelType.IMAGE, ModelType.WORLD})


class Standing(StrEnum):
    """How the server's definition of a model stands to this hub's."""

    SAME = "same"
    OLDER = "older"
    NEWER = "newer"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """A model of this hub and what the server has of it."""

    model: RegisteredModel
    standing: Standing
    known: Known | None
    running: tuple[Running, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """This hub's models of a type beside the server's; `only_there` are those that it has alone."""

    rows: tuple[Row, ...]
    only_there: tuple[Known, ...]

    @property
    def known(self) -> int:
        """How many of this hub's models the server knows."""
        return sum(row.known is not None for row in self.rows)

    @property
    def running(self) -> int:
        """How many of this hub's models run there."""
        return sum(bool(row.running) for row in self.rows)

    @property
    def outdated(self) -> int:
        """How many of them the server has in an older definition."""
        return sum(row.standing == Standing.OLDER for row in self.rows)


def compare(models: Iterable[RegisteredModel], there: There) -> Comparison:
    """Put this hub's models of one type beside what the server has of it."""
    models = list(models)
    varied = [one for one in models if one.model_type in VARIANTS]
    prefetch_related_objects(varied, "published_revision")
    rows: list[Row] = []
    names: set[str] = set()
    for model in models:
        own = {model.name}
        if model.model_type == ModelType.WORLD:
            own |= variant_names(model)
        names |= own
        known = next((there.known[one] for one in sorted(own) if one in there.known), None)
        running = tuple(one for name in sorted(own) for one in there.running.get(name, ()))
        rows.append(Row(model, _standing(model, known), known, running))
    alone = (one for name, one in there.known.items() if name not in names)
    return Comparison(tuple(rows), tuple(sorted(alone, key=lambda one: one.name.casefold())))


def _standing(model: RegisteredModel, known: Known | None) -> Standing:
    if known is None:
        return Standing.UNKNOWN
    ours = _updated_at(model, known)
    if known.updated_at is None or ours is None:
        return Standing.UNSURE
    if known.updated_at == ours:
        return Standing.SAME
    return Standing.OLDER if known.updated_at < ours else Standing.NEWER


def _updated_at(model: RegisteredModel, known: Known) -> int | None:
    """When the record that the server's row stands for was updated here; else the newest one."""
    if model.model_type in VARIANTS and model.published_revision is not None:
        records = definition_text.parse(model.published_revision.definition).records
        if len(records) > 1:
            stamps = [one.get("updated_at") for one in records if _is_row(one, known)]
            if stamps and isinstance(stamps[0], int) and not isinstance(stamps[0], bool):
                return stamps[0]
    moment = model.definition_updated_at
    return int(moment.timestamp()) if moment is not None else None


def _is_row(record: Mapping[str, Any], known: Known) -> bool:
    """Whether the record has the engine, format and repository of the server's row."""
    repositories = {
        (hub, str(source.get("model_id", "")))
        for spec in specs_of(record)
        for hub, source in sources_of(spec)
    }
    return (
        str(record.get("engine") or "").casefold() == known.engine.casefold()
        and str(record.get("model_format") or "") == known.model_format
        and known.repository in repositories
    )
