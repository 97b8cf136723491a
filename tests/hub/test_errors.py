"""What visitors get instead of a page."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from hub import errors
from tests.factories import a_model, a_user

pytestmark = pytest.mark.django_db


def a_request(path, user=None):
    request = RequestFactory().get(path)
    request.user = user or AnonymousUser()
    request.resolver_match = None
    return request


@pytest.mark.parametrize(
    ("handler", "status", "code"),
    [
        (lambda r: errors.bad_request(r, ValueError()), 400, "BAD_REQUEST"),
        (lambda r: errors.permission_denied(r, PermissionDenied()), 403, "PERMISSION_DENIED"),
        (lambda r: errors.page_not_found(r, ValueError()), 404, "NOT_FOUND"),
        (errors.server_error, 500, "SERVER_ERROR"),
    ],
)
def test_programs_get_json_and_people_a_page(handler, status, code):
    machine = handler(a_request("/api/models"))
    person = handler(a_request("/models"))
    assert machine.status_code == person.status_code == status
    answer = json.loads(machine.content)
    assert answer["error_code"] == code
    assert answer["message"]
    assert "<h1>" in person.content.decode()


def test_the_error_page_of_the_server_needs_no_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        response = errors.server_error(a_request("/models"))
    assert "Something went wrong" in response.content.decode()


def test_a_failing_view_is_answered_with_that_page(client, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("models_registry.pages.listing.browse", fail)
    client.raise_request_exception = False
    response = client.get("/models")
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()


def test_a_refusal_says_why_and_offers_to_sign_in():
    page = errors.permission_denied(a_request("/x?y=1"), PermissionDenied("Not this one."))
    text = page.content.decode()
    assert "Not this one." in text
    assert "?next=/x%3Fy%3D1" in text
    assert (
        "?next="
        not in errors.permission_denied(
            a_request("/x", a_user()), PermissionDenied()
        ).content.decode()
    )


def test_a_form_without_its_token_is_told_to_load_the_page_again(client):
    client.handler.enforce_csrf_checks = True
    response = client.post("/i18n/setlang/", {"language": "en"})
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


def test_similar_names_come_best_first_and_only_what_may_be_seen():
    for name in ("qwen3-coder", "qwen3", "whisper-large"):
        a_model(name)
    a_model("qwen3-secret", visibility="private", owner=a_user())
    found = errors.similar_models(a_request("/"), "QWEN3-code")
    assert [model.name for model in found] == ["qwen3-coder", "qwen3"]
