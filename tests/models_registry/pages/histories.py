"""Models with a history, and the addresses of it."""

from __future__ import annotations

from models_registry import publication
from models_registry.models import RegisteredModel
from models_registry.publication import Content
from tests.factories import llm_record, written


def url(model, rest="history"):
    return f"/models/detail/{model.pk}/{rest}"


def publish(model, *, by=None, visibility=None, readme="# A model\n", message="", **changes):
    content = Content(written(llm_record(**changes)), readme, message=message)
    return publication.publish(model, content, by=by, visibility=visibility)


def propose(model, *, by, visibility="public", **changes):
    content = Content(written(llm_record(**changes)), "# A model\n")
    return publication.propose(model, content, by=by, visibility=visibility)


def reloaded(model):
    return RegisteredModel.objects.get(pk=model.pk)
