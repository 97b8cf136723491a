"""What the lists that name no version do to servers whose version is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from models_registry.catalogue import history
from models_registry.definitions.checks import release_rules
from models_registry.definitions.checks.release_loading import taken_models, verdicts
from models_registry.definitions.facts.kinds import record_name
from models_registry.models import CatalogueList, ListRevision


class Effect(StrEnum):
    """How a server takes a list."""

    FULL = "full"
    PART = "part"
    STOPS = "stops"


@dataclass(frozen=True, slots=True)
class ListEffect:
    """How servers of a release take a list: how many of its models, and whether they start."""

    release: str
    effect: Effect
    taken: int
    total: int
    # The first models that stop the server.
    stopping: tuple[str, ...] = ()


def effect_of_served(model_type: str, version: str) -> ListEffect | None:
    """What the served list of a type does to servers of a version.

    None if the version is not known, or newer than the hub's rules, or nothing is served.
    """
    served = CatalogueList.objects.filter(model_type=model_type).values_list("revision", flat=True)
    return effect_of(model_type, served.first() or 0, version)


def effect_of(model_type: str, number: int, version: str) -> ListEffect | None:
    """What a revision of a type's list does to servers of a version.

    None if the version is not known, or newer than the hub's rules, or the revision is not kept.
    """
    release = release_rules.known_release(version)
    if release is None or release == release_rules.LATER:
        return None
    kept = ListRevision.objects.filter(model_type=model_type, number=number)
    sha256 = kept.values_list("sha256", flat=True).first()
    return _effect(model_type, number, sha256, release) if sha256 is not None else None


# The digest is part of the key, so that a revision of another database is another entry.
@lru_cache(maxsize=256)
def _effect(model_type: str, number: int, sha256: str, release: str) -> ListEffect:
    models: dict[str, list[Any]] = {}
    for record in json.loads(history.body_of(history.get(model_type, number))):
        models.setdefault(record_name(record) or "", []).append(record)
    held = release_rules.ships_without_updated_at(release, model_type)
    taken = taken_models(release, model_type, list(models.values()))
    stopping = [
        name
        for name, records in list(models.items())[:taken]
        if name in held or verdicts(model_type, records, (release,))[release].stop is not None
    ]
    effect = Effect.FULL if taken == len(models) else Effect.PART
    if stopping:
        effect = Effect.STOPS
    return ListEffect(release, effect, taken, len(models), tuple(stopping[:5]))
