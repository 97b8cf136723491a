"""Deleting a model."""

from __future__ import annotations

import pytest

from hub.models import AuditEntry
from models_registry.actions import maintainers
from models_registry.actions.delete import delete
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.expiry import set_expiry
from models_registry.actions.feature import set_featured
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.actions.withdraw import withdraw
from models_registry.errors import (
    ModelNotFound,
)
from models_registry.models import RegisteredModel, Revision
from tests.factories import a_model, a_person, changed, llm_record, served, written

pytestmark = pytest.mark.django_db


def test_deleting_takes_the_model_everywhere_and_the_audit_log_keeps_its_definition():
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada)
    text = changed(model.published_revision, context_length=1)
    edit_model(model, Submission(text), by=ada, base_revision=1)
    definition, pk = model.published_revision.definition, model.pk
    delete(model, by=a_person("mia", "Maintainers"))
    assert served() == []
    assert not Revision.objects.exists()
    entry = AuditEntry.objects.get(tag="registry:model:delete")
    assert (entry.target_id, entry.data["definition"]) == (str(pk), definition)
    again = Submission(written(llm_record()), visibility="public")
    assert register("llm", again, by=ada).number == 1


def test_every_action_on_a_model_that_is_gone_says_so():
    model = a_model()
    mia = a_person("mia", "Maintainers")
    delete(RegisteredModel.objects.get(pk=model.pk), by=mia)
    for action in (
        lambda: delete(model, by=mia),
        lambda: edit_model(model, Submission(readme="x"), by=mia, base_revision=1),
        lambda: set_expiry(model, None, by=mia),
        lambda: set_featured(model, True, by=mia),
        lambda: withdraw(model, by=mia),
        lambda: maintainers.appoint(model, "mia", by=mia),
    ):
        with pytest.raises(ModelNotFound):
            action()
