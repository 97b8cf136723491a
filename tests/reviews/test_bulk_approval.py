"""Trivial updates: what may be approved in bulk."""

from __future__ import annotations

import pytest

from models_registry import publication
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel, Visibility
from reviews import use_cases
from reviews.errors import NotTrivial
from reviews.models import Review
from tests.factories import a_model, llm_record, written


@pytest.mark.parametrize(
    ("changes", "is_trivial"),
    [
        ({"model_description": "Better words."}, True),
        ({"featured": True}, True),
        ({"updated_at": 1_790_000_000, "model_description": "Better."}, True),
        ({"context_length": 32769}, False),
        ({"context_length": 32768.0}, False),
        ({"virtualenv": {"packages": ["git+https://example.org/x"]}}, False),
        ({"chat_template": "{{ messages }}"}, False),
    ],
)
def test_bulk_approval_takes_what_no_server_acts_on(db, author, reviewer, changes, is_trivial):
    model = a_model(owner=author)
    content = publication.Content(written(llm_record(model.name, **changes)), "# A model\n")
    revision = publication.propose(model, content, by=author, visibility=Visibility.PUBLIC)
    if is_trivial:
        assert use_cases.approve_trivial(revision, by=reviewer).decision == "approve"
    else:
        with pytest.raises(NotTrivial, match="changes more than"):
            use_cases.approve_trivial(revision, by=reviewer)
        assert not Review.objects.exists()


def test_bulk_approval_takes_a_new_readme(db, author, reviewer):
    model = a_model(owner=author)
    submission = Submission(readme="# Better\n")
    revision = edit_model(model, submission, by=author, base_revision=1)
    use_cases.approve_trivial(revision, by=reviewer)
    assert RegisteredModel.objects.get(pk=model.pk).published_revision.readme == "# Better\n"


def test_bulk_approval_takes_no_new_models(proposal, reviewer):
    with pytest.raises(NotTrivial, match="new"):
        use_cases.approve_trivial(proposal, by=reviewer)
