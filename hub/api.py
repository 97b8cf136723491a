"""The hub's API: the rooms' routers under one roof, one shape of errors, one OpenAPI document."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Swagger
from ninja.errors import HttpError, ValidationError

from accounts.api import router as accounts_router
from accounts.authentication import caller
from accounts.errors import DomainError
from models_registry.api import catalogue, maintenance, upstream  # noqa: F401 - they fill the router
from models_registry.api.router import router as models_router
from reviews.api import router as reviews_router

api = NinjaAPI(
    title="Xinference Models Hub",
    version="1",
    description=(
        "Lists and definitions of the models that Xinference serves. Send an access token as "
        "`Authorization: Bearer TOKEN` or `X-Models-Token: TOKEN`; without one, public models are "
        "seen. Errors are JSON with `error_code` and `message`."
    ),
    auth=caller,
    docs=Swagger(settings={"persistAuthorization": False}),
    docs_url="/docs",
    openapi_url="/openapi.json",
    urls_namespace="api",
)
api.add_router("/users", accounts_router)
api.add_router("", models_router)
api.add_router("", reviews_router)


@api.exception_handler(DomainError)
def refuse(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal of one of the rooms, with its own status."""
    answer = {"error_code": error.error_code, "message": error.message, **error.details}
    response = api.create_response(request, answer, status=error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in error.details:
        response.headers["Retry-After"] = str(error.details["retry_after"])
    return response


@api.exception_handler(ValidationError)
def refuse_parameters(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters or a body that can't be used, all of them named."""
    wrong = [
        f"{'.'.join(str(part) for part in item['loc'][1:])}: {item['msg']}" for item in error.errors
    ]
    answer = {"error_code": "INVALID_PARAMETER", "message": "; ".join(wrong)}
    return api.create_response(request, answer, status=400)


@api.exception_handler(HttpError)
def refuse_request(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that is no JSON, and other refusals of the framework."""
    answer = {"error_code": "BAD_REQUEST", "message": str(error)}
    return api.create_response(request, answer, status=error.status_code)
