"""What people, programs and GitHub itself see and do about outgoing changes."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
import subprocess

import pytest
from django.urls import reverse

from accounts import tokens
from accounts.models import Scope
from models_registry import tasks
from models_registry.models import RegisteredModel
from models_registry.outbox_tables import PullRequest, UpstreamChange
from tests.factories import a_user, llm_record, written
from tests.models_registry.upstream.conftest import path
from tests.models_registry.upstream.test_delivery import edit, send, states, the_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


@pytest.fixture
def without_token(settings, github):
    settings.ENV = dataclasses.replace(settings.ENV, github_token="")


def page_of(model: RegisteredModel) -> str:
    return reverse("models_registry:model_upstream", args=[model.pk])


def test_the_page_shows_states_with_links(client, github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    page = client.get(page_of(the_model("alpha"))).content.decode()
    assert "In a pull request" in page
    assert github.pulls[0]["html_url"] in page


def test_without_a_token_the_page_has_title_body_and_a_patch_that_git_applies(
    client, github, maintainer, without_token, tmp_path
):
    revision = edit("alpha", maintainer, context_length=4096)
    send()
    page = client.get(page_of(the_model("alpha"))).content.decode()
    assert "ENH: update model &quot;alpha&quot; JSON" in page
    change = UpstreamChange.objects.get()
    model = the_model("alpha")
    patch = client.get(reverse("models_registry:change_patch", args=[model.pk, change.pk]))
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "apply"], cwd=checkout, input=patch.content, check=True)
    assert (checkout / path("alpha")).read_text() == revision.definition


def test_a_maintainer_decides_a_conflict_on_the_page(client, github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    send()
    model, change = the_model("alpha"), UpstreamChange.objects.get()
    action = reverse("models_registry:change_action", args=[model.pk, change.pk, "resolve"])
    assert "/0/context_length" not in client.get(page_of(model)).content.decode().split("fieldset")
    assert client.post(action, {"side-1": "ours"}).status_code in {302, 404}
    assert states() == ["conflict"]
    client.force_login(maintainer)
    assert "4096" in client.get(page_of(model)).content.decode()
    client.post(action, {"side-1": "ours"})
    send()
    assert states() == ["open"]


def test_the_changes_of_a_model_are_told_to_programs(client, github, maintainer):
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


@pytest.mark.parametrize("secret", ["wrong", ""])
def test_a_delivery_with_a_wrong_signature_is_refused(client, hooked, secret):
    assert deliver(client, {"pull_request": {"number": 1}}, secret=secret).status_code == 401


def test_a_hub_without_a_secret_takes_no_deliveries(client):
    assert deliver(client, {"pull_request": {"number": 1}}).status_code == 404


def test_a_delivery_that_is_no_json_object_changes_nothing(client, hooked):
    assert deliver(client, []).json() == {"data": {"looks_at": 0}}


def test_the_administration_lists_the_outbox_and_tries_again(client, github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    github.fault = lambda verb, asked: "502 before"
    send()
    github.fault = None
    User = type(maintainer)
    User.objects.filter(pk=maintainer.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=maintainer.pk))
    listing = reverse("admin:models_registry_upstreamchange_changelist")
    assert (
        "GitHub has a fault of its own"
        in client.get(listing, {"state": "waiting"}).content.decode()
    )
    change = UpstreamChange.objects.get()
    client.post(listing, {"action": "try_again", "_selected_action": [change.pk]})
    tasks.send_changes()
    assert states() == ["open"]


def test_the_administration_calls_back_what_was_not_sent(client, github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    User = type(maintainer)
    User.objects.filter(pk=maintainer.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=maintainer.pk))
    listing = reverse("admin:models_registry_upstreamchange_changelist")
    change = UpstreamChange.objects.get()
    client.post(listing, {"action": "call_back", "_selected_action": [change.pk]})
    send()
    assert states() == ["cancelled"]
    assert github.pulls == []


def test_the_outbox_is_not_for_staff_without_rights(client):
    client.force_login(a_user("staff", is_staff=True))
    listing = reverse("admin:models_registry_upstreamchange_changelist")
    assert client.get(listing).status_code in {302, 403}
