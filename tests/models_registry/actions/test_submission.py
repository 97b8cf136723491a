"""What somebody hands in: how it is checked, and what of it is kept."""

from __future__ import annotations

import json

import pytest

from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.errors import (
    InvalidDefinition,
    InvalidParameter,
)
from models_registry.models import RegisteredModel
from tests.factories import a_person, llm_record, written

pytestmark = pytest.mark.django_db


def test_the_exact_text_is_kept_but_for_the_managed_fields():
    text = '[{"version":2, "context_length": 32768,\t"model_name":"tiny-llm",'
    rest = json.dumps(llm_record(updated_at=..., featured=...))
    text += rest.split('"model_name": "tiny-llm",')[1][:-1] + "}]  \n\n"
    revision = register("llm", Submission(text), by=a_person("ada", "Registrars"))
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
        register("llm", Submission(text), by=ada)
    said = [json.dumps(problem) for problem in refusal.value.details["errors"]]
    assert any(message in one for one in [*said, refusal.value.message])
    assert not RegisteredModel.objects.exists()


@pytest.mark.parametrize("part", ["readme", "message"])
def test_text_that_no_database_stores_is_made_storable(part):
    submission = Submission(written(llm_record()), **{part: "a\x00b\ud800c"})
    revision = register("llm", submission, by=a_person("ada", "Registrars"))
    revision.refresh_from_db()
    assert getattr(revision, part) == "a�b?c"


def test_a_readme_that_is_too_large_is_refused():
    submission = Submission(written(llm_record()), readme="ä" * 600_000)
    with pytest.raises(InvalidParameter, match="larger"):
        register("llm", submission, by=a_person("ada", "Registrars"))
