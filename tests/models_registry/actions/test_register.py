"""Registering a model: what follows, what is refused, what the audit log says of it."""

from __future__ import annotations

import pytest
from django.utils import timezone as clock

from hub.models import AuditEntry
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.errors import (
    InvalidModelType,
    NameTaken,
    NotAllowed,
)
from models_registry.models import CatalogueList, RegisteredModel
from tests.factories import a_person, entries, llm_record, served, written

pytestmark = pytest.mark.django_db


def test_a_private_model_is_its_owners_at_once():
    ada = a_person("ada", "Registrars")
    revision = register("llm", Submission(written(llm_record()), readme="# R"), by=ada)
    assert (revision.state, revision.number, revision.visibility) == ("published", 1, "private")
    assert revision.model.owner == ada
    assert revision.author_name == "ada"
    assert entries(revision.model) == ["registry:model:publish"]
    assert not CatalogueList.objects.filter(model_type="llm", model_count__gt=0).exists()


def test_a_public_model_waits_for_review_and_is_not_served():
    ada = a_person("ada", "Registrars")
    submission = Submission(written(llm_record()), visibility="public")
    revision = register("llm", submission, by=ada)
    assert revision.state == "proposed"
    assert revision.model.published_revision is None
    assert entries(revision.model) == ["registry:model:propose"]
    assert not CatalogueList.objects.filter(model_type="llm", model_count__gt=0).exists()


def test_with_the_right_a_public_model_is_published_and_served_at_once():
    ada = a_person("ada", "Public registrars")
    before = int(clock.now().timestamp())
    submission = Submission(written(llm_record(updated_at=1)), visibility="public")
    revision = register("llm", submission, by=ada)
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
        register("llm", Submission(written(llm_record()), visibility=visibility), by=ada)
    assert not RegisteredModel.objects.exists()
    assert not AuditEntry.objects.filter(tag__startswith="registry:").exists()


def test_a_type_that_does_not_exist_is_refused():
    with pytest.raises(InvalidModelType):
        register("robot", Submission("[]"), by=a_person("ada", "Registrars"))


@pytest.mark.parametrize("name", ["tiny-llm", "Tiny-LLM"])
def test_a_public_name_is_taken_in_every_spelling_even_while_it_waits_for_review(name):
    ada, ben = a_person("ada", "Registrars"), a_person("ben", "Registrars")
    first = Submission(written(llm_record()), visibility="public")
    register("llm", first, by=ada)
    second = Submission(written(llm_record(name)), visibility="public")
    with pytest.raises(NameTaken):
        register("llm", second, by=ben)
    assert RegisteredModel.objects.count() == 1


def test_names_of_private_models_are_no_secret_that_a_clash_could_tell():
    ada, ben = a_person("ada", "Registrars"), a_person("ben", "Registrars")
    for person, visibility in [(ada, "private"), (ben, "private"), (ben, "public")]:
        register("llm", Submission(written(llm_record()), visibility=visibility), by=person)
    assert RegisteredModel.objects.count() == 3
    with pytest.raises(NameTaken):
        register("llm", Submission(written(llm_record())), by=ben)
