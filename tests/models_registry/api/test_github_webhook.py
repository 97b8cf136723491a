"""Changes for upstream in the API, and GitHub's webhook."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from accounts import tokens
from accounts.models import Scope
from models_registry import tasks
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import PullRequest, RegisteredModel, Visibility
from tests.factories import a_user, llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, states, the_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_a_pull_request_that_was_never_sent_names_no_other_model(
    client, github, maintainer, settings
):
    settings.ENV = dataclasses.replace(settings.ENV, github_token="")
    submission = Submission(
        definition=written(llm_record("secret-one")), visibility=Visibility.PUBLIC
    )
    register("llm", submission, by=maintainer)
    edit("alpha", maintainer, context_length=4096)
    send()
    hidden = the_model("secret-one")
    hide = Submission(visibility=Visibility.PRIVATE)
    edit_model(hidden, hide, by=maintainer, base_revision=1)
    _, raw = tokens.issue(by=a_user("eve"), name="t", scope=Scope.READ, expires_at=None)
    headers = {"Authorization": f"Bearer {raw}"}
    pk = the_model("alpha").pk
    answer = client.get(f"/api/models/{pk}/changes", headers=headers)
    assert answer.json()["data"][0]["pull_request"]["number"] is None
    page = client.get(f"/models/detail/{pk}/upstream")
    assert page.status_code == 200
    for text in (answer.content.decode(), page.content.decode()):
        assert "secret-one" not in text


def page_of(model: RegisteredModel) -> str:
    return reverse("models_registry:model_upstream", args=[model.pk])


def test_programs_can_read_the_changes_of_a_model(client, github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    _, raw = tokens.issue(by=maintainer, name="t", scope=Scope.READ, expires_at=None)
    answer = client.get(
        f"/api/models/{the_model('alpha').pk}/changes", headers={"Authorization": f"Bearer {raw}"}
    )
    (change,) = answer.json()["data"]
    assert (change["kind"], change["state"], change["attempts"]) == ("update", "open", 0)
    assert change["last_error"] == ""
    assert change["pull_request"]["number"] == 1
    assert change["pull_request"]["state"] == "open"
    assert change["pull_request"]["url"] == github.pulls[0]["html_url"]


def test_changes_of_a_model_that_one_may_not_see_do_not_exist(client, maintainer):
    model = the_model("alpha")
    RegisteredModel.objects.filter(pk=model.pk).update(visibility="private", owner=maintainer)
    assert client.get(f"/api/models/{model.pk}/changes").status_code == 404
    assert client.get(page_of(model)).status_code == 404


def deliver(client, body: dict, *, secret: str = "shared", delivery: str = "1"):
    raw = json.dumps(body).encode()
    signature = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return client.post(
        "/api/github/webhook",
        raw,
        content_type="application/json",
        headers={
            "X-Hub-Signature-256": f"sha256={signature}",
            "X-GitHub-Event": "pull_request",
            "X-GitHub-Delivery": delivery,
        },
    )


@pytest.fixture
def hooked(settings, github):
    settings.ENV = dataclasses.replace(settings.ENV, github_webhook_secret="shared")


def test_a_delivery_makes_a_worker_look_once(client, github, maintainer, hooked):
    edit("alpha", maintainer, context_length=4096)
    send()
    body = {"action": "closed", "pull_request": {"number": 1}}
    assert deliver(client, body).json() == {"data": {"looks_at": 1}}
    assert deliver(client, body).json() == {"data": {"looks_at": 0}}


def test_what_a_delivery_claims_is_not_believed(client, github, maintainer, hooked):
    edit("alpha", maintainer, context_length=4096)
    send()
    deliver(client, {"pull_request": {"number": 1, "merged": True}})
    tasks.look_at_pull_request(PullRequest.objects.get().pk)
    assert states() == ["open"]
    github.merge(1)
    tasks.look_at_pull_request(PullRequest.objects.get().pk)
    assert states() == ["merged"]


def deliver_as(client, content_type: str, raw: bytes, *, signed: bytes | None = None):
    signature = hmac.new(b"shared", raw if signed is None else signed, hashlib.sha256).hexdigest()
    return client.post(
        "/api/github/webhook",
        raw,
        content_type=content_type,
        headers={
            "X-Hub-Signature-256": f"sha256={signature}",
            "X-GitHub-Event": "pull_request",
            "X-GitHub-Delivery": "form",
        },
    )


def test_a_delivery_may_be_form_encoded_and_is_signed_as_it_was_sent(
    client, github, maintainer, hooked
):
    edit("alpha", maintainer, context_length=4096)
    send()
    body = json.dumps({"action": "closed", "pull_request": {"number": 1}})
    raw = urlencode({"payload": body}).encode()
    form = "application/x-www-form-urlencoded"
    assert deliver_as(client, form, raw, signed=body.encode()).status_code == 401
    answer = deliver_as(client, form, raw)
    assert (answer.status_code, answer.json()) == (202, {"data": {"looks_at": 1}})


@pytest.mark.parametrize("raw", [b"payload=", b"payload=%5B%5D", b"a=1&" * 500, b"\xff"])
def test_a_form_without_a_delivery_in_it_changes_nothing(client, hooked, raw):
    answer = deliver_as(client, "application/x-www-form-urlencoded; charset=utf-8", raw)
    assert (answer.status_code, answer.json()) == (202, {"data": {"looks_at": 0}})


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_any_other_content_type_is_refused_in_words(client, hooked, content_type):
    answer = deliver_as(client, content_type, b"{}")
    assert (answer.status_code, answer.json()["error_code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert "application/json" in answer.json()["message"]


@pytest.mark.parametrize("secret", ["wrong", ""])
def test_a_delivery_with_a_wrong_signature_is_refused(client, hooked, secret):
    assert deliver(client, {"pull_request": {"number": 1}}, secret=secret).status_code == 401


def test_a_hub_without_a_secret_takes_no_deliveries(client):
    assert deliver(client, {"pull_request": {"number": 1}}).status_code == 404


def test_a_delivery_that_is_not_a_json_object_changes_nothing(client, hooked):
    assert deliver(client, []).json() == {"data": {"looks_at": 0}}
