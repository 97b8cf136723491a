"""An update while people work: nothing that somebody published meanwhile is overwritten unseen."""

from __future__ import annotations

import json
import threading
import time

import pytest
from django.db import transaction

from accounts.models import User
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel
from models_registry.sync import merge_list
from models_registry.sync.sources.hub import read_list
from tests.factories import a_person, llm_record, written

pytestmark = pytest.mark.django_db(transaction=True)

URL = "https://source.example"


def merged(*records):
    models = read_list(URL, "llm", written(*records).encode()).models
    return merge_list.merge_list("llm", models, source=f"hub:{URL}", by=None)


def test_an_edit_in_the_middle_of_an_update_is_not_lost(at_once, monkeypatch):
    a_person("keeper", "change_public_model")
    merged(llm_record("alpha"), llm_record("beta"))
    in_the_middle = threading.Event()
    content_from = merge_list.content_from

    def slowly(*arguments, **options):
        in_the_middle.set()
        time.sleep(1)
        return content_from(*arguments, **options)

    monkeypatch.setattr(merge_list, "content_from", slowly)

    def act(deed):
        if deed == "update":
            return merged(llm_record("alpha", context_length=1), llm_record("beta")).updated
        assert in_the_middle.wait(30)
        model = RegisteredModel.objects.get(name="alpha")
        text = written(llm_record("alpha", model_description="Ours."))
        by = User.objects.get(username="keeper")
        return edit(model, Submission(text), by=by, base_revision=1).number

    updated, edited = at_once(act, ["update", "edit"])
    assert (updated, edited) == (["alpha"], "STALE_REVISION")
    (texts,) = at_once(
        lambda _: list(
            RegisteredModel.objects.get(name="alpha").revisions.values_list("definition", flat=True)
        ),
        [None],
    )
    assert len(texts) == 2
    assert {json.loads(text)[0]["context_length"] for text in texts} == {1, 32768}


def test_an_update_that_waited_for_an_edit_joins_it(at_once):
    a_person("keeper", "change_public_model")
    merged(llm_record("alpha"))
    edited = threading.Event()

    def act(deed):
        if deed == "update":
            assert edited.wait(30)
            return merged(llm_record("alpha", context_length=1)).merged
        model = RegisteredModel.objects.get(name="alpha")
        text = written(llm_record("alpha", model_description="Ours."))
        by = User.objects.get(username="keeper")
        with transaction.atomic():
            edit(model, Submission(text), by=by, base_revision=1)
            edited.set()
            time.sleep(1)
        return "edited"

    assert at_once(act, ["update", "edit"]) == [["alpha"], "edited"]
    (text,) = at_once(
        lambda _: RegisteredModel.objects.get(name="alpha").published_revision.definition, [None]
    )
    (record,) = json.loads(text)
    assert (record["context_length"], record["model_description"]) == (1, "Ours.")
