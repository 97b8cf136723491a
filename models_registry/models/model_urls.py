"""Finds the model that the address of a page refers to."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple, Protocol

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from accounts.models import User
from hub.numbers import whole_number
from models_registry.definitions.facts.kinds import is_valid_name, name_key
from models_registry.models import RegisteredModelQuerySet, Visibility
from models_registry.models.former_names import FormerName
from models_registry.models.registry import ModelType, RegisteredModel


class FoundModels(NamedTuple):
    """The models that an address may refer to: none, one, or several to choose from.

    `ambiguous` holds the name key that they share with each other or with another model for the
    user; None if they were found by number.
    """

    models: list[RegisteredModel]
    ambiguous: frozenset[str] | None


def find_models(user: User | AnonymousUser, name_or_id: str, model_type: str = "") -> FoundModels:
    """The visible models that an address may refer to.

    A number is first looked up as an id, then as a name. A name is looked up as written, and in
    other letter case only if that finds nothing. A closed proposal has released its name and is
    found only by number. An unknown type is ignored. Each model comes with its published revision
    and the marks of its upstream file, in the order of `named_for`.
    """
    number = whole_number(name_or_id)
    if number is not None:
        visible = RegisteredModel.objects.visible_to(user)
        if by_number := _loaded(visible.filter(pk=number)):
            return FoundModels(by_number, None)
    if not name_or_id or "\x00" in name_or_id:
        return FoundModels([], None)
    key = name_key(name_or_id)
    named = _loaded(RegisteredModel.objects.named_for(user).filter(name_key=key))
    ambiguous = frozenset([key]) if len(named) > 1 else frozenset()
    if model_type in ModelType.values:
        named = [model for model in named if model.model_type == model_type]
    as_written = [model for model in named if model.name == name_or_id]
    return FoundModels(as_written or named, ambiguous)


def renamed_models(
    user: User | AnonymousUser, name: str, model_type: str = ""
) -> list[RegisteredModel]:
    """The visible models that had exactly this name, which no model has now for the user: for each
    type the one that gave it up last. Pages redirect to it, for as long as it exists.
    """
    if not name or "\x00" in name:
        return []
    rows = FormerName.objects.named_for(user, name)
    if model_type in ModelType.values:
        rows = rows.filter(model_type=model_type)
    found: dict[str, RegisteredModel] = {}
    for row in rows.select_related("model"):
        found.setdefault(row.model_type, row.model)
    return list(found.values())


def shares_its_name(user: User | AnonymousUser, model: RegisteredModel) -> bool:
    """Whether the name, in any letter case, can refer to another model for the user."""
    named = RegisteredModel.objects.visible_to(user).nameable_by(user)
    return named.filter(name_key=model.name_key).exclude(pk=model.pk).exists()


def _loaded(models: RegisteredModelQuerySet) -> list[RegisteredModel]:
    return list(
        models.select_related(
            "published_revision", "upstream_file", "owner", "source_summary"
        ).defer("upstream_file__text", "search_text")
    )


class NamedModel(Protocol):
    """What an address says of a model."""

    pk: int
    name: str
    name_key: str
    visibility: str


def model_address(model: NamedModel, ambiguous: Collection[str] = ()) -> str:
    """The address of a model's page: by name, or by number if the name is not enough.

    `ambiguous` holds the name keys that several models have. A closed proposal has released its
    name. The name of a private model refers to it only for its owner, so its owner can share only
    the number.
    """
    is_private = model.visibility == Visibility.PRIVATE
    is_closed = model.name_key != name_key(model.name)
    says_too_little = model.name.isdigit() or not is_valid_name(model.name)
    if is_private or is_closed or model.name_key in ambiguous or says_too_little:
        return _address(str(model.pk))
    return _address(model.name)


@lru_cache(maxsize=5_000)
def _address(name_or_id: str) -> str:
    """Kept: a list has one for each row."""
    return reverse("models_registry:model_detail", args=[name_or_id])
