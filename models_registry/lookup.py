"""Finds the model that a page's address means."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from models_registry.definitions.kinds import name_key
from models_registry.models import ModelType, RegisteredModel
from models_registry.querysets import RegisteredModelQuerySet

MAX_DIGITS = 18


def find_models(
    user: User | AnonymousUser, name_or_id: str, model_type: str = ""
) -> list[RegisteredModel]:
    """The visible models that an address means: none, one, or several to choose from.

    A number is an id first and a name second; a name is looked for as written, and only if there is
    none also in other letter case. An unknown type is passed over. Each comes with its published
    revision and its upstream file's marks, in the order public, enterprise, private.
    """
    visible = RegisteredModel.objects.visible_to(user)
    if name_or_id.isascii() and name_or_id.isdigit() and len(name_or_id) <= MAX_DIGITS:
        by_number = _loaded(visible.filter(pk=int(name_or_id)))
        if by_number:
            return by_number
    if not name_or_id or "\x00" in name_or_id:
        return []
    if model_type in ModelType.values:
        visible = visible.filter(model_type=model_type)
    return _loaded(visible.filter(name=name_or_id)) or _loaded(
        visible.filter(name_key=name_key(name_or_id))
    )


def shares_its_name(user: User | AnonymousUser, model: RegisteredModel) -> bool:
    """Whether the user may see another model of the same name, in whatever letter case."""
    visible = RegisteredModel.objects.visible_to(user)
    return visible.filter(name_key=model.name_key).exclude(pk=model.pk).exists()


def _loaded(models: RegisteredModelQuerySet) -> list[RegisteredModel]:
    found = models.select_related("published_revision", "upstream_file", "owner").defer(
        "upstream_file__text", "search_text"
    )
    rank = {"public": 0, "enterprise": 1, "private": 2}
    return sorted(found, key=lambda model: (model.model_type, rank[model.visibility], model.pk))
