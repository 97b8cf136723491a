"""Which repositories must be visited for the READMEs of models."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from models_registry.definitions.facts.kinds import name_key
from models_registry.errors import InvalidParameter
from models_registry.models import (
    ModelSource,
    RegisteredModel,
    RepositoryRecord,
    RepositoryRecordQuerySet,
    Visibility,
)
from models_registry.source_links import readme_wanted


def repositories_for(names: Iterable[str] = ()) -> RepositoryRecordQuerySet:
    """The repositories whose README may stand for these models, NAME or TYPE/NAME.

    Without names those of all models that show a generated README, unless it is known and fresh.
    Raises InvalidParameter for a name that no model has which everybody may visit.
    """
    wanted = RepositoryRecord.objects.visitable().filter(readme_wanted())
    keys = [key for name in names for key in _models_named(name)]
    if keys:
        links = ModelSource.objects.filter(model__in=keys, is_first=True)
        return wanted.filter(pk__in=links.values("repository"))
    return wanted.filter(Q(readme_of="") | Q(next_visit_at__lte=timezone.now()))


def _models_named(text: str) -> list[int]:
    model_type, _, name = text.rpartition("/")
    shared = RegisteredModel.objects.published().exclude(visibility=Visibility.PRIVATE)
    found = shared.filter(name_key=name_key(name or text))
    if model_type:
        found = found.filter(model_type=model_type)
    keys = list(found.values_list("pk", flat=True))
    if not keys:
        raise InvalidParameter("no_shared_model_named", name=text)
    return keys
