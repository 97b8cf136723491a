"""Marking models as featured."""

from __future__ import annotations

import pytest

from models_registry.actions.feature import set_featured
from models_registry.errors import (
    NothingChanged,
)
from tests.factories import a_model, a_person, llm_record, served, written

pytestmark = pytest.mark.django_db


def test_featuring_publishes_a_revision_with_the_mark_in_every_record():
    model = a_model(definition=written(llm_record(), llm_record(context_length=1)))
    mia = a_person("mia", "Maintainers")
    revision = set_featured(model, True, by=mia)
    assert [record["featured"] for record in served()] == [True, True]
    assert revision.message == "Featured"
    with pytest.raises(NothingChanged):
        set_featured(model, True, by=mia)
    set_featured(model, False, by=mia)
    assert [record["featured"] for record in served()] == [False, False]
