"""Asks the Xinference server which revision of each list it holds, as far as that can be told.

A server does not say what it downloaded. It says of each model what it knows, of which the newest
`updated_at` won: that of its package, or that of the list. So a revision is held as far as the
names in it are known with the very `updated_at` that it has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.models import User
from models_registry import policy
from models_registry.catalogue import fleet, history
from models_registry.catalogue_tables import ListRevision, ServerList
from models_registry.definitions.kinds import MODEL_TYPES, record_name
from models_registry.errors import NotAllowed
from models_registry.launch import client
from models_registry.launch.asking import ServerRefused, ServerUnavailable
from models_registry.launch.servers import hub_server
from models_registry.models import CatalogueList

# So many of the newest revisions are compared; what fits none of them well is not known.
COMPARED: Final = 20
MIN_SHARE: Final = 0.5

Stamps = Mapping[str, set[int]]


def ask_server(*, by: User) -> dict[str, fleet.Holding]:
    """Ask the server of XINFERENCE_ENDPOINT for all types, and note what it holds.

    Out: type → revision and share; a type that the server does not know is missing. Raises
    NotAllowed and ServerUnavailable.
    """
    if not policy.holds(by, "update_catalogue"):
        raise NotAllowed(_("You may not see which servers hold which lists."))
    server = hub_server()
    if server is None:
        raise ServerUnavailable(_("No Xinference server is configured (XINFERENCE_ENDPOINT)."))
    found: dict[str, fleet.Holding] = {}
    for model_type in MODEL_TYPES:
        try:
            known = stamps(model_type, client.registrations(server, model_type))
        except ServerRefused:
            continue
        found[model_type] = _best(model_type, known)
    fleet.note(ServerList.How.SERVER, server.address, found)
    return found


def stamps(model_type: str, records: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    """The `updated_at` of each name in some records.

    The variants of a world model are models of their own to a server (`world/__init__.py` of
    Xinference 4.1.0), with the time stamp of their family.
    """
    found: dict[str, set[int]] = {}
    for record in records:
        stamp = record.get("updated_at")
        specs = record.get("model_specs") if model_type == "world" else None
        variants = (
            [one for one in specs if isinstance(one, dict)] if isinstance(specs, list) else []
        )
        for name in {record_name({**record, **one}) for one in [*variants] or [{}]}:
            if name is not None and isinstance(stamp, int):
                found.setdefault(name, set()).add(stamp)
    return found


def _best(model_type: str, known: Stamps) -> fleet.Holding:
    """The revision that fits best; of several that fit alike, the served one, then the newest."""
    served = CatalogueList.objects.filter(model_type=model_type).values_list("revision", flat=True)
    kept = ListRevision.objects.filter(model_type=model_type).order_by("-number")
    candidates = [*kept.filter(number__in=served), *kept.exclude(number__in=served)[:COMPARED]]
    best = fleet.Holding(None)
    for revision in candidates:
        share = _share(stamps(model_type, json.loads(history.body_of(revision))), known)
        if share >= MIN_SHARE and share > (best.share or 0.0):
            best = fleet.Holding(revision.number, share)
        if share == 1.0:
            break
    return best


def _share(wanted: Stamps, known: Stamps) -> float:
    if not wanted:
        return 0.0
    return sum(not known.get(name, set()).isdisjoint(has) for name, has in wanted.items()) / len(
        wanted
    )
