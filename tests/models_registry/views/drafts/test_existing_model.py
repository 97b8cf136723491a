"""Changing a model that is there: its draft, and changes of two people."""

import json
import re

import pytest

from models_registry.actions.edit import edit as edit_model
from models_registry.actions.submission import Submission
from models_registry.models import (
    Draft,
    Visibility,
)
from tests.factories import a_model, written
from tests.models_registry.drafting.forms import address, edit, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(ada):
    return a_model("tiny-llm", visibility="private", owner=ada, readme="# One\n")


def test_the_editors_address_makes_no_draft_until_its_button_is_pressed(client, ada, model):
    path = f"/models/detail/{model.pk}/edit"
    for answer in (client.get(path), client.head(path), client.get(path)):
        assert answer.status_code == 200
    assert f'action="{path}"' in answer.content.decode()
    assert not Draft.objects.exists()
    draft = edit(client, model)
    assert client.get(path).headers["Location"] == f"/model-registration/{draft.pk}"


def test_the_editor_of_a_model_opens_its_definition_and_readme(client, ada, model):
    draft = edit(client, model)
    assert draft.definition == model.published_revision.definition
    assert (draft.readme, draft.visibility) == ("# One\n", Visibility.PRIVATE)
    assert edit(client, model).pk == draft.pk


def quicker(model, by, **changes):
    """Somebody publishes a change of the model meanwhile."""
    record = json.loads(model.published_revision.definition)[0] | changes
    submission = Submission(definition=written(record))
    edit_model(model, submission, by=by, base_revision=1)


def test_changes_of_two_people_that_fit_are_joined(client, ada, model):
    draft = edit(client, model)
    post(client, draft, "form", **{"integer:/0/context_length": "4096"})
    quicker(model, ada, model_description="Better.")
    answer = post(client, draft, "check", message="", submit="1", follow=True)
    answer = client.get(answer.url)
    assert answer.url == address(draft, "check")
    draft.refresh_from_db()
    record = json.loads(draft.definition)[0]
    assert (record["context_length"], record["model_description"]) == (4096, "Better.")
    post(client, draft, "check", message="", submit="1")
    model.refresh_from_db()
    assert model.published_revision.number == 3


@pytest.mark.parametrize(("side", "length"), [("ours", 4096), ("theirs", 8192)])
def test_where_two_people_changed_one_thing_the_second_chooses(client, ada, model, side, length):
    draft = edit(client, model)
    post(client, draft, "form", **{"integer:/0/context_length": "4096"})
    quicker(model, ada, context_length=8192)
    merge = post(client, draft, "check", message="", submit="1").url
    page = client.get(merge)
    assert page.status_code == 200
    assert "4096" in page.content.decode()
    assert "8192" in page.content.decode()
    key = re.search(r'name="(side:[^"]+)"', page.content.decode()).group(1)
    assert client.post(merge, {key: "neither"}).status_code == 200
    assert client.post(merge, {key: side}).url == address(draft, "check")
    draft.refresh_from_db()
    assert json.loads(draft.definition)[0]["context_length"] == length
    assert draft.base_revision.number == 2
