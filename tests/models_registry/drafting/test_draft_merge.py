"""A draft is brought together with what was published meanwhile, about what the person saw."""

from __future__ import annotations

import json
import re

import pytest

from models_registry.actions.edit import current_revision, edit
from models_registry.actions.submission import Submission
from models_registry.drafting import drafts
from models_registry.models import Draft, RegisteredModel
from tests.factories import a_model, a_person, changed
from tests.forms import form_fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    person = a_person("ada", "Maintainers")
    client.force_login(person)
    return person


def publish(model: RegisteredModel, by, **values) -> None:
    now = RegisteredModel.objects.get(pk=model.pk)
    base = current_revision(now, by=by).number
    text = changed(now.published_revision, **values)
    edit(now, Submission(definition=text), by=by, base_revision=base)


@pytest.fixture
def draft(ada) -> Draft:
    """Its context length and description were changed on both sides."""
    model = a_model("alpha")
    draft = drafts.open_for(model, by=ada)
    mine = changed(model.published_revision, context_length=1, model_description="Mine.")
    Draft.objects.update(definition=mine)
    publish(model, a_person("eve", "Maintainers"), context_length=2, model_description="Theirs.")
    return draft


def fields_of(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="(side:side-\w+)"', page)))


def test_choices_are_kept_where_nothing_changed_and_asked_again_elsewhere(client, ada, draft):
    address = f"/model-registration/{draft.pk}/merge"
    page = client.get(address).content.decode()
    first = fields_of(page)
    assert len(first) == 2
    sent = form_fields(page, address) | dict.fromkeys(first, "theirs")
    publish(draft.model, a_person("eva", "Maintainers"), context_length=3)
    before = Draft.objects.get().definition
    answer = client.post(address, sent)
    assert answer.status_code == 409
    assert Draft.objects.get().definition == before
    again = answer.content.decode()
    assert "one of the two sides has changed" in again
    kept = form_fields(again, address)
    same = set(first) & set(fields_of(again))
    assert len(same) == 1
    assert [kept.get(name) for name in fields_of(again)].count("theirs") == 1
    sent = kept | dict.fromkeys(fields_of(again), "theirs")
    assert client.post(address, sent).status_code == 302
    (record,) = json.loads(Draft.objects.get().definition)
    assert (record["context_length"], record["model_description"]) == (3, "Theirs.")


def test_what_was_chosen_so_far_stays_when_a_side_is_missing(client, ada, draft):
    address = f"/model-registration/{draft.pk}/merge"
    page = client.get(address).content.decode()
    first, second = fields_of(page)
    again = client.post(address, form_fields(page, address) | {first: "ours"}).content.decode()
    assert "Choose a side for every place." in again
    assert form_fields(again, address)[first] == "ours"
    assert second not in form_fields(again, address)
