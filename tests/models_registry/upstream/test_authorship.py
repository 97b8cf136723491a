"""What a maintainer wrote into a pull request stays; the hub's own texts are kept up to date."""

from __future__ import annotations

import pytest

from models_registry.actions.delete import delete
from models_registry.models import PullRequest
from tests.factories import llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


@pytest.mark.parametrize("field", ["title", "body"])
def test_what_a_maintainer_wrote_stays_and_the_rest_is_kept_up_to_date(github, maintainer, field):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.pulls[0][field] = "Please wait for the release."
    other = "body" if field == "title" else "title"
    before = github.pulls[0][other]
    for length in (8192, 2048):
        edit("alpha", maintainer, context_length=length)
        send()
        assert github.pulls[0][field] == "Please wait for the release."
    delete(the_model("alpha"), by=maintainer)
    send()
    assert github.pulls[0][field] == "Please wait for the release."
    assert github.pulls[0][other] != before


def test_texts_that_an_earlier_version_wrote_are_known_as_the_hubs(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    PullRequest.objects.update(texts=[])
    edit("alpha", maintainer, context_length=8192)
    send()
    assert "8192" in github.pulls[0]["body"]


def test_a_text_whose_answer_was_lost_is_known_as_the_hubs(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.fault = lambda verb, address: (
        "cut after" if verb == "PATCH" and address.endswith("/pulls/1") else None
    )
    edit("alpha", maintainer, context_length=8192)
    send()
    github.fault = None
    edit("alpha", maintainer, context_length=2048)
    send()
    assert "2048" in github.pulls[0]["body"]


def test_a_note_goes_in_front_of_a_text_that_a_maintainer_wrote(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.pulls[0]["body"] = "Ours."
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    edit("alpha", maintainer, context_length=8192)
    send()
    assert states()[-1] == "conflict"
    assert "[!IMPORTANT]" in github.pulls[0]["body"]
    assert github.pulls[0]["body"].endswith("Ours.")
