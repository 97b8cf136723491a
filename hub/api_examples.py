"""The examples of the OpenAPI document: bodies, answers, errors, and values of parameters."""

from __future__ import annotations

import re
from typing import Any, Final

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
ANSWERS: Final[dict[tuple[str, str], Any]] = {
    ("get", "/api/models/download"): TINY,
    ("get", "/api/models/lists/{model_type}/repositories"): {
        "format": 1,
        "repositories": [{"hub": "huggingface", "id": "example/tiny-llm", "license": "apache-2.0"}],
    },
}
# The errors of most operations, by status; ERRORS_OF has the others.
ERRORS: Final[dict[str, dict[str, Any]]] = {
    "400": {
        "error_code": "UNKNOWN_PARAMETER",
        "message": "The request has names that are not known here. There is no field "
        '"visiblity". Did you mean "visibility"?',
        "errors": [
            {
                "field": "visiblity",
                "in": "body",
                "code": "unknown",
                "suggestion": "visibility",
                "message": 'There is no field "visiblity". Did you mean "visibility"?',
            }
        ],
    },
    "401": {
        "error_code": "AUTHENTICATION_REQUIRED",
        "message": "This needs an access token. Make one in the User Center, under Keys.",
    },
    "403": {
        "error_code": "INSUFFICIENT_SCOPE",
        "message": "This access token may only read. Use one that may write, too.",
    },
    "404": {
        "error_code": "MODEL_NOT_FOUND",
        "message": 'There is no model "tiny" here, or you may not see it.',
    },
    "409": {
        "error_code": "STALE_REVISION",
        "message": "Your edit is based on revision 1, but revision 2 was published since.",
        "current_revision": 2,
    },
    "412": {
        "error_code": "PRECONDITION_FAILED",
        "message": "tiny-llm is at revision 2 now, not at the one in If-Match.",
        "current_revision": 2,
    },
    "422": {
        "error_code": "INVALID_DEFINITION",
        "message": "The definition has one error: line 4, column 21: Expected a number.",
        "errors": [
            {
                "pointer": "/0/context_length",
                "line": 4,
                "column": 21,
                "message": "Expected a number.",
            }
        ],
    },
    "429": {
        "error_code": "RATE_LIMITED",
        "message": "You have sent more than 120 changes this minute. Wait 12 seconds.",
    },
}
_WRONG_TYPE: Final = {
    "error_code": "INVALID_MODEL_TYPE",
    "message": 'There is no model type "lm". The types are llm, embedding, rerank, image, audio, '
    "video, world.",
}
_WRONG_VERSION: Final = {
    "error_code": "INVALID_PARAMETER",
    "message": "The hub knows no list for version 0.1 of Xinference. It has lists for 1.13.0 and "
    "later.",
}
_BAD_TOKEN: Final = {
    "error_code": "INVALID_TOKEN",
    "message": "The access token is unknown, expired or revoked.",
}
_AMBIGUOUS: Final = {
    "error_code": "AMBIGUOUS_NAME",
    "message": 'Models of several types are named "tiny-llm": llm, image. Choose one with '
    "model_type.",
}
_NO_PROPOSAL: Final = {
    "error_code": "PROPOSAL_NOT_FOUND",
    "message": "There is no such proposal here, or you may not read it.",
}
_NO_REQUEST: Final = {
    "error_code": "REQUEST_NOT_FOUND",
    "message": "There is no such request here, or you may not read it.",
}
_KEY_REUSED: Final = {
    "error_code": "IDEMPOTENCY_KEY_REUSED",
    "message": "You have sent this Idempotency-Key with another request. Use a new key for each "
    "request.",
    "errors": [],
}
# By method and path, for the statuses whose example above is not theirs.
ERRORS_OF: Final[dict[tuple[str, str], dict[str, dict[str, Any]]]] = {
    ("post", "/api/users/login"): {
        "400": {
            "error_code": "INVALID_PARAMETER",
            "message": "password: Field required",
            "errors": [
                {"field": "password", "in": "body", "code": "missing", "message": "Field required"}
            ],
        },
        "401": {
            "error_code": "INVALID_CREDENTIALS",
            "message": "User name or password is wrong.",
        },
        "429": {
            "error_code": "TOO_MANY_ATTEMPTS",
            "message": "Too many failed sign-ins. Wait a few minutes, then try again.",
        },
    },
    ("post", "/api/users/refresh"): {
        "400": {
            "error_code": "INVALID_PARAMETER",
            "message": "token: Field required",
            "errors": [
                {"field": "token", "in": "body", "code": "missing", "message": "Field required"}
            ],
        },
        "401": {
            "error_code": "INVALID_TOKEN",
            "message": "The refresh token is unknown, expired or revoked. Sign in again.",
        },
    },
    ("get", "/api/models/lists"): {"400": _WRONG_VERSION},
    ("get", "/api/models/lists/key.pem"): {
        "404": {
            "error_code": "SIGNING_KEY_NOT_FOUND",
            "message": "This hub has no signing key (HUB_SIGNING_KEY), so its lists are not "
            "signed.",
        }
    },
    ("get", "/api/models/lists/{model_type}"): {"400": _WRONG_TYPE},
    ("get", "/api/models/lists/{model_type}/repositories"): {"400": _WRONG_TYPE},
    ("get", "/api/models/download"): {
        "400": _WRONG_TYPE,
        "403": {
            "error_code": "MODEL_PRIVATE",
            "message": "This model is not public. Send the access token of a user who may see it.",
        },
        "409": _AMBIGUOUS,
    },
    ("get", "/api/models"): {"400": _WRONG_TYPE},
    ("post", "/api/models"): {
        "409": {
            "error_code": "NAME_TAKEN",
            "message": 'The name "tiny-llm" is already used by another llm model (letter case is '
            "ignored). Choose another name.",
        }
    },
    ("get", "/api/models/{name_or_id}"): {"400": _WRONG_TYPE, "409": _AMBIGUOUS},
    ("get", "/api/me/drafts/{draft_id}"): {
        "404": {
            "error_code": "DRAFT_NOT_FOUND",
            "message": "You have no such draft. It may have been discarded or submitted.",
        }
    },
    ("post", "/api/me/offers/{offer_id}/answer"): {
        "404": {"error_code": "OFFER_NOT_FOUND", "message": "This model is no longer offered."},
        "422": _KEY_REUSED,
    },
    ("delete", "/api/models/{model_id}/offer"): {"422": _KEY_REUSED},
    ("get", "/api/models/{model_id}/revisions/{revision}"): {
        "404": {
            "error_code": "REVISION_NOT_FOUND",
            "message": "This model has no revision 99.",
        }
    },
    ("post", "/api/models/{model_id}/reviews"): {"422": _KEY_REUSED},
    ("post", "/api/proposals/{proposal_id}/endorsement"): {
        "404": _NO_PROPOSAL,
        "422": _KEY_REUSED,
    },
    ("post", "/api/proposals/{proposal_id}/withdrawal"): {
        "404": _NO_PROPOSAL,
        "422": _KEY_REUSED,
    },
    ("get", "/api/proposals/{proposal_id}"): {"404": _NO_PROPOSAL},
    ("get", "/api/requests/{request_id}"): {"404": _NO_REQUEST},
    ("post", "/api/models/{model_id}/requests"): {"422": _KEY_REUSED},
    ("post", "/api/requests/{request_id}/withdrawal"): {"404": _NO_REQUEST, "422": _KEY_REUSED},
    ("post", "/api/requests/{request_id}/decision"): {"404": _NO_REQUEST, "422": _KEY_REUSED},
}
# What a request can't do without, though no single parameter is required.
QUERIES: Final[dict[tuple[str, str], dict[str, str]]] = {
    ("get", "/api/models/download"): {"model_type": "llm"},
}

# Values of parameters and of members of answers, by name. A whole body or answer stands above.
SAMPLES: Final[dict[str, Any]] = {
    "about": "definition",
    "abilities": ["chat", "tools"],
    "accessToken": "xhub_…",
    "asked_by": "ada",
    "author": "ada",
    "branch": "xinference-models-hub/tiny-llm",
    "bytes": 1_650_000_000,
    "cache": 230_000_000,
    "changed_at": "2026-03-01T09:30:00+00:00",
    "code": "short_context",
    "context": 8192,
    "context_length": 32768,
    "created_at": "2026-03-01T09:30:00+00:00",
    "decision": "approve",
    "definition": '[{"version": 2, "model_name": "tiny-llm", …}]',
    "description": "A small language model.",
    "engines": ["vLLM", "Transformers"],
    "expiresIn": 3600,
    "expires_at": "2030-01-31T00:00:00+00:00",
    "feedback": "Name the licence.",
    "field": "visiblity",
    "fits": ["8", "16", "24", "48", "80", "160"],
    "formats": ["pytorch"],
    "in": "body",
    "kind": "update",
    "label": "chat",
    "languages": ["en", "zh"],
    "last_error": "",
    "level": "warning",
    "message": "First version",
    "model": "tiny-llm",
    "model_type": "llm",
    "model_name": "tiny-llm",
    "name": "tiny-llm",
    "name_or_id": "tiny-llm",
    "offered_by": "ada",
    "offered_to": "grace",
    "owner": "ada",
    "page": 1,
    "pageSize": 20,
    "pointer": "/0/context_length",
    "published_at": "2026-03-01T09:30:00+00:00",
    "quantization": "none",
    "query": "qwen3",
    "readme": "# tiny-llm\n",
    "reason": "The licence does not allow it.",
    "refreshToken": "xhub_…",
    "releases": "1.13.0 to 1.17.1",
    "reviewer": "rita",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "signature": "ed25519=…",
    "since": "1.5.0",
    "size": "0.6B",
    "sizes_in_billions": [0.6],
    "state": "published",
    "states": ["published"],
    "text": "Why so long?",
    "title": "tiny-llm",
    "token": "xhub_…",
    "total": 1,
    "updated_at": 1_780_000_000,
    "url": "https://hub.example.org/models/detail/7",
    "username": "grace",
    "verbs": ["approve", "request_changes"],
    "value": "chat",
    "visibility": "public",
    "weights": 1_200_000_000,
}


def error_of(method: str, path: str, status: str, *, needs_token: bool) -> dict[str, Any] | None:
    """What an operation answers with a status of errors; None for one that has no example."""
    if (example := ERRORS_OF.get((method, path), {}).get(status)) is not None:
        return example
    return _BAD_TOKEN if status == "401" and not needs_token else ERRORS.get(status)


def sample_of(method: str, parameter: str) -> str:
    """The value of a parameter in a path. What is written is named by number."""
    if method == "get" or parameter in {"model_type", "name"}:
        return str(SAMPLES.get(parameter, _NUMBER))
    return str(_NUMBER)


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
    """A value that the schema allows: samples by name, else the first value or an empty one.

    `schemas` are the components that references lead to; none may contain itself.
    """
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    for part in schema.get("anyOf", ()):
        if part.get("type") != "null":
            return example_of(part, schemas, name)
    if "properties" in schema:
        return {
            member: example_of(shape, schemas, member)
            for member, shape in schema["properties"].items()
        }
    kind = schema.get("type")
    if "enum" in schema:
        sample = SAMPLES.get(name)
        return sample if sample in schema["enum"] else schema["enum"][0]
    if kind == "string" and (code := _CODE.match(schema.get("description", ""))):
        return code[1]
    if kind in _PLAIN and isinstance(SAMPLES.get(name), _PLAIN[kind]):
        return SAMPLES[name]
    if kind == "array":
        return [] if not schema["items"] else [example_of(schema["items"], schemas)]
    return {"object": {}, "integer": _NUMBER, "number": 1, "boolean": False}.get(str(kind), "")


# A description that begins with the values: "`added`, `removed` …".
_CODE: Final = re.compile("`([^`]+)`")
_NUMBER: Final = 7
_PLAIN: Final = {"array": list, "integer": int, "string": str}
