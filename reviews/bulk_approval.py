"""Trivial updates, which can be approved in bulk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from models_registry.definitions.json_text import document as definition_text
from models_registry.models import Revision

# Fields that do not affect servers.
HARMLESS = frozenset({"updated_at", "featured", "model_description"})


def reasons_against(revision: Revision) -> list[str]:
    """Why the proposal can't be approved in bulk, as sentences; empty for a trivial update.

    A trivial update of a published model keeps its visibility and changes only the README,
    descriptions, `featured` and `updated_at`: it adds no risk.
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
        reasons.append(_("Servers can't load it."))
    return reasons


def _substance(text: str) -> list[str]:
    """The records without the harmless fields; 3 differs from 3.0, and key order counts."""
    records: list[Mapping[str, Any]] = list(definition_text.parse(text).records)
    return [
        json.dumps({key: value for key, value in record.items() if key not in HARMLESS})
        for record in records
    ]
