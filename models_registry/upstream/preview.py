"""A pull request as it would look, for changes that have not been sent."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.models import UpstreamChange
from models_registry.upstream import texts
from models_registry.upstream.origins import origin_of
from models_registry.upstream.patch import plan_from_last_seen


@dataclass(frozen=True, slots=True)
class Preview:
    """Title and body, to be copied by a person if the hub has no token to send them."""

    title: str
    body: str


def preview(change: UpstreamChange) -> Preview | None:
    """The pull request of one change as it would look; None if nothing would change upstream."""
    try:
        plan = plan_from_last_seen(change)
    except DefinitionTextError:
        return None
    if not plan.changes:
        return None
    origins = {(change.model_type, change.name): origin_of([change])}
    return Preview(texts.title(plan), texts.body(plan, origins, hub=settings.SITE_URL))
