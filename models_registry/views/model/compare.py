"""Models side by side, at an address to share."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hub.anonymous_pages import same_for_everybody
from hub.numbers import whole_number
from models_registry.pages import side_by_side as comparing

# Nobody chose more than this in the list.
MAX_NUMBERS = 40


@require_safe
def compare_models(request: HttpRequest) -> HttpResponse:
    """The models whose numbers the address has as `model`, at most four."""
    numbers = [whole_number(text) for text in request.GET.getlist("model")[:MAX_NUMBERS]]
    context = {
        "comparison": comparing.side_by_side(
            request.user,
            [number for number in numbers if number is not None],
            shows_uses=settings.ENV.use_counts,
        ),
        "least": comparing.LEAST,
        "most": comparing.MOST,
    }
    response = render(request, "models_registry/model/compare_models.html", context)
    same_for_everybody(request, response)
    return response
