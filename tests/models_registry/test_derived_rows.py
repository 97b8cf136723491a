"""Rows beside models that are derived of their definitions, written at the end of a change."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection

from models_registry import publication
from models_registry.changes import changing
from models_registry.errors import StaleState
from models_registry.models import ModelSource, RegisteredModel, RepositoryRecord
from tests.factories import a_model
from tests.models_registry.visits.visit_fixtures import definition_of
from tests.threads import ON_POSTGRESQL

pytestmark = pytest.mark.django_db(transaction=True)


def named_by(model) -> list[str]:
    links = ModelSource.objects.filter(model=model).order_by("position")
    return list(links.values_list("repository__repository_id", flat=True))


def publish(model, *repositories) -> None:
    content = publication.Content(definition_of(model.name, list(repositories)), "")
    publication.publish(model, content, by=None, by_name="upstream")


def fail_after_publishing(model, *repositories) -> None:
    with changing([model]):
        publish(model, *repositories)
        raise StaleState("proposal_is_stale", number=1)


def test_what_a_failed_part_of_a_change_says_is_forgotten():
    model = a_model("one", definition=definition_of("one", ["old/one"]))
    with changing([model]):
        publish(model, "new/one")
        with pytest.raises(StaleState):
            fail_after_publishing(model, "never/one")
    assert named_by(model) == ["new/one"]
    assert not RepositoryRecord.objects.filter(repository_id="never/one").exists()


def test_a_model_that_is_deleted_in_the_same_change_leaves_nothing(django_user_model):
    person = django_user_model.objects.create_user("mia")
    model = a_model("one", definition=definition_of("one", ["old/one"]))
    with changing([model]) as change:
        publish(model, "new/one")
        change.delete(model, by=person)
    assert not RegisteredModel.objects.exists()
    assert not ModelSource.objects.exists()


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has one writer at a time")
def test_changes_that_bring_the_same_new_repositories_in_opposite_order_do_not_deadlock():
    models = {name: a_model(name) for name in ("a1", "a2", "b1", "b2")}
    half_way = threading.Barrier(2, timeout=30)
    failures = []

    def work(first, second, repositories):
        try:
            with changing([models[first], models[second]]):
                publish(models[first], repositories[0])
                half_way.wait()
                publish(models[second], repositories[1])
        except DatabaseError as error:
            failures.append(error)
            half_way.abort()
        finally:
            connection.close()

    shared = ["shared/first", "shared/second"]
    threads = [
        threading.Thread(target=work, args=("a1", "a2", shared)),
        threading.Thread(target=work, args=("b1", "b2", shared[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert named_by(models["a2"]) == ["shared/second"]
    assert named_by(models["b2"]) == ["shared/first"]
