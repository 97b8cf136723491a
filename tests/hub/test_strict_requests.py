"""Names that an operation does not know: refused where they would change what happens."""

from __future__ import annotations

import json
import re

import pytest

from hub.api import api as hub_api
from hub.strict_requests import TOLERANT, is_tolerant
from models_registry.models import RegisteredModel
from tests.factories import a_model, a_person, llm_record, written
from tests.models_registry.api.bodies import key_of

pytestmark = pytest.mark.django_db


def operations():
    """Every operation of the API, with its full path below /api."""
    for router in hub_api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                yield f"{router.prefix}{path}", operation


@pytest.fixture
def send(client):
    """Sends a request with a token, and reads its answer."""
    registrar = a_person("ada", "Registrars")
    headers = key_of(registrar)

    def sent(method, path, body=None):
        data = json.dumps(body).encode() if body is not None else b""
        return client.generic(
            method, f"/api{path}", data, content_type="application/json", headers=headers
        )

    sent.registrar = registrar
    return sent


REGISTRATION = {"model_type": "llm", "definition": written(llm_record())}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("visiblity", "visibility"),
        ("Visibility", "visibility"),
        ("modelType", "model_type"),
        ("read_me", "readme"),
        ("dry_run", None),
        ("\ud800", None),
    ],
)
def test_a_misspelt_field_registers_nothing_and_says_what_was_meant(send, name, meant):
    answer = send("POST", "/models", {**REGISTRATION, name: "public"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "UNKNOWN_PARAMETER")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["in"], error["suggestion"]) == (name, "body", meant)
    assert ("Did you mean" in answer.json()["message"]) == (meant is not None)
    assert not RegisteredModel.objects.exists()


@pytest.mark.parametrize("query", ["dry_run=true", "visibility=public", "x=", "dry%20run=1"])
def test_a_parameter_that_an_operation_does_not_know_changes_nothing(send, query):
    answer = send("POST", f"/models?{query}", REGISTRATION)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "UNKNOWN_PARAMETER")
    assert answer.json()["errors"][0]["in"] == "query"
    model = a_model(owner=send.registrar, visibility="private")
    assert send("DELETE", f"/models/{model.pk}?{query}").status_code == 400
    assert RegisteredModel.objects.count() == 1


def test_every_unknown_name_is_told_at_once(send):
    body = {**REGISTRATION, **{f"x{number}": 1 for number in range(40)}}
    answer = send("POST", "/models?a=1", body).json()
    assert len(answer["errors"]) == 20
    assert {error["in"] for error in answer["errors"]} == {"query", "body"}


def test_hints_are_sought_for_no_more_names_than_are_told(client, monkeypatch):
    """SECURITY: whoever asks is not known yet, and may send thousands."""
    sought = []
    monkeypatch.setattr("hub.strict_requests._nearest", lambda name, known: sought.append(name))
    body = {f"visibilit{number}": 1 for number in range(1000)}
    query = "&".join(f"x{number}=1" for number in range(5))
    answer = client.post(f"/api/models?{query}", body, content_type="application/json")
    assert (answer.status_code, len(sought)) == (400, 20)
    assert len(answer.json()["errors"]) == 20


def test_errors_name_fields_as_the_caller_wrote_them(send):
    body = {**REGISTRATION, "visibility": "secret", "definition": 5, "message": "x" * 501}
    answer = send("POST", "/models", body).json()
    assert answer["error_code"] == "INVALID_PARAMETER"
    assert {error["field"] for error in answer["errors"]} == {
        "visibility", "definition", "message",
    }  # fmt: skip
    assert all(error["code"] and error["message"] for error in answer["errors"])
    assert not re.search(r"\bnew\b", answer["message"])


def test_whoever_reads_as_servers_do_may_send_more_than_this_hub_knows(client):
    """A server of a later release, a proxy or a cache adds parameters; the lists must be served."""
    a_model()
    for path in (
        "/models/download?model_type=llm&",
        "/models/download?model_name=tiny-llm&",
        "/models?",
        "/models/tiny-llm?",
        "/models/lists?",
        "/models/lists/llm?",
    ):
        assert client.get(f"/api{path}later=1&_=1700").status_code == 200, path
    body = {"usernameOrEmail": "nobody", "password": "wrong", "remember": True}
    answer = client.post("/api/users/login?from=xinference", body, content_type="application/json")
    assert answer.json()["error_code"] == "INVALID_CREDENTIALS"


def test_whatever_is_not_listed_as_tolerant_refuses_unknown_names(client):
    """Each operation is asked with a name that none has."""
    found = {path for path, operation in operations() if is_tolerant(operation)}
    assert len(found) == len(TOLERANT)
    strict = [(path, o) for path, o in operations() if not is_tolerant(o)]
    assert len(strict) >= 6
    for path, operation in strict:
        address = re.sub(r"{[^}]*type[^}]*}", "llm", path)
        address = re.sub(r"{[^}]*}", "1", address)
        for method in operation.methods:
            answer = client.generic(method, f"/api{address}?nobody_knows_this=1")
            assert answer.status_code == 400, (method, path)
            if method != "HEAD":
                assert answer.json()["error_code"] == "UNKNOWN_PARAMETER", (method, path)


# --- Limits ---------------------------------------------------------------------------------------


def test_writes_are_limited_for_each_person_and_say_what_is_left(
    send, client, settings, monkeypatch
):
    settings.API_WRITES_PER_MINUTE = 2
    # A minute may end between two requests; a day hardly does.
    monkeypatch.setattr("accounts.write_limit.WINDOW_SECONDS", 86_400)
    first = send("DELETE", "/models/1")
    assert first.headers["RateLimit-Limit"] == "2"
    assert first.headers["RateLimit-Remaining"] == "1"
    assert 1 <= int(first.headers["RateLimit-Reset"]) <= 86_400
    send("DELETE", "/models/1")
    over = send("POST", "/models", REGISTRATION)
    assert (over.status_code, over.json()["error_code"]) == (429, "RATE_LIMITED")
    assert over.headers["Retry-After"] == over.headers["RateLimit-Reset"]
    assert not RegisteredModel.objects.exists()
    assert send("GET", "/models").status_code == 200
    others = key_of(a_person("ben", "Registrars"))
    assert client.delete("/api/models/1", headers=others).status_code == 404
