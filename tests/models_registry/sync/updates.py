"""Updates from a source, and edits in between."""

from __future__ import annotations

import json

from models_registry.actions.edit import edit as edit_model
from models_registry.actions.submission import Submission
from models_registry.models import (
    RegisteredModel,
)
from models_registry.sync import update
from tests.factories import written


def updated(keeper, model_type="llm"):
    """Ask, let the worker do it, and return the finished run."""
    asked = update.update_type(model_type, by=keeper)
    update.run(asked.pk)
    asked.refresh_from_db()
    return asked


def text_of(name: str) -> str:
    return RegisteredModel.objects.get(name=name).published_revision.definition


def edit(name: str, keeper, **changes):
    model = RegisteredModel.objects.get(name=name)
    definition = written({**json.loads(text_of(name))[0], **changes})
    edit_model(
        model,
        Submission(definition=definition),
        by=keeper,
        base_revision=model.published_revision.number,
    )
