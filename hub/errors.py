"""Error pages: HTML for people, JSON for programs."""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import get_language_from_request, gettext, override

from hub import kept_form
from models_registry import model_search
from models_registry.models import RegisteredModel

API = "/api/"
MAX_SUGGESTIONS = 5
RETRY_AFTER_SECONDS = 10

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for a request that is too large."""
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return too_large(request)
    if request.path.startswith(API):
        return _json(400, "BAD_REQUEST", "The request is not valid. Go back and try again.")
    return HttpResponse(_bare(request, "400.html"), status=400)


def too_large(request: HttpRequest) -> HttpResponse:
    """413: the form, the file or the body exceeds a limit of the hub."""
    megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_048_576
    if request.path.startswith(API):
        message = f"The request is too large. Send at most {megabytes} MB."
        return _json(413, "REQUEST_TOO_LARGE", message)
    context = {"megabytes": megabytes, "fields": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS}
    return HttpResponse(_bare(request, "413.html", context), status=413)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the visitor may not do this."""
    if request.path.startswith(API):
        return _json(403, "PERMISSION_DENIED", str(exception) or "You may not do this.")
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without a valid CSRF token; a form with a new one keeps what was typed."""
    context = {
        "page": kept_form.page_of(request),
        "can_send_again": kept_form.comes_from_own_page(request),
        **kept_form.context(request),
    }
    return render(request, "403_csrf.html", context, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 with a search box and, for a model's page, visible models with similar names."""
    if request.path.startswith(API):
        return _json(404, "NOT_FOUND", f"There is nothing at {request.path}.")
    name = _model_name(request)
    context = {"wanted": name, "similar": similar_models(request, name) if name else []}
    return render(request, "404.html", context, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 if the database fails. Uses neither database nor context: they may fail."""
    error = sys.exc_info()[1]
    # SQLite raises DatabaseError itself for a damaged file.
    if isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError:
        return _busy(request)
    if request.path.startswith(API):
        message = "An error occurred on the server. Try again later, or tell the administrators."
        return _json(500, "SERVER_ERROR", message)
    try:
        return HttpResponseServerError(_bare(request, "500.html"))
    # The error page must not fail itself, whatever has failed.
    except Exception:
        logger.exception("The error page could not be rendered.")
        return HttpResponseServerError(gettext("Something went wrong on our side."))


def _busy(request: HttpRequest) -> HttpResponse:
    """503: the database is down, full, read-only, or busy for too long."""
    if request.path.startswith(API):
        message = "The database is not available right now. Nothing was changed. Try again later."
        response: HttpResponse = _json(503, "DATABASE_UNAVAILABLE", message)
    else:
        response = HttpResponse(_bare(request, "503.html"), status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response


def _bare(request: HttpRequest, template: str, context: dict[str, Any] | None = None) -> str:
    """A page that needs neither session nor database, in the language that the browser asks for.

    The error may have come before the middleware that finds the language.
    """
    with override(get_language_from_request(request)):
        return loader.render_to_string(template, context)


def similar_models(request: HttpRequest, name: str) -> list[RegisteredModel]:
    """The visible models with the most similar names, best first."""
    named = RegisteredModel.objects.named_for(request.user)
    near = [model.pk for model in model_search.similar(named, name, MAX_SUGGESTIONS)]
    models = named.filter(pk__in=near).only("name", "name_key", "model_type", "visibility")
    return sorted(models, key=lambda model: near.index(model.pk))


def _model_name(request: HttpRequest) -> str:
    """The model's name, if the address belongs to a model's page; else ""."""
    match = request.resolver_match
    return str(match.kwargs.get("name_or_id", "")) if match else ""


def _json(status: int, error_code: str, message: str) -> JsonResponse:
    return JsonResponse({"error_code": error_code, "message": message}, status=status)
