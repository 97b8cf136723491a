"""What tests of deliveries do: change a model, send, and read what became of it."""

from __future__ import annotations

import json
import threading

from django.core.management import call_command
from django.db import connection

from models_registry.actions.edit import edit as edit_model
from models_registry.actions.submission import Submission
from models_registry.models import (
    PullRequest,
    RegisteredModel,
    Revision,
    UpstreamChange,
)
from models_registry.upstream import polling
from tests.factories import written


def send() -> None:
    call_command("send_changes", verbosity=0)


def the_model(name: str) -> RegisteredModel:
    return RegisteredModel.objects.get(name=name)


def edit(name: str, by, **changes) -> Revision:
    model = the_model(name)
    record = json.loads(model.published_revision.definition)[0]
    record.update(changes)
    submission = Submission(definition=written(record))
    return edit_model(model, submission, by=by, base_revision=model.published_revision.number)


def states() -> list[str]:
    return list(UpstreamChange.objects.order_by("pk").values_list("state", flat=True))


def merge_behind_its_back(github):
    """While the hub reads a file of upstream, its pull request is merged, and a worker sees it."""
    merged = []

    def see() -> None:
        polling.poll_one(PullRequest.objects.get())
        connection.close()

    def fault(verb: str, asked: str) -> None:
        if "/git/blobs/" in asked and not merged:
            merged.append(github.merge(1))
            worker = threading.Thread(target=see)
            worker.start()
            worker.join(20)

    github.fault = fault
    return merged


def in_the_hub(name: str) -> tuple[int, str]:
    (record,) = json.loads(the_model(name).published_revision.definition)
    return record["context_length"], record["model_description"]
