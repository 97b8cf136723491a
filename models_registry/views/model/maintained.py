"""Finding a model that the visitor may see or change."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from accounts.models import User
from models_registry import policy
from models_registry.models import RegisteredModel


def visible_model(request: HttpRequest, pk: int) -> RegisteredModel:
    """The model with this number. Raises Http404 if the visitor may not see it."""
    visible = RegisteredModel.objects.visible_to(request.user)
    loaded = visible.select_related(
        "published_revision", "upstream_file", "owner", "source_summary"
    ).defer("upstream_file__text", "search_text")
    model = loaded.filter(pk=pk).first()
    if model is None:
        raise Http404
    return model


def maintained_model(request: HttpRequest, pk: int) -> tuple[User, RegisteredModel]:
    """The visitor and the model with this number. Raises Http404 if they may not change it."""
    model = visible_model(request, pk)
    if not isinstance(request.user, User) or not policy.verbs(request.user, model):
        raise Http404
    return request.user, model
