"""Models that upstream removes, and the page on which removals are decided."""

from __future__ import annotations

import re

from models_registry.definitions.upstream_files.layouts import AGGREGATE_PATHS
from models_registry.models import (
    RegisteredModel,
    UpstreamChange,
)
from models_registry.sync.follow_upstream import record_expired, record_leftovers
from models_registry.upstream import removals
from tests.models_registry.upstream.deliveries import send

AGGREGATE = AGGREGATE_PATHS["llm"]


NAMES = ("alpha", "beta", "gamma")


def expired() -> set[str]:
    return {model.name for model in RegisteredModel.objects.all() if model.is_expired()}


def nothing_is_asked_of_upstream(github) -> bool:
    record_expired()
    record_leftovers()
    send()
    return not github.pulls and not UpstreamChange.objects.exists()


def waiting_page(client, user) -> tuple[str, str]:
    """The page and the version of its list."""
    client.force_login(user)
    page = client.get("/upstream").content.decode()
    return page, re.search(r'name="version" value="(\w+)"', page).group(1)


def decide(client, action: str, version: str, rows=None):
    chosen = [row.pk for row in (removals.waiting() if rows is None else rows)]
    return client.post(
        "/upstream/removals", {"action": action, "version": version, "removal": chosen}
    )
