"""`manage.py lists`."""

from __future__ import annotations

import pytest

from models_registry.models import ListRevision
from tests.factories import a_model, llm_record, written

pytestmark = pytest.mark.django_db


def test_the_command_shows_revisions_and_what_is_held_back(run):
    a_model("one")
    a_model("bad", definition=written(llm_record("bad", version=9)))
    a_model("two")
    output = run("lists", "llm")
    newest, older = [line for line in output.splitlines() if line.startswith("llm")]
    assert newest.split()[1] == "2"
    assert newest.endswith("served")
    assert ListRevision.objects.get(model_type="llm", number=1).sha256 in older
    assert "held back: bad" in output
    assert len([line for line in run("lists").splitlines() if line.startswith("image")]) == 1
