"""The picture of a public model for other sites."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.views.decorators.http import require_safe

from hub.context import SITE_NAME
from models_registry import labels
from models_registry.models import RegisteredModel
from models_registry.pages import link_picture

_SECONDS: Final = 86_400
# Shorter: a model that is made private must not stay with proxies for long.
_KEPT_SECONDS: Final = 3_600


@require_safe
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The PNG. SECURITY: alike for everybody, so only of what visitors without an account see."""
    visible = RegisteredModel.objects.visible_to(AnonymousUser())
    model = get_object_or_404(visible.filter(published_revision__isnull=False), pk=pk)
    key = f"link-picture:1:{model.pk}:{model.published_revision_id}"
    body = cache.get(key)
    if body is None:
        body = _drawn(model)
        cache.set(key, body, _SECONDS)
    response = HttpResponse(body, content_type="image/png")
    response["Cache-Control"] = f"public, max-age={_KEPT_SECONDS}"
    return response


def _drawn(model: RegisteredModel) -> bytes:
    # Other sites show it to readers of any language; the font has Latin letters.
    with translation.override("en"):
        facts = [
            labels.sizes_label(model.facts.get("sizes_in_billions") or ()),
            labels.tokens_label(model.context_length) if model.context_length else "",
            ", ".join(labels.ability_label(each) for each in model.facts.get("abilities", ())[:3]),
        ]
        kind = str(model.get_model_type_display())
    return link_picture.draw(model.name, kind, [fact for fact in facts if fact], SITE_NAME)
