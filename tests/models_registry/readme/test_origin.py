"""A generated README follows the definition, and is never taken for the author's."""

from __future__ import annotations

import pytest

from accounts import tokens
from accounts.models import Scope
from models_registry.actions.edit import edit
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.drafting import drafts
from models_registry.models import ReadmeOrigin
from models_registry.readme.generate import NOTE
from tests.factories import a_person, changed, llm_record, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return a_person("ada", "Registrars")


@pytest.fixture
def generated(ada):
    draft = drafts.start("llm", by=ada, definition=written(llm_record()))
    return drafts.submit(draft, by=ada)


def test_a_generated_readme_is_generated_anew_with_each_definition(generated, ada):
    assert generated.readme.startswith(NOTE)
    text = changed(generated, context_length=123_456)
    after = edit(generated.model, Submission(text), by=ada, base_revision=1)
    assert "123,456 tokens" in after.readme
    assert after.readme_origin == ReadmeOrigin.GENERATED


def test_a_generated_readme_that_is_sent_back_stays_generated(generated, ada):
    sent = Submission(changed(generated, context_length=5), readme=generated.readme)
    after = edit(generated.model, sent, by=ada, base_revision=1)
    assert "5 tokens" in after.readme
    assert after.readme_origin == ReadmeOrigin.GENERATED
    copy = after.definition.replace("tiny-llm", "copy-llm")
    sent = Submission(copy, readme=after.readme.replace("tiny-llm", "copy-llm"))
    assert register("llm", sent, by=ada).readme_origin == ReadmeOrigin.GENERATED


def test_a_script_that_sends_the_same_generated_readme_again_makes_it_nobodys_text(
    generated, ada, client
):
    """A repository keeps what was generated once, and sends it with every change."""
    _, raw = tokens.issue(by=ada, name="t", scope=Scope.WRITE, expires_at=None)
    results = []
    for length in (5, 6, 6):
        body = {
            "definition": changed(generated, context_length=length),
            "readme": generated.readme,
        }
        answer = client.put(
            "/api/models/llm/tiny-llm", body, content_type="application/json",
            headers={"Authorization": f"Bearer {raw}"},
        )  # fmt: skip
        results.append(answer.json()["data"]["result"])
    assert results == ["updated", "updated", "unchanged"]
    newest = generated.model.revisions.first()
    assert newest.readme_origin == ReadmeOrigin.GENERATED
    assert "6 tokens" in newest.readme


def test_a_generated_readme_that_the_author_changed_is_theirs(generated, ada):
    theirs = generated.readme + "\nMind the licence.\n"
    after = edit(generated.model, Submission(readme=theirs), by=ada, base_revision=1)
    assert (after.readme, after.readme_origin) == (theirs, ReadmeOrigin.WRITTEN)
    text = changed(after, context_length=5)
    assert edit(after.model, Submission(text), by=ada, base_revision=2).readme == theirs


def test_a_model_without_a_readme_shows_a_generated_one(ada, client):
    revision = register("llm", Submission(written(llm_record()), readme=" \n"), by=ada)
    client.force_login(ada)
    page = client.get(f"/models/detail/{revision.model_id}").content.decode()
    assert "xinference launch" in page
    assert "Generated from the definition" in page
