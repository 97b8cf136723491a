"""Whatever a visitor sends, the hub answers in its own words: no address breaks.

The addresses come from the URL configuration and the OpenAPI document, the parameters from what the
views, forms and admin pages read while they answer. So a new one is covered without a line here.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from accounts import tokens
from accounts.models import Scope
from hub.api import api
from tests.hub import hostile
from tests.hub.hostile import LEARNT_AT_MOST, ROUTES, USUAL, VALUES, World, address, parts
from tests.thorough import some_or_all

pytestmark = pytest.mark.django_db

NOWHERE = "http://127.0.0.1:9"
_HEADERS = {
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "HX-Current-URL",
    "HX-Request", "HX-Target", "If-Modified-Since", "If-None-Match", "Origin", "Range", "Referer",
    "User-Agent", "X-Forwarded-For", "X-Forwarded-Proto", "X-GitHub-Delivery", "X-GitHub-Event",
    "X-Hub-Signature-256", "X-Models-Token",
}  # fmt: skip
_COOKIES = ("csrftoken", "django_language", "messages", "sessionid", "theme")


@pytest.fixture(scope="module")
def shared_world(module_db) -> World:
    """One of everything; each request's transaction is rolled back."""
    with module_db.unblock():
        return hostile.build_world()


@pytest.fixture
def world(shared_world, client, settings) -> World:
    """One of everything, and nothing on the network that would answer."""
    settings.ENV = dataclasses.replace(
        settings.ENV,
        hub_source=f"hub:{NOWHERE}",
        hf_endpoint=NOWHERE,
        modelscope_endpoint=NOWHERE,
        github_api_url=NOWHERE,
        xinference_endpoint=NOWHERE,
        github_webhook_secret="a-secret-that-nobody-guesses",
        trusted_proxies=1,
    )
    client.raise_request_exception = False
    return shared_world


@pytest.fixture(params=["superuser"])
def send(request, client, world) -> Callable[..., int]:
    """Send a request, forget what it wrote, and give its status."""
    signed_in = {"login": world.user.username, "password": "correct horse battery"}
    if request.param == "superuser":
        assert client.post("/signin", signed_in).status_code == 302
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}

    def sent(method: str, path: str, **more: Any) -> int:
        cache.clear()
        client.cookies.clear()
        for name, value in {**cookies, **more.pop("cookies", {})}.items():
            client.cookies[name] = value
        with transaction.atomic():
            answer = client.generic(method, path, **more)
            b"".join(answer) if answer.streaming else answer.content
            transaction.set_rollback(True)
        return answer.status_code

    return sent


def failures(attempts: Iterator[tuple[str, int]]) -> list[str]:
    """What has failed. A hub whose workers are still says so, if it is asked strictly."""
    expected = ("readyz", 503)
    return [
        f"{what}: {status}"
        for what, status in attempts
        if status >= 500 and (what.split()[0], status) != expected
    ]


@some_or_all
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_part_of_an_address_breaks_it(method, thorough, world, send):
    # The same code answers for every model of the administration, and for what is not found.
    answered = set()

    def attempts():
        for route in ROUTES:
            for part in parts(route):
                for label, value in VALUES.items():
                    path = address(route, world, part, value)
                    by = (hostile.answering_code(path), part, label)
                    if thorough or by not in answered:
                        answered.add(by)
                        yield f"{method} {route} with {part} = {label}", send(method, path)

    assert not failures(attempts())


@some_or_all
@pytest.mark.parametrize("send", ["superuser", "anonymous"], indirect=True)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_parameter_breaks_a_page(method, thorough, world, send, monkeypatch):
    learn = hostile.learning(monkeypatch)
    representatives = hostile.Representatives(thorough)

    def request(path: str, fields: dict[str, str]) -> int:
        text = hostile.encoded(fields)
        if method == "GET":
            return send("GET", f"{path}?{text}")
        return send("POST", path, data=text, content_type="application/x-www-form-urlencoded")

    def attempts():
        for route in ROUTES:
            path = address(route, world)
            learn()
            yield f"{route} with nothing", request(path, {})
            known: dict[str, str] = {}
            while True:
                read = learn()
                fresh = sorted(set(read) - set(known))[: LEARNT_AT_MOST - len(known)]
                if not fresh:
                    break
                known |= {name: USUAL.get(name, "1") for name in fresh}
                yield f"{route} with usual values", request(path, known)
                repeated = {}
                for name in fresh:
                    values = representatives.values(name, read[name])
                    if len(values) == 1:
                        repeated[name] = values.popitem()
                    for label, value in values.items():
                        sent = {**known, name: value}
                        yield f"{route} with {name} = {label}", request(path, sent)
                if repeated:
                    sent = known | {name: value for name, (_, value) in repeated.items()}
                    labels = ", ".join(f"{name} = {label}" for name, (label, _) in repeated.items())
                    yield f"{route} with {labels}", request(path, sent)

    assert not failures(attempts())


@some_or_all
def test_no_header_or_cookie_breaks_a_page(thorough, world, send, monkeypatch):
    read = hostile.learning_headers(monkeypatch)
    representatives = hostile.Representatives(thorough)

    def attempts():
        for route in ROUTES:
            path = address(route, world)
            read.clear()
            send("GET", path)
            # What middleware reads, it reads alike for every address: one address is enough.
            is_first = route == ROUTES[0]
            places = {name: set() for name in _HEADERS if is_first} | read
            for name in sorted(set(places) - {"Cookie"}):
                for label, value in representatives.values(name, places[name]).items():
                    sent = {name: latin(value)}
                    yield f"{route} with {name}: {label}", send("GET", path, headers=sent)
            for name in _COOKIES if is_first else ():
                for label, value in VALUES.items():
                    sent = {name: latin(value)}
                    yield f"{route} with cookie {name} = {label}", send("GET", path, cookies=sent)

    assert not failures(attempts())


def latin(value: str) -> str:
    """A value as it stands in a header; a server refuses NUL in headers by itself."""
    return value.encode("utf-8", "surrogatepass").decode("latin-1").replace("\x00", "")


# --- API --------------------------------------------------------------------------------------

HOSTILE_JSON = {label: json.dumps(value) for label, value in VALUES.items()} | {
    "number of 5,000 digits": "9" * 5_000,
    "number of 20 digits": "9" * 20,
    "number of 10 digits": "9" * 10,
    "negative number of 20 digits": "-" + "9" * 20,
    "infinity": "1e999",
    "not a number": "NaN",
    "null": "null",
    "list": "[]",
    "deep list": "[" * 20_000 + "]" * 20_000,
    "object": "{}",
}
USUAL_JSON = {
    "definition": [{"model_name": "m-new"}],
    "expires_at": "2031-01-01T00:00:00Z",
    "revision": 1,
    "base_revision": 1,
    "decision": "approve",
    "usernameOrEmail": "root",
    "visibility": "private",
    "model_type": "llm",
}


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    document = api.get_openapi_schema()
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            name = schema.get("$ref", "").rpartition("/")[2]
            fields = document["components"]["schemas"].get(name, {}).get("properties", {})
            found.append((method.upper(), path, {**operation, "fields": list(fields)}))
    return found


OPERATIONS = operations()


@pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS]
)
@pytest.mark.parametrize("has_token", [True, False], ids=["token", "anonymous"])
def test_nothing_that_is_sent_breaks_the_api(method, path, operation, has_token, world, send):
    headers = {}
    if has_token:
        _, raw = tokens.issue(by=world.user, name="t", scope=Scope.WRITE, expires_at=None)
        headers = {"Authorization": f"Bearer {raw}"}
    fields = operation["fields"]
    usual = {name: USUAL_JSON.get(name, "words") for name in fields}

    def request(at: str, query: dict[str, str], body: str) -> int:
        address = at + ("?" + hostile.encoded(query) if query else "")
        return send(method, address, data=body, content_type="application/json", headers=headers)

    def attempts():
        number = str(world.numbers["models/"])
        named = {p["name"]: p["in"] for p in operation.get("parameters", [])}
        places = {name: number for name, where in named.items() if where == "path"}
        places |= {"model_type": "llm"} if "model_type" in places else {}
        body = json.dumps(usual)
        for label, value in VALUES.items():
            for name, where in named.items():
                changed = {**places, name: value} if where == "path" else places
                at = hostile.quoted(path.format(**changed))
                query = {"model_type": "llm"} | {name: value} if where == "query" else {}
                yield f"{name} = {label}", request(at, query, body)
        at = path.format(**places)
        for label, value in HOSTILE_JSON.items():
            yield f"the body = {label}", request(at, {}, value)
            for name in fields:
                others = {key: text for key, text in usual.items() if key != name}
                sent = json.dumps(others)[:-1] + (", " if others else "") + f'"{name}": {value}}}'
                yield f"{name} = {label}", request(at, {}, sent)

    assert not failures(attempts())
    assert connection.is_usable()
