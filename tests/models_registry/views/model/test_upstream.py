"""The tab on which people see a model's changes for upstream, and decide."""

from __future__ import annotations

import dataclasses
import json
import subprocess

import pytest
from django.urls import reverse

from models_registry.models import RegisteredModel, UpstreamChange
from tests.factories import llm_record, written
from tests.forms import form_fields
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream_fixtures import path

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


def test_without_a_token_several_changes_are_one_card_with_the_whole_patch(
    client, github, maintainer, without_token
):
    edit("alpha", maintainer, context_length=4096)
    page = client.get(page_of(the_model("alpha"))).content.decode()
    assert "Save a GitHub token in the User Center" in page
    assert "within a few minutes" not in page
    edit("alpha", maintainer, context_length=2048)
    page = client.get(page_of(the_model("alpha"))).content.decode()
    assert page.count("Download the patch") == 1
    assert "Includes 1 earlier change that was not sent yet." in page
    before = json.loads(the_model("alpha").revisions.last().definition)[0]["context_length"]
    edit("alpha", maintainer, context_length=before)
    page = client.get(page_of(the_model("alpha"))).content.decode()
    assert "no pull request is needed" in page
    assert "Download the patch" not in page


def test_a_maintainer_decides_a_conflict_on_the_page(client, github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    send()
    model, change = the_model("alpha"), UpstreamChange.objects.get()
    action = reverse("models_registry:change_action", args=[model.pk, change.pk, "resolve"])
    assert "/0/context_length" not in client.get(page_of(model)).content.decode().split("fieldset")
    assert client.post(action, {"all": "ours"}).status_code in {302, 404}
    assert states() == ["conflict"]
    client.force_login(maintainer)
    page = client.get(page_of(model)).content.decode()
    assert "4096" in page
    client.post(action, form_fields(page, action) | {"all": "ours"})
    send()
    assert states() == ["open"]
