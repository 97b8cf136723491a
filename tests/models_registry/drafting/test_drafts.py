"""Submitting a draft: what becomes of it."""

import json

import pytest

from models_registry.models import (
    Draft,
    ReadmeOrigin,
    RegisteredModel,
    RevisionState,
    Visibility,
)
from tests.factories import a_model
from tests.models_registry.drafting.forms import a_draft, address, edit, member, post

pytestmark = pytest.mark.django_db


def test_a_private_model_is_registered_at_once_and_the_draft_is_gone(client, ada):
    draft = a_draft(ada)
    answer = post(client, draft, "check", message="First", submit="1")
    model = RegisteredModel.objects.get()
    assert answer.url == model.get_absolute_url()
    assert (model.visibility, model.owner) == (Visibility.PRIVATE, ada)
    assert model.published_revision.message == "First"
    assert model.published_revision.readme_origin == ReadmeOrigin.GENERATED
    assert not Draft.objects.exists()


def test_a_public_model_of_a_registrar_waits_for_review(client, ada):
    draft = a_draft(ada)
    page = post(client, draft, "check", htmx=True, message="", public="1")
    assert "A reviewer checks it first" in page.content.decode()
    post(client, draft, "check", message="", public="1", submit="1")
    assert RegisteredModel.objects.get().revisions.get().state == RevisionState.PROPOSED


def test_a_public_registrar_reads_that_it_goes_out_at_once(client):
    user = member("pam", "Registrars", "Public registrars")
    client.force_login(user)
    draft = a_draft(user, visibility=Visibility.PUBLIC)
    page = client.get(address(draft, "check")).content.decode()
    assert "Published immediately, without review" in page
    assert "xorbitsai/inference" in page
    post(client, draft, "check", message="", public="1", submit="1")
    assert RegisteredModel.objects.get().published_revision is not None


def test_enterprise_counts_only_with_public_and_only_with_the_right(client, ada):
    draft = a_draft(ada)
    post(client, draft, "check", message="", enterprise="1")
    draft.refresh_from_db()
    assert draft.visibility == Visibility.PRIVATE
    post(client, draft, "check", message="", public="1", enterprise="1")
    answer = post(client, draft, "check", message="", public="1", enterprise="1", submit="1")
    assert answer.status_code == 403
    assert "enterprise" in answer.content.decode()
    assert not RegisteredModel.objects.exists()


@pytest.fixture
def model(ada):
    return a_model("tiny-llm", visibility="private", owner=ada, readme="# One\n")


def test_an_edit_becomes_the_next_revision(client, ada, model):
    draft = edit(client, model)
    post(client, draft, "form", **{"integer:/0/context_length": "4096"})
    post(client, draft, "check", message="Shorter", submit="1")
    model.refresh_from_db()
    assert model.published_revision.number == 2
    assert json.loads(model.published_revision.definition)[0]["context_length"] == 4096


def test_nothing_changed_is_said_in_place(client, ada, model):
    answer = post(client, edit(client, model), "check", message="", submit="1")
    assert answer.status_code == 400
    assert "Nothing has changed" in answer.content.decode()
