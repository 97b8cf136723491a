"""What people do to models: what follows, what is refused, what the audit log says of it."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone as clock

from hub.models import AuditEntry
from models_registry import publication, use_cases
from models_registry.errors import (
    InvalidDefinition,
    InvalidModelType,
    InvalidParameter,
    NameTaken,
    NotAllowed,
    NothingChanged,
    StaleState,
)
from models_registry.models import CatalogueList, RegisteredModel
from models_registry.use_cases import Submission
from tests.factories import a_model, a_person, changed, entries, llm_record, served, written

pytestmark = pytest.mark.django_db


# --- Registering ---------------------------------------------------------------------------------


def test_a_private_model_is_its_owners_at_once():
    ada = a_person("ada", "Registrars")
    revision = use_cases.register("llm", Submission(written(llm_record()), readme="# R"), by=ada)
    assert (revision.state, revision.number, revision.visibility) == ("published", 1, "private")
    assert revision.model.owner == ada
    assert revision.author_name == "ada"
    assert entries(revision.model) == ["registry:model:publish"]
    assert not CatalogueList.objects.filter(model_type="llm", model_count__gt=0).exists()


def test_a_public_model_waits_for_review_and_is_not_served():
    ada = a_person("ada", "Registrars")
    submission = Submission(written(llm_record()), visibility="public")
    revision = use_cases.register("llm", submission, by=ada)
    assert revision.state == "proposed"
    assert revision.model.published_revision is None
    assert entries(revision.model) == ["registry:model:propose"]
    assert not CatalogueList.objects.filter(model_type="llm", model_count__gt=0).exists()


def test_with_the_right_a_public_model_is_published_and_served_at_once():
    ada = a_person("ada", "Public registrars")
    before = int(clock.now().timestamp())
    submission = Submission(written(llm_record(updated_at=1)), visibility="public")
    revision = use_cases.register("llm", submission, by=ada)
    assert revision.state == "published"
    assert [record["model_name"] for record in served()] == ["tiny-llm"]
    assert served()[0]["updated_at"] >= before


@pytest.mark.parametrize(
    ("rights", "visibility"),
    [
        ([], "private"),
        ([], "public"),
        (["register_public_model"], "private"),
        (["Registrars"], "enterprise"),
        (["Public registrars"], "enterprise"),
        (["Maintainers"], "public"),
    ],
)
def test_registering_without_the_right_is_refused_and_leaves_nothing(rights, visibility):
    ada = a_person("ada", *rights)
    with pytest.raises(NotAllowed):
        use_cases.register("llm", Submission(written(llm_record()), visibility=visibility), by=ada)
    assert not RegisteredModel.objects.exists()
    assert not AuditEntry.objects.filter(tag__startswith="registry:").exists()


def test_the_exact_text_is_kept_but_for_the_managed_fields():
    text = '[{"version":2, "context_length": 32768,\t"model_name":"tiny-llm",'
    rest = json.dumps(llm_record(updated_at=..., featured=...))
    text += rest.split('"model_name": "tiny-llm",')[1][:-1] + "}]  \n\n"
    revision = use_cases.register("llm", Submission(text), by=a_person("ada", "Registrars"))
    head, _, tail = revision.definition.partition(', "updated_at": ')
    assert text.startswith(head)
    assert tail.endswith(', "featured": false}]  \n\n')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("[", "line 1"),
        ("[]", "at least one record"),
        ('[{"model_name": "a", "model_name": "a"}]', "twice"),
        (written(llm_record(context_length="long")), "context_length"),
        (written(llm_record("has space")), "model_name"),
        (written(llm_record("x" * 251)), "model_name"),
        (written(llm_record(), llm_record("another")), "name"),
        (written(llm_record(model_specs=[])), "model_specs"),
    ],
)
def test_what_is_no_definition_is_refused_with_every_error(text, message):
    ada = a_person("ada", "Registrars")
    with pytest.raises(InvalidDefinition) as refusal:
        use_cases.register("llm", Submission(text), by=ada)
    said = [json.dumps(problem) for problem in refusal.value.details["errors"]]
    assert any(message in one for one in [*said, refusal.value.message])
    assert not RegisteredModel.objects.exists()


def test_a_type_that_does_not_exist_is_refused():
    with pytest.raises(InvalidModelType):
        use_cases.register("robot", Submission("[]"), by=a_person("ada", "Registrars"))


@pytest.mark.parametrize("name", ["tiny-llm", "Tiny-LLM"])
def test_a_public_name_is_taken_in_every_spelling_even_while_it_waits_for_review(name):
    ada, ben = a_person("ada", "Registrars"), a_person("ben", "Registrars")
    first = Submission(written(llm_record()), visibility="public")
    use_cases.register("llm", first, by=ada)
    second = Submission(written(llm_record(name)), visibility="public")
    with pytest.raises(NameTaken):
        use_cases.register("llm", second, by=ben)
    assert RegisteredModel.objects.count() == 1


def test_names_of_private_models_are_no_secret_that_a_clash_could_tell():
    ada, ben = a_person("ada", "Registrars"), a_person("ben", "Registrars")
    for person, visibility in [(ada, "private"), (ben, "private"), (ben, "public")]:
        use_cases.register(
            "llm", Submission(written(llm_record()), visibility=visibility), by=person
        )
    assert RegisteredModel.objects.count() == 3
    with pytest.raises(NameTaken):
        use_cases.register("llm", Submission(written(llm_record())), by=ben)


@pytest.mark.parametrize("part", ["readme", "message"])
def test_text_that_no_database_stores_is_made_storable(part):
    submission = Submission(written(llm_record()), **{part: "a\x00b\ud800c"})
    revision = use_cases.register("llm", submission, by=a_person("ada", "Registrars"))
    revision.refresh_from_db()
    assert getattr(revision, part) == "a�b?c"


def test_a_readme_that_is_too_large_is_refused():
    submission = Submission(written(llm_record()), readme="ä" * 600_000)
    with pytest.raises(InvalidParameter, match="larger"):
        use_cases.register("llm", submission, by=a_person("ada", "Registrars"))


# --- Editing -------------------------------------------------------------------------------------


def test_an_owner_edits_a_private_model_at_once():
    ada = a_person("ada", "Registrars")
    first = use_cases.register("llm", Submission(written(llm_record())), by=ada)
    text = changed(first, context_length=1)
    second = use_cases.edit(first.model, Submission(text), by=ada, base_revision=1)
    assert (second.state, second.number, second.base) == ("published", 2, first)
    first.refresh_from_db()
    assert first.state == "superseded"


def test_an_owners_edit_of_a_public_model_waits_for_review():
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada)
    before = served()
    text = changed(model.published_revision, context_length=1)
    revision = use_cases.edit(model, Submission(text), by=ada, base_revision=1)
    assert revision.state == "proposed"
    assert served() == before


def test_a_maintainers_edit_is_served_at_once_with_a_newer_time():
    model = a_model(owner=a_person("ada", "Registrars"))
    old = served()[0]
    text = changed(model.published_revision, context_length=1)
    use_cases.edit(model, Submission(text), by=a_person("mia", "Maintainers"), base_revision=1)
    assert served()[0]["context_length"] == 1
    assert served()[0]["updated_at"] > old["updated_at"]


def test_editing_the_readme_leaves_the_definition_and_its_time_alone():
    model = a_model()
    before = model.published_revision.definition
    edit = Submission(readme="# Better\n")
    revision = use_cases.edit(model, edit, by=a_person("mia", "Maintainers"), base_revision=1)
    assert (revision.definition, revision.readme) == (before, "# Better\n")


def test_an_edit_that_changes_the_name_is_refused():
    model = a_model()
    text = changed(model.published_revision, model_name="other-name")
    with pytest.raises(InvalidDefinition, match="name can't change"):
        use_cases.edit(model, Submission(text), by=a_person("mia", "Maintainers"), base_revision=1)


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
        use_cases.edit(model, edit, by=a_person("mia", "Maintainers"), base_revision=1)
    assert model.revisions.count() == 1


def test_a_stale_edit_is_refused_and_told_the_current_revision():
    model = a_model()
    mia, max_ = a_person("mia", "Maintainers"), a_person("max", "Maintainers")
    first = changed(model.published_revision, context_length=1)
    second = changed(model.published_revision, context_length=2)
    use_cases.edit(model, Submission(first), by=mia, base_revision=1)
    with pytest.raises(StaleState) as refusal:
        use_cases.edit(model, Submission(second), by=max_, base_revision=1)
    assert refusal.value.details == {"current_revision": 2}
    assert "mia" in refusal.value.message
    assert served()[0]["context_length"] == 1


def test_the_next_round_goes_on_from_the_open_proposal():
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada)
    text = changed(model.published_revision, context_length=1)
    first = use_cases.edit(model, Submission(text), by=ada, base_revision=1)
    publication.request_changes(first)
    with pytest.raises(StaleState):
        use_cases.edit(model, Submission(readme="# Better"), by=ada, base_revision=1)
    second = use_cases.edit(model, Submission(readme="# Better"), by=ada, base_revision=2)
    assert (second.state, second.proposal) == ("proposed", first)
    assert json.loads(second.definition)[0]["context_length"] == 1


def test_a_maintainers_edit_starts_from_what_is_published_not_from_somebodys_proposal():
    ada, mia = a_person("ada", "Registrars"), a_person("mia", "Maintainers")
    model = a_model(owner=ada)
    text = changed(model.published_revision, context_length=1)
    proposal = use_cases.edit(model, Submission(text), by=ada, base_revision=1)
    use_cases.edit(model, Submission(readme="# Mia's"), by=mia, base_revision=1)
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_a_proposal_that_is_resubmitted_is_newer_than_what_was_published_meanwhile():
    ada, mia = a_person("ada", "Registrars"), a_person("mia", "Maintainers")
    model = a_model(owner=ada)
    text = changed(model.published_revision, context_length=1)
    use_cases.edit(model, Submission(text), by=ada, base_revision=1)
    ahead = changed(model.published_revision, context_length=2, updated_at=2_000_000_000)
    publication.publish(model, publication.Content(ahead, ""), by=mia)
    again = use_cases.edit(model, Submission(readme="# Again"), by=ada, base_revision=2)
    assert json.loads(again.definition)[0]["updated_at"] > 2_000_000_000
    publication.approve(again)


@pytest.mark.parametrize("ending", [publication.withdraw, publication.reject])
def test_what_was_withdrawn_or_rejected_may_be_handed_in_again_as_it_was(ending):
    ada = a_person("ada", "Registrars")
    submission = Submission(written(llm_record()), visibility="public")
    first = use_cases.register("llm", submission, by=ada)
    with pytest.raises(NothingChanged):
        use_cases.edit(first.model, Submission(first.definition), by=ada, base_revision=1)
    ending(first)
    again = use_cases.edit(first.model, Submission(first.definition), by=ada, base_revision=1)
    assert (again.state, again.number) == ("proposed", 2)


def test_making_a_waiting_model_private_takes_its_proposal_out_of_the_queue():
    ada = a_person("ada", "Registrars")
    submission = Submission(written(llm_record()), visibility="public")
    first = use_cases.register("llm", submission, by=ada)
    use_cases.edit(first.model, Submission(visibility="private"), by=ada, base_revision=1)
    assert publication.open_proposal(first.model) is None
    model = RegisteredModel.objects.get(pk=first.model_id)
    assert (model.visibility, model.published_revision.number) == ("private", 2)
