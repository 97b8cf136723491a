"""Derives again what pages, search and lists know of published models, after the rules changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import QuerySet

from models_registry import publication
from models_registry.changes import changing
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.models import RegisteredModel
from models_registry.rules_version import DERIVED_BY


@dataclass(slots=True)
class Report:
    """How many models were derived again, which came out otherwise, and what was in the way."""

    checked: int = 0
    changed: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def derive_all_again(*, only_stale: bool = False) -> Report:
    """Derive every published model again, type by type, each in a transaction of its own.

    `only_stale`: only those that were derived by other rules than today's. The lists of types in
    which something changed are built again; if the process ends before that, the workers see that
    those lists are stale. A model that can't be read stays as it was.
    """
    report = Report()
    for model_type in MODEL_TYPES:
        published = RegisteredModel.objects.filter(published_revision__isnull=False)
        found = (stale_models() if only_stale else published).filter(model_type=model_type)
        before = len(report.changed)
        for model in found.only("pk", "model_type", "name").order_by("pk"):
            _derive_again(model, report)
        if len(report.changed) > before:
            with changing() as change:
                change.build_lists([model_type])
    return report


def stale_models() -> QuerySet[RegisteredModel]:
    """The published models that were derived by other rules than today's."""
    published = RegisteredModel.objects.filter(published_revision__isnull=False)
    return published.exclude(derived_by=DERIVED_BY)


def _derive_again(model: RegisteredModel, report: Report) -> None:
    report.checked += 1
    try:
        if publication.derive_again(model):
            report.changed.append(str(model))
    except DefinitionTextError as error:
        report.failures.append(f"{model}: {error}")
    except RegisteredModel.DoesNotExist:
        # It was deleted a moment ago.
        report.checked -= 1
