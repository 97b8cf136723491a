"""What the OpenAPI document says beyond the signatures of the operations: how to send a token,
examples, and the errors that every operation may answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, gettext
from ninja import Field, NinjaAPI, Schema
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema

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
TINY: Final = [
    {
        "version": 2,
        "model_name": "tiny-llm",
        "model_description": "A small language model.",
        "context_length": 32768,
        "model_lang": ["en", "zh"],
        "model_ability": ["chat"],
        "model_specs": [
            {
                "model_format": "pytorch",
                "model_size_in_billions": "0_6",
                "model_src": {
                    "huggingface": {
                        "model_id": "example/tiny-llm",
                        "model_revision": "main",
                        "quantizations": ["none"],
                    }
                },
            }
        ],
        "architectures": ["Qwen3ForCausalLM"],
    }
]
BODIES: Final[dict[tuple[str, str], dict[str, Any]]] = {
    ("post", "/api/users/login"): {"usernameOrEmail": "ada", "password": "correct horse battery"},
    ("post", "/api/users/refresh"): {"token": "xhub_…"},
    ("post", "/api/models"): {
        "model_type": "llm",
        "definition": TINY,
        "readme": "# tiny-llm\n",
        "visibility": "private",
        "message": "First version",
    },
    ("put", "/api/models/{model_type}/{name}"): {
        "definition": TINY,
        "visibility": "private",
        "message": "As in git",
    },
    ("put", "/api/models/{name_or_id}"): {"readme": "# tiny-llm\n", "base_revision": 1},
    ("put", "/api/models/{model_id}/expiry"): {"expires_at": "2030-01-31T00:00:00Z"},
    ("put", "/api/models/{model_id}/name"): {"name": "tiny-llm-chat", "base_revision": 1},
    ("put", "/api/models/{model_id}/offer"): {"username": "grace"},
    ("post", "/api/me/offers/{offer_id}/answer"): {"answer": "accept"},
    ("post", "/api/models/{model_id}/requests"): {
        "kind": "expire",
        "reason": "The licence does not allow it.",
    },
    ("post", "/api/requests/{request_id}/decision"): {
        "decision": "refuse",
        "feedback": "Many servers use it.",
    },
    ("post", "/api/models/{model_id}/reviews"): {
        "revision": 1,
        "decision": "request_changes",
        "feedback": "Name the licence.",
    },
    ("post", "/api/proposals/{proposal_id}/endorsement"): {"revision": 1},
    ("post", "/api/proposals/{proposal_id}/withdrawal"): {
        "revision": 1,
        "reason": "The context length is right as it is.",
    },
}
ERRORS: Final[dict[str, tuple[str, str]]] = {
    "401": ("INVALID_TOKEN", "The access token is unknown, expired or revoked."),
    "403": ("NOT_ALLOWED", "You may not change this model."),
    "404": ("MODEL_NOT_FOUND", 'There is no model "tiny" here, or you may not see it.'),
    "409": (
        "STALE_REVISION",
        "Your edit is based on revision 1, but revision 2 was published since.",
    ),
    "412": (
        "PRECONDITION_FAILED",
        "tiny-llm is at revision 2 now, not at the one in If-Match.",
    ),
    "422": ("INVALID_DEFINITION", "The definition has one error: line 4, column 21: …"),
    "429": ("RATE_LIMITED", "You have sent more than 120 changes this minute. Wait 12 seconds."),
}
UNKNOWN: Final = {
    "error_code": "UNKNOWN_PARAMETER",
    "message": 'The request has names that are not known here. There is no field "visiblity". '
    'Did you mean "visibility"?',
    "errors": [
        {
            "field": "visiblity",
            "in": "body",
            "code": "unknown",
            "suggestion": "visibility",
            "message": 'There is no field "visiblity". Did you mean "visibility"?',
        }
    ],
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
        # The first is used by /api/docs, at whatever address it was opened.
        document["servers"] = [
            {"url": "/", "description": "The hub that serves this document"},
            {"url": settings.SITE_URL},
        ]
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                _complete(method, path, operation)
        # Parts of it are constants: they are replaced, not changed.
        document.update(translate(dict(document)))
        return document


class Docs(Swagger):
    """The page of the document, which loads it in the reader's language."""

    def get_openapi_url(self, api: NinjaAPI, path_params: dict[str, Any]) -> str:
        """The address of the document."""
        return f"{super().get_openapi_url(api, path_params)}?{LANGUAGE}={get_language()}"


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
        elif name == "tags" and isinstance(value, list):
            made[name] = [translation(tag) for tag in value]
        else:
            made[name] = value if name in VALUES else translate(value, translation)
    return made


def _complete(method: str, path: str, operation: dict[str, Any]) -> None:
    if not path.startswith("/api/users/"):
        tokens: list[dict[str, Any]] = [{name: []} for name in SECURITY_SCHEMES]
        needs_token = method != "get" or path.startswith(OWN_PATHS)
        operation["security"] = tokens if needs_token else [{}, *tokens]
    if (example := BODIES.get((method, path))) is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example
    responses = {str(status): answer for status, answer in operation["responses"].items()}
    if method != "get":
        responses.setdefault("429", {"description": "Too Many Requests"})
    responses["400"] = {
        "description": "Bad Request",
        "content": _json(ParameterErrorsAnswer.__name__, UNKNOWN),
    }
    for status, (code, message) in ERRORS.items():
        if status in responses:
            content = responses[status].setdefault("content", _json("ErrorAnswer", None))
            content["application/json"]["example"] = {"error_code": code, "message": message}
    operation["responses"] = responses


def _json(schema: str, example: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": REF_TEMPLATE.format(model=schema)}}
    return {"application/json": content | ({"example": example} if example is not None else {})}
