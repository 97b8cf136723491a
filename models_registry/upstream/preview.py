"""A pull request as it would look, for changes that have not been sent."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from models_registry.definitions.problems import DefinitionTextError
from models_registry.outbox_tables import UpstreamChange
from models_registry.upstream import words
from models_registry.upstream.delivery import origin_of
from models_registry.upstream.patch import plan_from_last_seen


@dataclass(frozen=True, slots=True)
class Preview:
    """Title and body, to be copied where there is no token to send them with."""

    title: str
    body: str


def preview(change: UpstreamChange) -> Preview | None:
    """What the pull request of one change would say; None where nothing would change upstream."""
    try:
        plan = plan_from_last_seen(change)
    except DefinitionTextError:
        return None
    if not plan.changes:
        return None
    origins = {(change.model_type, change.name): origin_of(change)}
    return Preview(words.title(plan), words.body(plan, origins, hub=settings.SITE_URL))
