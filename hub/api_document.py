"""What the OpenAPI document says beyond the signatures of the operations: groups, how to send a
token and what it must allow, what parameters are, examples, and the errors of every operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Field, NinjaAPI, Schema
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema

from accounts.models import Scope
from hub.api_examples import ANSWERS, BODIES, QUERIES, error_of, example_of, sample_of

SECURITY_SCHEMES: Final = {
    "AccessToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token from the User Center, or from `POST /api/users/login`",
    },
    "ModelsToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Models-Token",
        "description": "The same token, as Xinference servers send it",
    },
}
# The parameter of the document's address, as at pages.
LANGUAGE: Final = "lang"
# The members of the document that people read, and those with values that programs send.
TEXTS: Final = frozenset({"summary", "description"})
VALUES: Final = frozenset({"example", "examples", "default", "enum", "const"})
# Reading what is the caller's own needs a token; all other reads take one.
OWN_PATHS: Final = ("/api/me/", "/api/proposals", "/api/requests")
# The groups as they are shown: name, description, and which paths belong to it. The last pattern
# that matches decides.
GROUPS: Final = (
    ("Models", "Find, register and change models.", "/api/models"),
    (
        "Lists",
        "What Xinference servers download, and the revisions of each list.",
        "/api/models/(lists|download)",
    ),
    ("Own models", "The models and drafts of the caller.", "/api/me/"),
    (
        "Ownership",
        "Rename a model, and give it to somebody else.",
        r"/api/(models/{model_id}/(name|offer)$|me/offers)",
    ),
    (
        "Requests of owners",
        "Ask reviewers for the expiry or removal of a public model.",
        "/api/(models/{model_id}/requests|requests)",
    ),
    (
        "Reviews",
        "Read proposals, decide on them, and read notifications.",
        "/api/(models/{model_id}/reviews|proposals|me/notifications)",
    ),
    (
        "Sign-in",
        "For programs that ask a person for their password. Others use an access token from the "
        "User Center.",
        "/api/users/",
    ),
)
# What a parameter is where its operation does not say it.
PARAMETERS: Final = {
    "draft_id": "The number of the draft",
    "fits": "Only models that fit a GPU with so many GB; `160` means two of 80 GB",
    "include_readme": "Whether each record has its README, as `readme`",
    "mine": "Only what concerns the caller",
    "model_id": "The number of the model",
    "model_name": "The exact name of one model",
    "model_type": "The type of the model",
    "name": "The exact name of the model",
    "name_or_id": "The number of the model; reading takes its exact name, too",
    "named": "Without other people's private models",
    "offer_id": "The number of the offer",
    "order": "What comes first",
    "page": "The number of the page",
    "pageSize": "The number of entries on a page",
    "proposal_id": "The number of the proposal",
    "query": "What to search for",
    "reason": "The reason, for upstream's maintainers",
    "request_id": "The number of the request",
    "revision": "The number of the revision",
    "state": "Only entries in this state",
    "unread": "Only what was not read yet",
    "visibility": "Which one, if several models have the name",
    "xinference_version": "A version of Xinference, such as `3.5.0`",
}


class ParameterError(Schema):
    """One field or parameter that is wrong, or that the operation does not know."""

    field: str = Field(description="As the caller wrote it")
    place: str = Field(alias="in", description="`query`, `path` or `body`")
    code: str = Field(description="`unknown`, `missing`, or what the value is not")
    message: str
    suggestion: str | None = Field(None, description="The known name that is most like it")


class ParameterErrorsAnswer(Schema):
    """Everything that is wrong with the names and values of a request."""

    error_code: str
    message: str
    errors: list[ParameterError] = []


class HubAPI(NinjaAPI):
    """The API with a document that a program can be written against."""

    def get_openapi_schema(self, *args: Any, **options: Any) -> OpenAPISchema:
        """The OpenAPI document."""
        document = super().get_openapi_schema(*args, **options)
        components = document["components"]
        components["securitySchemes"] = SECURITY_SCHEMES
        shape = ParameterErrorsAnswer.model_json_schema(ref_template=REF_TEMPLATE)
        components["schemas"] |= shape.pop("$defs") | {ParameterErrorsAnswer.__name__: shape}
        # The first is used by programs that read it here, at whatever address.
        document["servers"] = [
            {"url": "/", "description": "The hub that serves this document"},
            {"url": settings.SITE_URL},
        ]
        document["tags"] = [{"name": name, "description": text} for name, text, _ in GROUPS]
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                _complete(method, path, operation, components["schemas"])
        # Parts of it are constants: they are replaced, not changed.
        document.update(translate(dict(document)))
        return document


def language_of(request: HttpRequest) -> str:
    """The language that the address of the document names; English otherwise, whoever reads it."""
    language = request.GET.get(LANGUAGE, "").lower()
    return language if language in dict(settings.LANGUAGES) else "en"


def translate(part: Any, translation: Callable[[str], str] = gettext) -> Any:
    """A part of the document with what people read translated. `hub.api_texts` has all of it."""
    if isinstance(part, list):
        return [translate(item, translation) for item in part]
    if not isinstance(part, dict):
        return part
    made: dict[str, Any] = {}
    for name, value in part.items():
        if name in TEXTS and isinstance(value, str):
            made[name] = translation(value)
        elif name == "tags":
            made[name] = [_translated_tag(tag, translation) for tag in value]
        else:
            made[name] = value if name in VALUES else translate(value, translation)
    return made


def _translated_tag(tag: Any, translation: Callable[[str], str]) -> Any:
    """The name of a group, or the group with its description."""
    return translation(tag) if isinstance(tag, str) else {k: translation(v) for k, v in tag.items()}


def _complete(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    needs_token = False
    operation["tags"] = [[name for name, _, paths in GROUPS if re.match(paths, path)][-1]]
    if not path.startswith("/api/users/"):
        scope = Scope.READ if method == "get" else Scope.WRITE
        tokens: list[dict[str, Any]] = [{name: [scope.value]} for name in SECURITY_SCHEMES]
        needs_token = method != "get" or path.startswith(OWN_PATHS)
        operation["security"] = tokens if needs_token else [{}, *tokens]
    for parameter in operation["parameters"]:
        if parameter["name"] in PARAMETERS:
            parameter.setdefault("description", PARAMETERS[parameter["name"]])
        if parameter["in"] == "path":
            parameter["example"] = sample_of(method, parameter["name"])
        elif (value := QUERIES.get((method, path), {}).get(parameter["name"])) is not None:
            parameter["example"] = value
    if (example := BODIES.get((method, path))) is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example
    responses = {str(status): answer for status, answer in operation["responses"].items()}
    if method != "get":
        responses.setdefault("429", {"description": "Too Many Requests"})
    if "If-Match" not in {parameter["name"] for parameter in operation["parameters"]}:
        responses.pop("412", None)
    responses["400"] = {
        "description": "Bad Request",
        "content": _json(ParameterErrorsAnswer.__name__, None),
    }
    for status, answer in responses.items():
        example = error_of(method, path, status, needs_token=needs_token)
        if example is not None:
            content = answer.setdefault("content", _json("ErrorAnswer", None))["application/json"]
            shape = content["schema"]
            required = schemas[shape["$ref"].rpartition("/")[2]].get("required", ())
            content["example"] = {
                name: example.get(name, value)
                for name, value in example_of(shape, schemas).items()
                if name in example or name in required
            }
    for status, answer in responses.items():
        if status.startswith("2") and "content" in answer:
            content = answer["content"]["application/json"]
            example = ANSWERS.get((method, path)) or example_of(content["schema"], schemas)
            content["example"] = example
    operation["responses"] = responses


def _json(schema: str, example: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": REF_TEMPLATE.format(model=schema)}}
    return {"application/json": content | ({"example": example} if example is not None else {})}
