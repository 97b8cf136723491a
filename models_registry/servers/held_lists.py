"""Finds out which revision of each list the Xinference server holds.

A server does not report what it downloaded. It reports for each model the definition with the
newest `updated_at`, from its package or from the list. So a revision is held to the degree that its
names are known with exactly its `updated_at` values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from accounts.models import User
from models_registry import policy
from models_registry.catalogue import fleet, history, release_history
from models_registry.definitions.checks import release_rules
from models_registry.definitions.facts.kinds import MODEL_TYPES, record_name
from models_registry.errors import NotAllowed, RevisionNotFound
from models_registry.models import (
    CatalogueList,
    ListRevision,
    ReleaseListRevision,
    ServerList,
)
from models_registry.permissions import Right
from models_registry.servers import client, releases
from models_registry.servers.access import hub_server
from models_registry.servers.requests import ServerRefused, ServerUnavailable

# The number of newest revisions to compare; if none of them fits well, the result is unknown.
COMPARED: Final = 20
MIN_SHARE: Final = 0.5

Stamps = Mapping[str, set[int]]


def ask_server(*, by: User) -> dict[str, fleet.Holding]:
    """Ask the server of XINFERENCE_ENDPOINT about all types, and record the result.

    Returns type → revision and share; types that the server does not know are missing. Raises
    NotAllowed and ServerUnavailable.
    """
    if not policy.holds(by, Right.UPDATE_CATALOGUE):
        raise NotAllowed("may_not_see_fleet")
    server = hub_server()
    if server is None:
        raise ServerUnavailable("no_server_configured")
    holdings: dict[str, fleet.Holding] = {}
    version = releases.version_of(server)
    for model_type in MODEL_TYPES:
        try:
            reported = stamps(model_type, client.registrations(server, model_type))
        except ServerRefused:
            continue
        holdings[model_type] = replace(_best(model_type, reported, version), version=version)
    fleet.record_holdings(ServerList.How.SERVER, server.address, holdings)
    return holdings


def stamps(model_type: str, records: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    """The `updated_at` of each name in some records.

    To a server, the variants of a world model are separate models (`world/__init__.py` of
    Xinference 4.1.0), with the time stamp of their family.
    """
    stamps_by_name: dict[str, set[int]] = {}
    for record in records:
        stamp = record.get("updated_at")
        specs = record.get("model_specs") if model_type == "world" else None
        variants = (
            [spec for spec in specs if isinstance(spec, dict)] if isinstance(specs, list) else []
        )
        for name in {record_name({**record, **variant}) for variant in variants or [{}]}:
            if name is not None and isinstance(stamp, int):
                stamps_by_name.setdefault(name, set()).add(stamp)
    return stamps_by_name


def _best(model_type: str, reported: Stamps, version: str) -> fleet.Holding:
    """The revision that fits best, of the list that names no version or of that for the server's.

    If several fit equally, one that is served comes first, then the newest.
    """
    served = CatalogueList.objects.filter(model_type=model_type).values_list("revision", flat=True)
    revisions = ListRevision.objects.filter(model_type=model_type).order_by("-number")
    release = release_rules.known_release(version) or ""
    stated = release_history.of(model_type, release).order_by("-number")
    best = fleet.Holding(None)
    for holding, body in chain(
        _bodies(revisions.filter(number__in=served)),
        _bodies_for_version(stated[:1]),
        _bodies(revisions.exclude(number__in=served)[:COMPARED]),
        _bodies_for_version(stated[1:COMPARED]),
    ):
        share = _share(stamps(model_type, json.loads(body)), reported)
        if share >= MIN_SHARE and share > (best.share or 0.0):
            best = replace(holding, share=share)
        if share == 1.0:
            break
    return best


def _bodies(revisions: Iterable[ListRevision]) -> Iterator[tuple[fleet.Holding, bytes]]:
    for revision in revisions:
        # It may be pruned meanwhile.
        with suppress(RevisionNotFound):
            yield fleet.Holding(revision.number), history.body_of(revision)


def _bodies_for_version(
    revisions: Iterable[ReleaseListRevision],
) -> Iterator[tuple[fleet.Holding, bytes]]:
    for revision in revisions:
        holding = fleet.Holding(revision.number, release=revision.release)
        yield holding, release_history.body_of(revision)


def _share(wanted: Stamps, reported: Stamps) -> float:
    if not wanted:
        return 0.0
    matches = (
        not reported.get(name, set()).isdisjoint(moments) for name, moments in wanted.items()
    )
    return sum(matches) / len(wanted)
