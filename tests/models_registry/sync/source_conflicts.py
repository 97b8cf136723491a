"""A model in conflict with the source, and the form that decides."""

from __future__ import annotations

import json

from models_registry.actions.edit import edit as edit_model
from models_registry.actions.submission import Submission
from models_registry.conflict_sides import field_of
from models_registry.models import (
    RegisteredModel,
)
from models_registry.sync import conflicts
from models_registry.sync.merge_list import merge_list
from models_registry.sync.sources.hub import read_list
from tests.factories import llm_record, written

SOURCE = "hub:https://source.example"


BEGIN = llm_record("alpha", context_length=1000)


OURS = {"context_length": 2000, "model_description": "Ours."}


THEIRS = {
    "context_length": 3000, "model_description": "Theirs.", "model_lang": ["en", "zh", "fr"],
    "updated_at": 1_790_000_000,
}  # fmt: skip


def update(*records, by=None):
    """What an update does with a list of these records."""
    models = read_list("https://source.example", "llm", written(*records).encode()).models
    return merge_list("llm", models, source=SOURCE, by=by)


def edit(model, keeper, **changes):
    model.refresh_from_db()
    published = model.published_revision
    text = written({**json.loads(published.definition)[0], **changes})
    submission = Submission(definition=text)
    edit_model(model, submission, by=keeper, base_revision=published.number)


def record_of(model) -> dict:
    return json.loads(RegisteredModel.objects.get(pk=model.pk).published_revision.definition)[0]


def form(model, **sides: str) -> dict[str, str]:
    """The fields of the page, with a side for each key."""
    difference = conflicts.difference(model)
    return {
        field_of(place): sides[place.pointer.rpartition("/")[2]]
        for place in difference.places()
        if place.pointer.rpartition("/")[2] in sides
    }


def decide(model, posted, keeper, version=None):
    if version is None:
        version = conflicts.difference(model).version
    return conflicts.resolve(model, posted, by=keeper, version=version)
