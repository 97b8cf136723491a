"""What visitors get instead of a page: for people a page that helps, for programs JSON."""

from __future__ import annotations

import logging
from difflib import get_close_matches

from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext

from models_registry.models import RegisteredModel
from models_registry.querysets import normalised

API = "/api/"
MAX_COMPARED = 2000
MAX_SUGGESTIONS = 5

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request that can't be answered; the page needs nothing of it."""
    if request.path.startswith(API):
        return _json(400, "BAD_REQUEST", "The request can't be understood.")
    return HttpResponse(loader.render_to_string("400.html"), status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in or not, this is not for the visitor."""
    if request.path.startswith(API):
        return _json(403, "PERMISSION_DENIED", str(exception) or "You may not do this.")
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: with a search box and, where a model was asked for, visible models of similar names."""
    if request.path.startswith(API):
        return _json(404, "NOT_FOUND", f"There is nothing at {request.path}.")
    wanted = _wanted_name(request)
    context = {"wanted": wanted, "similar": similar_models(request, wanted) if wanted else []}
    return render(request, "404.html", context, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: needs neither database nor context, since one of them may be what failed."""
    if request.path.startswith(API):
        message = "The server could not answer this request. Its log says why."
        return _json(500, "SERVER_ERROR", message)
    try:
        return HttpResponseServerError(loader.render_to_string("500.html"))
    # The page that reports failures must not fail itself, whatever broke.
    except Exception:
        logger.exception("The error page could not be rendered.")
        return HttpResponseServerError(gettext("Something went wrong on our side."))


def similar_models(request: HttpRequest, name: str) -> list[RegisteredModel]:
    """The visible models whose names are nearest to what was asked for, best first."""
    visible = RegisteredModel.objects.visible_to(request.user).order_by("name_key", "pk")
    keys = visible.values_list("name_key", flat=True).distinct()[:MAX_COMPARED]
    near = get_close_matches(normalised(name)[:100], keys, n=MAX_SUGGESTIONS, cutoff=0.5)
    found = {
        model.name_key: model
        for model in visible.filter(name_key__in=near).only("name", "name_key", "model_type")
    }
    return [found[key] for key in near if key in found]


def _wanted_name(request: HttpRequest) -> str:
    """The model's name in the address, if it was one of a model's page."""
    match = request.resolver_match
    return str(match.kwargs.get("name_or_id", "")) if match else ""


def _json(status: int, error_code: str, message: str) -> JsonResponse:
    return JsonResponse({"error_code": error_code, "message": message}, status=status)
