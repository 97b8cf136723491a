"""Restoring an older revision."""

from __future__ import annotations

import json

import pytest

from models_registry.actions.edit import edit as edit_model
from models_registry.actions.restore import restore
from models_registry.actions.submission import Submission
from models_registry.errors import (
    InvalidParameter,
    NothingChanged,
)
from tests.factories import a_model, a_person, changed

pytestmark = pytest.mark.django_db


def test_restoring_brings_an_old_revision_back_as_a_new_one():
    model = a_model()
    mia = a_person("mia", "Maintainers")
    old = model.published_revision
    edit = Submission(changed(old, context_length=1), readme="# New\n")
    edit_model(model, edit, by=mia, base_revision=1)
    revision = restore(model, 1, by=mia, base_revision=2)
    record = json.loads(revision.definition)[0]
    assert (revision.number, revision.readme) == (3, old.readme)
    assert record["context_length"] == 32768
    assert record["updated_at"] > json.loads(old.definition)[0]["updated_at"]
    assert revision.message == "Restored revision 1"
    with pytest.raises(NothingChanged):
        restore(model, 1, by=mia, base_revision=3)


@pytest.mark.parametrize("number", [0, 7, 10**30])
def test_restoring_what_is_not_there_is_refused(number):
    with pytest.raises(InvalidParameter, match="no revision"):
        restore(a_model(), number, by=a_person("mia", "Maintainers"), base_revision=1)
