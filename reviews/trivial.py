"""Which updates are so small that they may be approved in bulk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from models_registry.definitions import text as definition_text
from models_registry.models import Revision

# Fields that no server acts on.
HARMLESS = frozenset({"updated_at", "featured", "model_description"})


def reasons_against(revision: Revision) -> list[str]:
    """Why the proposal can't be approved in bulk, as sentences; empty for a trivial update.

    Trivial is an update of a published model that leaves its visibility as it is and changes
    nothing but the README, descriptions, `featured` and `updated_at`; so it carries no risk that
    the published revision has not.
    """
    published = revision.model.published_revision
    if published is None:
        return [_("The model is new.")]
    reasons = []
    if revision.visibility != published.visibility:
        reasons.append(_("It changes who may see the model."))
    if revision.base_id != published.pk:
        reasons.append(_("Another revision was published since it was submitted."))
    if _substance(revision.definition) != _substance(published.definition):
        reasons.append(_("It changes more than the README, description or featured mark."))
    if revision.loading_problems:
        reasons.append(_("Servers would refuse it."))
    return reasons


def _substance(text: str) -> list[str]:
    """The records without the harmless fields; 3 and 3.0, and other key orders, stay apart."""
    records: list[Mapping[str, Any]] = list(definition_text.parse(text).records)
    return [
        json.dumps({key: value for key, value in record.items() if key not in HARMLESS})
        for record in records
    ]
