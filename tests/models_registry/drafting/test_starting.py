"""What a new model starts from: a copy, or JSON of any kind."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from models_registry.models import Draft
from tests.factories import a_model, a_user, llm_record, written
from tests.models_registry.drafting.forms import (
    ODD,
    START,
    a_draft,
    address,
)

pytestmark = pytest.mark.django_db


def test_models_that_may_not_be_seen_can_neither_be_edited_nor_copied(client, ada):
    model = a_model("hidden", visibility="private", owner=a_user("bob"))
    assert client.get(f"/models/detail/{model.pk}/edit").status_code == 404
    answer = client.post(START, {"model_type": "llm", "start": "copy", "copy_of": "hidden"})
    assert answer.status_code == 400
    assert "There is no Language model" in answer.content.decode()
    assert "hidden" not in client.get(f"{START}/names?copy_of=hid").content.decode()


def test_a_copy_has_another_name_and_is_the_same_otherwise(client, ada):
    model = a_model("tiny-llm", readme="# Tiny\n")
    client.post(START, {"model_type": "llm", "start": "copy", "copy_of": "TINY-llm"})
    draft = Draft.objects.get()
    before = model.published_revision.definition
    assert draft.definition == before.replace('"tiny-llm",', '"tiny-llm-copy",')


def test_one_record_without_brackets_is_taken(client, ada):
    client.post(START, {"model_type": "llm", "start": "json", "json": json.dumps(llm_record())})
    assert json.loads(Draft.objects.get().definition) == [llm_record()]


def test_an_uploaded_file_is_taken_byte_for_byte(client, ada):
    file = SimpleUploadedFile("m.json", ODD.encode())
    client.post(START, {"model_type": "llm", "start": "json", "file": file})
    assert Draft.objects.get().definition == ODD


def test_of_an_upstream_file_with_many_models_one_is_chosen(client, ada):
    text = written(llm_record("one"), llm_record("two"))
    answer = client.post(START, {"model_type": "llm", "start": "json", "json": text})
    assert b'value="two"' in answer.content
    client.post(START, {"model_type": "llm", "start": "json", "json": text, "pick": "two"})
    assert json.loads(Draft.objects.get().definition) == [llm_record("two")]


def test_json_that_cannot_be_read_is_kept_and_opens_in_the_editor(client, ada):
    client.post(START, {"model_type": "llm", "start": "json", "json": '[{"a": 1,]'})
    draft = Draft.objects.get()
    assert draft.definition == '[{"a": 1,]'
    answer = client.get(f"{START}/{draft.pk}", follow=True)
    assert answer.redirect_chain[-1][0] == address(draft, "json")
    assert 'data-line="1"' in answer.content.decode()


def test_a_custom_model_is_named_by_its_command_without_markup(client, ada):
    custom = {**llm_record(), "version": 2, "model_specs": [{"model_id": "me/mine"}]}
    draft = a_draft(ada, written(custom))
    page = client.get(address(draft, "json")).content.decode()
    assert "custom model as “xinference register” takes it" in page
    assert "`" not in page
