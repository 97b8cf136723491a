"""Withdrawing a proposal."""

from __future__ import annotations

import pytest

from models_registry.actions.edit import edit as edit_model
from models_registry.actions.submission import Submission
from models_registry.actions.withdraw import withdraw
from models_registry.errors import (
    NotAllowed,
    StaleState,
)
from tests.factories import a_model, a_person, entries

pytestmark = pytest.mark.django_db


def test_only_author_and_owner_withdraw_a_proposal():
    ada, mia = a_person("ada", "Registrars"), a_person("mia", "Maintainers")
    model = a_model(owner=ada)
    edit_model(model, Submission(readme="# New"), by=ada, base_revision=1)
    with pytest.raises(NotAllowed):
        withdraw(model, by=mia)
    assert withdraw(model, by=ada).state == "withdrawn"
    with pytest.raises(StaleState):
        withdraw(model, by=ada)
    assert entries(model) == ["registry:model:withdraw", "registry:model:propose"]
