"""Submitting a draft over HTTP: what becomes of it, what is refused, and changes of two people."""

import json
import re

import pytest

from models_registry import use_cases
from models_registry.models import Draft, ReadmeOrigin, RegisteredModel, RevisionState, Visibility
from tests.factories import a_model, llm_record, written
from tests.models_registry.drafting import a_draft, address, member, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    """A registrar, signed in."""
    user = member("ada", "Registrars")
    client.force_login(user)
    return user


# --- Submitting -------------------------------------------------------------------------------


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
    assert "A reviewer looks at it first" in page.content.decode()
    post(client, draft, "check", message="", public="1", submit="1")
    assert RegisteredModel.objects.get().revisions.get().state == RevisionState.PROPOSED


def test_a_public_registrar_reads_that_it_goes_out_at_once(client):
    user = member("pam", "Registrars", "Public registrars")
    client.force_login(user)
    draft = a_draft(user, visibility=Visibility.PUBLIC)
    page = client.get(address(draft, "check")).content.decode()
    assert "published at once, without review" in page
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


def test_all_errors_are_shown_at_once_with_their_places(client, ada):
    record = llm_record(model_name="-bad-", context_length="long", model_ability=["fly"])
    draft = a_draft(ada, written(record))
    answer = post(client, draft, "check", message="", submit="1")
    assert answer.status_code == 422
    page = answer.content.decode()
    for anchor in ("at-0-model_name", "at-0-context_length", "at-0-model_ability"):
        assert f'href="{address(draft)}#{anchor}"' in page
    assert f"{address(draft, 'json')}#line-4" in page
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_a_finding_is_mended_by_its_button_and_nothing_else_changes(client, ada):
    text = written(llm_record())
    draft = a_draft(ada, text.replace('"0_6"', '"0.6"'))
    page = client.get(address(draft, "check")).content.decode()
    key = re.search(r'name="fix" value="([^"]*model_size_in_billions)"', page).group(1)
    post(client, draft, "check", message="", fix=key)
    draft.refresh_from_db()
    assert draft.definition == text
    answer = client.get(post(client, draft, "check", message="", fix=key).url)
    assert "nothing left to mend" in answer.content.decode()


def test_a_name_that_is_taken_is_said_in_place_and_nothing_is_lost(client, ada):
    a_model("tiny-llm")
    draft = a_draft(ada, written(llm_record("Tiny-LLM")), visibility=Visibility.PUBLIC)
    answer = post(client, draft, "check", message="m", public="1", submit="1")
    assert answer.status_code in (409, 422)
    assert "taken" in answer.content.decode()
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_the_name_of_a_hidden_model_is_not_told_by_the_check(client, ada):
    a_model("secret-llm", visibility="enterprise")
    draft = a_draft(ada, written(llm_record("secret-llm")), visibility=Visibility.ENTERPRISE)
    assert "taken" not in client.get(address(draft, "check")).content.decode()


# --- Editing ----------------------------------------------------------------------------------


@pytest.fixture
def model(ada):
    return a_model("tiny-llm", visibility="private", owner=ada, readme="# One\n")


def edit(client, model):
    answer = client.get(f"/models/detail/{model.pk}/edit")
    assert answer.status_code == 302
    return Draft.objects.get(model=model)


def test_the_editor_of_a_model_opens_its_definition_and_readme(client, ada, model):
    draft = edit(client, model)
    assert draft.definition == model.published_revision.definition
    assert (draft.readme, draft.visibility) == ("# One\n", Visibility.PRIVATE)
    assert edit(client, model).pk == draft.pk


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
    assert "Nothing is changed" in answer.content.decode()


def quicker(model, by, **changes):
    """Somebody publishes a change of the model meanwhile."""
    record = json.loads(model.published_revision.definition)[0] | changes
    submission = use_cases.Submission(definition=written(record))
    use_cases.edit(model, submission, by=by, base_revision=1)


def test_changes_of_two_people_that_fit_are_joined(client, ada, model):
    draft = edit(client, model)
    post(client, draft, "form", **{"integer:/0/context_length": "4096"})
    quicker(model, ada, model_description="Better.")
    answer = post(client, draft, "check", message="", submit="1", follow=True)
    answer = client.get(answer.url)
    assert answer.url == address(draft, "check")
    draft.refresh_from_db()
    record = json.loads(draft.definition)[0]
    assert (record["context_length"], record["model_description"]) == (4096, "Better.")
    post(client, draft, "check", message="", submit="1")
    model.refresh_from_db()
    assert model.published_revision.number == 3


@pytest.mark.parametrize(("side", "length"), [("ours", 4096), ("theirs", 8192)])
def test_where_two_people_changed_one_thing_the_second_chooses(client, ada, model, side, length):
    draft = edit(client, model)
    post(client, draft, "form", **{"integer:/0/context_length": "4096"})
    quicker(model, ada, context_length=8192)
    merge = post(client, draft, "check", message="", submit="1").url
    page = client.get(merge)
    assert page.status_code == 200
    assert "4096" in page.content.decode()
    assert "8192" in page.content.decode()
    key = re.search(r'name="(side:[^"]+)"', page.content.decode()).group(1)
    assert client.post(merge, {key: "neither"}).status_code == 200
    assert client.post(merge, {key: side}).url == address(draft, "check")
    draft.refresh_from_db()
    assert json.loads(draft.definition)[0]["context_length"] == length
    assert draft.base_revision.number == 2
