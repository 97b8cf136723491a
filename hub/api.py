"""The hub's API: the apps' routers, one format of errors, one OpenAPI document."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from django.views.decorators.http import require_safe
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from accounts.api import router as accounts_router
from accounts.authentication import caller
from accounts.errors import DomainError
from hub.api_document import HubAPI, language_of
from hub.strict_requests import strict
from models_registry.api import (  # noqa: F401 - the imports fill the routers
    catalogue,
    declared,
    github_webhook,
    maintenance,
    own_models,
    ownership,
    revisions,
)
from models_registry.api.router import router as models_router
from reviews.api import decisions, notifications, proposals, requests  # noqa: F401
from reviews.api.router import router as reviews_router

api = HubAPI(
    title="Xinference Models Hub",
    version="1",
    description=(
        "Lists and definitions of the models that Xinference serves. Send an access token as "
        "`Authorization: Bearer TOKEN` or `X-Models-Token: TOKEN`; without one, you see public "
        "models only. Errors are JSON with `error_code` and `message`. Names that an operation "
        "does not know are refused, except where Xinference servers read. Lists have `page` and "
        "`pageSize`, and a `Link` header. Each person's writes are limited: see the `RateLimit` "
        "headers."
    ),
    auth=caller,
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
for router in (accounts_router, models_router, reviews_router):
    router.add_decorator(strict, mode="view")
api.add_router("/users", accounts_router)
api.add_router("", models_router)
api.add_router("", reviews_router)


@require_safe
def openapi_document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document in English, or in the language that the address names."""
    language = language_of(request)
    response = api.create_response(request, document_in(language, settings.SITE_URL), status=200)
    response.headers["Content-Language"] = language
    return response


@lru_cache(maxsize=4)
def document_in(language: str, site_url: str) -> OpenAPISchema:
    """The OpenAPI document in a language. Kept: to build it takes half a second."""
    with override(language):
        return api.get_openapi_schema()


@api.exception_handler(DomainError)
def refuse(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer a domain error with its own status."""
    answer = {"error_code": error.error_code, "message": error.message, **error.details}
    response = api.create_response(request, answer, status=error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in error.details:
        response.headers["Retry-After"] = str(error.details["retry_after"])
    return response


@api.exception_handler(ValidationError)
def refuse_parameters(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer parameters or a body that are not valid, each named as the caller wrote it."""
    errors: dict[tuple[str, str], dict[str, Any]] = {}
    for item in error.errors:
        place, *path = (str(part) for part in item["loc"])
        # The first part of a body's path is the name of our own variable, and what follows the
        # member is of our own types, such as the sides of a union.
        field = (path[1] if len(path) > 1 else "body") if place == "body" else ".".join(path)
        known = errors.get((place, field))
        if known is None:
            known = {"field": field, "in": place, "code": item["type"], "message": item["msg"]}
            errors[place, field] = known
        elif item["msg"] not in known["message"]:
            known["message"] += f" Or: {item['msg']}"
    answer = {
        "error_code": "INVALID_PARAMETER",
        "message": "; ".join(f"{each['field']}: {each['message']}" for each in errors.values()),
        "errors": list(errors.values()),
    }
    return api.create_response(request, answer, status=400)


@api.exception_handler(HttpError)
def refuse_request(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer errors of the framework, such as a body that is not JSON."""
    answer = {"error_code": "BAD_REQUEST", "message": str(error)}
    return api.create_response(request, answer, status=error.status_code)
