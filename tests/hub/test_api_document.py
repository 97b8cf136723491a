"""What the OpenAPI document promises of types and revisions, whichever operation takes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from accounts import tokens
from accounts.models import Scope
from hub.api import api
from hub.api_document import translate
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.models import RegisteredModel
from tests import api_texts
from tests.factories import a_model, a_person, a_user, llm_record, written
from tests.hub.test_chinese import CHINESE, english


def parameters() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where each thing stands that callers send: operation or body, name, schema."""
    document = api.get_openapi_schema()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                yield f"{method} {path}", parameter["name"], parameter["schema"]
            content = operation.get("requestBody", {}).get("content", {})
            reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            shape = document["components"]["schemas"].get(reference.rpartition("/")[2], {})
            for name, schema in shape.get("properties", {}).items():
                yield f"{method} {path} (body)", name, schema


def plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value that may be left out, without that."""
    return next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)


def test_every_type_is_one_of_an_enumeration():
    types = [(where, plain(schema)) for where, name, schema in parameters() if name == "model_type"]
    assert len(types) >= 5
    for where, schema in types:
        assert set(schema["enum"]) == set(MODEL_TYPES), where


def test_every_revision_has_bounds():
    numbers = [
        (where, plain(schema)) for where, name, schema in parameters() if name.endswith("revision")
    ]
    assert len(numbers) >= 3
    for where, schema in numbers:
        assert schema["minimum"] >= 0, where
        assert schema["maximum"] == 2_000_000_000, where


# --- Tokens, examples, errors ---------------------------------------------------------------------


def documented() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation in the document."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_operation_says_how_a_token_is_sent():
    schemes = api.get_openapi_schema()["components"]["securitySchemes"]
    assert schemes["AccessToken"]["scheme"] == "bearer"
    assert schemes["ModelsToken"]["name"] == "X-Models-Token"
    for method, path, operation in documented():
        if path.startswith("/api/users/"):
            assert "security" not in operation
            continue
        anonymous = {} in operation["security"]
        own = path.startswith(("/api/me/", "/api/proposals", "/api/requests"))
        assert anonymous == (method == "get" and not own), (method, path)
        assert {name for each in operation["security"] for name in each} == set(schemes)


def test_every_example_is_what_its_schema_says():
    schemas = api.get_openapi_schema()["components"]
    seen = 0
    for method, path, operation in documented():
        parts = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (part.get("content", {}).get("application/json") for part in parts):
            if content is not None:
                schema = {**content["schema"], "components": schemas}
                jsonschema.validate(content["example"], schema)
                seen += 1
        for parameter in operation["parameters"]:
            assert parameter["description"], (method, path, parameter["name"])
            if parameter["in"] == "path":
                value, kind = parameter["example"], parameter["schema"]["type"]
                assert value.isdecimal() or kind == "string", (path, value)
    assert seen > 150


def test_every_error_is_documented_and_every_reference_leads_somewhere():
    document = api.get_openapi_schema()
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in schemas, name
    for method, path, operation in documented():
        expected = {"400"} if method == "get" else {"400", "429"}
        assert expected <= set(operation["responses"]), (method, path)


@pytest.mark.django_db
def test_the_example_of_an_error_has_the_code_that_comes(client):
    boss = a_user("boss", is_superuser=True)
    reads, writes = (
        {"X-Models-Token": tokens.issue(by=boss, name=scope, scope=scope, expires_at=None)[1]}
        for scope in (Scope.READ, Scope.WRITE)
    )
    number = a_model("tiny-llm").pk
    hidden = a_model("hidden", owner=a_person("eve", "Registrars"), visibility="private").pk
    a_model("tiny-llm", model_type="image")
    model = {"model_type": "llm", "visibility": "public"}
    model["definition"] = written(llm_record("tiny-llm"))
    verdict, key = {"decision": "refuse", "feedback": "No."}, {"Idempotency-Key": "k" * 20}
    assert client.post(
        "/api/models", model | {"definition": written(llm_record("new"))},
        content_type="application/json", headers=writes | key,
    ).status_code == 201  # fmt: skip
    documented_in = api.get_openapi_schema()["paths"]
    for method, path, values, headers, body in (
        ("post", "/api/users/login", {}, {}, {"usernameOrEmail": "ada", "password": "wrong"}),
        ("post", "/api/users/login", {}, {}, {"usernameOrEmail": "ada"}),
        ("post", "/api/users/refresh", {}, {}, {"token": "wrong"}),
        ("post", "/api/users/refresh", {}, {}, {}),
        ("get", "/api/models/lists/key.pem", {}, {}, None),
        ("get", "/api/models/lists?xinference_version=x", {}, {}, None),
        ("get", "/api/models/lists/{model_type}", {"model_type": "lm"}, {}, None),
        ("get", "/api/models/lists/{model_type}/repositories", {"model_type": "lm"}, {}, None),
        ("get", "/api/models/download?model_type=lm", {}, {}, None),
        ("get", f"/api/models/download?model_id={hidden}", {}, {}, None),
        ("get", "/api/models/download?model_name=tiny-llm", {}, {}, None),
        ("get", "/api/models/download?model_name=none", {}, {}, None),
        ("get", "/api/models?model_type=lm", {}, {}, None),
        ("get", "/api/models", {}, {"X-Models-Token": "wrong"}, None),
        ("get", "/api/models/{name_or_id}?model_type=lm", {"name_or_id": number}, {}, None),
        ("get", "/api/models/{name_or_id}", {"name_or_id": "tiny-llm"}, {}, None),
        ("get", "/api/models/{name_or_id}", {"name_or_id": "none"}, {}, None),
        ("post", "/api/models", {}, {}, model),
        ("post", "/api/models", {}, reads, model),
        ("post", "/api/models", {}, writes, model),
        ("post", "/api/models", {}, writes, model | {"visiblity": "public"}),
        ("get", "/api/me/drafts", {}, {}, None),
        ("get", "/api/me/drafts/{draft_id}", {"draft_id": 999}, reads, None),
        ("get", "/api/proposals/{proposal_id}", {"proposal_id": 999}, reads, None),
        ("get", "/api/requests/{request_id}", {"request_id": 999}, reads, None),
        ("get", "/api/models/{model_id}/revisions", {"model_id": 999}, reads, None),
        ("get", "/api/models/{model_id}/revisions/{revision}",
         {"model_id": number, "revision": 99}, reads, None),
        ("get", "/api/models/{model_id}/changes", {"model_id": 999}, reads, None),
        ("delete", "/api/models/{model_id}/offer", {"model_id": 999}, writes, None),
        ("post", "/api/me/offers/{offer_id}/answer", {"offer_id": 999}, writes,
         {"answer": "accept"}),
        ("post", "/api/proposals/{proposal_id}/endorsement", {"proposal_id": 999}, writes,
         {"revision": 1}),
        ("post", "/api/proposals/{proposal_id}/withdrawal", {"proposal_id": 999}, writes,
         {"revision": 1}),
        ("post", "/api/requests/{request_id}/withdrawal", {"request_id": 999}, writes, None),
        ("post", "/api/requests/{request_id}/decision", {"request_id": 999}, writes, verdict),
        ("post", "/api/requests/{request_id}/decision", {"request_id": 999}, writes | key,
         verdict),
        ("post", "/api/models/{model_id}/requests", {"model_id": 999}, writes,
         {"kind": "expire", "reason": "Why not?"}),
    ):  # fmt: skip
        answer = client.generic(
            method.upper(), path.format(**values), json.dumps(body) if body is not None else "",
            content_type="application/json", headers=headers,
        )  # fmt: skip
        described = documented_in[path.partition("?")[0]][method]["responses"]
        example = described[str(answer.status_code)]["content"]["application/json"]["example"]
        assert answer.json()["error_code"] == example["error_code"], (method, path, answer.content)


@pytest.mark.django_db
def test_the_examples_are_accepted(client):
    """Each body of the document does what its operation is for."""
    bodies = {
        (method, path): operation["requestBody"]["content"]["application/json"]["example"]
        for method, path, operation in documented()
        if "requestBody" in operation
    }
    boss = a_user("boss", is_superuser=True)
    _, raw = tokens.issue(by=boss, name="t", scope=Scope.WRITE, expires_at=None)
    for method, path in (
        ("put", "/api/models/{model_type}/{name}"),
        ("put", "/api/models/{name_or_id}"),
        ("put", "/api/models/{model_id}/expiry"),
    ):
        address = re.sub(r"{model_type}/{name}", "llm/tiny-llm", path)
        address = re.sub(r"{\w+}", str(getattr(RegisteredModel.objects.first(), "pk", 0)), address)
        answer = client.generic(
            method.upper(), address, json.dumps(bodies[method, path]),
            content_type="application/json", headers={"X-Models-Token": raw},
        )  # fmt: skip
        assert answer.status_code in (200, 201), (path, answer.content)
    RegisteredModel.objects.all().update(published_revision=None)
    RegisteredModel.objects.all().delete()
    answer = client.post(
        "/api/models", bodies["post", "/api/models"],
        content_type="application/json", headers={"X-Models-Token": raw},
    )  # fmt: skip
    assert answer.status_code == 201
    assert set(bodies) >= {("post", "/api/users/login"), ("post", "/api/models/{model_id}/reviews")}


# --- Languages ------------------------------------------------------------------------------------


def test_the_document_is_english_unless_its_address_names_a_language(client):
    """Programs get the same bytes, whatever their machine speaks."""
    plain = client.get("/api/openapi.json")
    assert client.get("/api/openapi.json", headers=CHINESE).content == plain.content
    chinese = client.get("/api/openapi.json?lang=zh-hans")
    assert chinese.headers["Content-Language"] == "zh-hans"
    texts: list[str] = []
    translate(chinese.json(), lambda text: texts.append(re.sub("`.*?`", "", text)) or text)
    assert english(texts) == set()
    assert client.get("/api/openapi.json").content == plain.content
    for headers, language in (({}, "en"), (CHINESE, "zh-hans")):
        page = client.get("/api/docs", headers=headers).content.decode()
        assert f"/api/openapi.json?lang={language}" in page


def test_every_text_of_the_document_is_where_makemessages_finds_it():
    assert api_texts.FILE.read_text() == api_texts.source(), "Run `make messages`."
