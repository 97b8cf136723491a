"""What workers do as soon as a public model is new: its rank, and the list's best compression."""

from __future__ import annotations

import pytest

from hub import task_queue
from models_registry import changes, publication, tasks
from models_registry.catalogue import build
from models_registry.changes import changing
from models_registry.models import CatalogueList, ListingFigures, RegisteredModel
from tests.factories import a_model, llm_record, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch):
    """The tasks that workers were asked for."""
    sent = []

    def ask(task, *arguments, queue=task_queue.PEOPLE):
        sent.append((task, *arguments, queue))
        return True

    for module in (changes, build):
        monkeypatch.setattr(module, "ask_worker", ask)
    return sent


def publish(name, visibility="public"):
    model = RegisteredModel.objects.create(
        model_type="llm", name=name, name_key=name, visibility=visibility
    )
    with changing([model]) as change:
        content = publication.Content(written(llm_record(name)), "")
        publication.publish(model, content, by=None, by_name="upstream")
        change.touch(model, by=None)
    return model


def test_a_new_public_model_gets_its_rank_from_a_worker(
    asked, client, django_capture_on_commit_callbacks
):
    a_model("older")
    tasks.rank_models()
    with django_capture_on_commit_callbacks(execute=True):
        new = publish("newer")
    assert (changes.RANK_TASK, task_queue.BACKGROUND) in asked
    tasks.rank_new_models()
    assert ListingFigures.objects.get(model=new).recommended_rank is not None
    asked.clear()
    with django_capture_on_commit_callbacks(execute=True), changing([new]) as change:
        change.touch(new, by=None)
    assert (changes.RANK_TASK, task_queue.BACKGROUND) not in asked, "it has a rank"
    with django_capture_on_commit_callbacks(execute=True):
        publish("hidden", "enterprise")
    assert (changes.RANK_TASK, task_queue.BACKGROUND) not in asked


def test_a_list_is_compressed_for_servers_at_once_and_with_brotli_by_a_worker(
    asked, client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        publish("newer")
    listing = CatalogueList.objects.get(model_type="llm")
    assert listing.gzip_body
    assert not listing.brotli_body
    assert (build.COMPRESS_TASK, "llm", task_queue.BACKGROUND) in asked
    address = "/api/models/download?model_type=llm"
    before = client.get(address, headers={"accept-encoding": "br"}).content
    tasks.compress_list("llm")
    listing.refresh_from_db()
    assert bytes(listing.brotli_body) == before
