"""Editing a model: what follows, what is refused, what the audit log says of it."""

from __future__ import annotations

import json

import pytest

from models_registry import publication
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.errors import (
    InvalidDefinition,
    NameTaken,
    NotAllowed,
    NothingChanged,
    StaleState,
)
from models_registry.models import RegisteredModel
from tests.factories import a_model, a_person, a_user, changed, llm_record, served, written

pytestmark = pytest.mark.django_db


def test_an_owner_edits_a_private_model_at_once():
    ada = a_person("ada", "Registrars")
    first = register("llm", Submission(written(llm_record())), by=ada)
    text = changed(first, context_length=1)
    second = edit_model(first.model, Submission(text), by=ada, base_revision=1)
    assert (second.state, second.number, second.base) == ("published", 2, first)
    first.refresh_from_db()
    assert first.state == "superseded"


def test_an_owners_edit_of_a_public_model_waits_for_review():
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada)
    before = served()
    text = changed(model.published_revision, context_length=1)
    revision = edit_model(model, Submission(text), by=ada, base_revision=1)
    assert revision.state == "proposed"
    assert served() == before


def test_a_maintainers_edit_is_served_at_once_with_a_newer_time():
    model = a_model(owner=a_person("ada", "Registrars"))
    old = served()[0]
    text = changed(model.published_revision, context_length=1)
    edit_model(model, Submission(text), by=a_person("mia", "Maintainers"), base_revision=1)
    assert served()[0]["context_length"] == 1
    assert served()[0]["updated_at"] > old["updated_at"]


def test_editing_the_readme_leaves_the_definition_and_its_time_alone():
    model = a_model()
    before = model.published_revision.definition
    edit = Submission(readme="# Better\n")
    revision = edit_model(model, edit, by=a_person("mia", "Maintainers"), base_revision=1)
    assert (revision.definition, revision.readme) == (before, "# Better\n")


def test_an_edit_that_changes_the_name_is_refused():
    model = a_model()
    text = changed(model.published_revision, model_name="other-name")
    with pytest.raises(InvalidDefinition, match="name can't change"):
        edit_model(model, Submission(text), by=a_person("mia", "Maintainers"), base_revision=1)


@pytest.mark.parametrize("edit", [Submission(), Submission(message="x"), "same", "time", "readme"])
def test_an_edit_that_changes_nothing_is_refused(edit):
    model = a_model()
    revision = model.published_revision
    if edit == "same":
        edit = Submission(revision.definition, revision.readme, visibility="public")
    elif edit == "time":
        edit = Submission(changed(revision, updated_at=2_000_000_000))
    elif edit == "readme":
        edit = Submission(readme=revision.readme.replace("\n", "\r\n"))
    with pytest.raises(NothingChanged):
        edit_model(model, edit, by=a_person("mia", "Maintainers"), base_revision=1)
    assert model.revisions.count() == 1


def test_a_stale_edit_is_refused_and_told_the_current_revision():
    model = a_model()
    mia, max_ = a_person("mia", "Maintainers"), a_person("max", "Maintainers")
    first = changed(model.published_revision, context_length=1)
    second = changed(model.published_revision, context_length=2)
    edit_model(model, Submission(first), by=mia, base_revision=1)
    with pytest.raises(StaleState) as refusal:
        edit_model(model, Submission(second), by=max_, base_revision=1)
    assert refusal.value.details == {"current_revision": 2}
    assert "mia" in refusal.value.message
    assert served()[0]["context_length"] == 1


def test_the_next_round_goes_on_from_the_open_proposal():
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada)
    text = changed(model.published_revision, context_length=1)
    first = edit_model(model, Submission(text), by=ada, base_revision=1)
    publication.request_changes(first)
    with pytest.raises(StaleState):
        edit_model(model, Submission(readme="# Better"), by=ada, base_revision=1)
    second = edit_model(model, Submission(readme="# Better"), by=ada, base_revision=2)
    assert (second.state, second.proposal) == ("proposed", first)
    assert json.loads(second.definition)[0]["context_length"] == 1


def test_a_maintainers_edit_starts_from_what_is_published_not_from_somebodys_proposal():
    ada, mia = a_person("ada", "Registrars"), a_person("mia", "Maintainers")
    model = a_model(owner=ada)
    text = changed(model.published_revision, context_length=1)
    proposal = edit_model(model, Submission(text), by=ada, base_revision=1)
    edit_model(model, Submission(readme="# Mia's"), by=mia, base_revision=1)
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_a_proposal_that_is_resubmitted_is_newer_than_what_was_published_meanwhile():
    ada, mia = a_person("ada", "Registrars"), a_person("mia", "Maintainers")
    model = a_model(owner=ada)
    text = changed(model.published_revision, context_length=1)
    edit_model(model, Submission(text), by=ada, base_revision=1)
    ahead = changed(model.published_revision, context_length=2, updated_at=2_000_000_000)
    publication.publish(model, publication.Content(ahead, ""), by=mia)
    again = edit_model(model, Submission(readme="# Again"), by=ada, base_revision=2)
    assert json.loads(again.definition)[0]["updated_at"] > 2_000_000_000
    publication.approve(again)


@pytest.mark.parametrize("ending", [publication.withdraw, publication.reject])
def test_what_was_withdrawn_or_rejected_may_be_handed_in_again_as_it_was(ending):
    ada = a_person("ada", "Registrars")
    submission = Submission(written(llm_record()), visibility="public")
    first = register("llm", submission, by=ada)
    with pytest.raises(NothingChanged):
        edit_model(first.model, Submission(first.definition), by=ada, base_revision=1)
    ending(first)
    again = edit_model(first.model, Submission(first.definition), by=ada, base_revision=1)
    assert (again.state, again.number) == ("proposed", 2)


def test_making_a_waiting_model_private_takes_its_proposal_out_of_the_queue():
    ada = a_person("ada", "Registrars")
    submission = Submission(written(llm_record()), visibility="public")
    first = register("llm", submission, by=ada)
    edit_model(first.model, Submission(visibility="private"), by=ada, base_revision=1)
    assert publication.open_proposal(first.model) is None
    model = RegisteredModel.objects.get(pk=first.model_id)
    assert (model.visibility, model.published_revision.number) == ("private", 2)


def test_a_private_model_made_public_stays_private_until_it_is_approved():
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada, visibility="private")
    revision = edit_model(model, Submission(visibility="public"), by=ada, base_revision=1)
    model.refresh_from_db()
    assert (revision.state, model.visibility) == ("proposed", "private")
    publication.approve(revision)
    model.refresh_from_db()
    assert model.visibility == "public"


def test_a_public_model_made_enterprise_leaves_the_list_at_once():
    model = a_model()
    boss = a_user("boss", is_superuser=True)
    edit_model(model, Submission(visibility="enterprise"), by=boss, base_revision=1)
    assert served() == []
    assert not RegisteredModel.objects.public().exists()


def test_a_model_without_an_owner_that_is_made_private_belongs_to_who_did_it():
    model = a_model()
    boss = a_user("boss", is_superuser=True)
    edit_model(model, Submission(visibility="private"), by=boss, base_revision=1)
    model.refresh_from_db()
    assert (model.visibility, model.owner) == ("private", boss)


def test_making_a_model_public_whose_name_is_public_already_is_refused():
    ada = a_person("ada", "Public registrars")
    a_model()
    mine = a_model("Tiny-LLM", owner=ada, visibility="private")
    with pytest.raises(NameTaken):
        edit_model(mine, Submission(visibility="public"), by=ada, base_revision=1)
    mine.refresh_from_db()
    assert mine.visibility == "private"
    assert mine.revisions.count() == 1


@pytest.mark.parametrize("visibility", ["private", "enterprise"])
def test_an_owner_can_not_take_a_public_model_from_everybody(visibility):
    ada = a_person("ada", "Registrars", "register_enterprise_model")
    model = a_model(owner=ada)
    with pytest.raises(NotAllowed):
        edit_model(model, Submission(visibility=visibility), by=ada, base_revision=1)
