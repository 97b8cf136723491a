"""Maintainers are told once of each repository that is gone, hidden, or moved."""

from __future__ import annotations

import pytest

from models_registry import source_links
from models_registry.models import RepositoryRecord
from models_registry.policy import grant_maintainer
from reviews import tasks
from reviews.models import Notification
from tests.factories import a_model, a_person, a_user
from tests.models_registry.visits.visit_fixtures import definition_of

pytestmark = pytest.mark.django_db


def told():
    rows = Notification.objects.filter(kind="source_state").order_by("pk")
    return [(row.recipient.username, row.title, row.text) for row in rows]


def happens(repository_id, **values):
    RepositoryRecord.objects.filter(repository_id=repository_id).update(**values)


def test_each_state_is_told_once_to_those_who_can_act_on_it():
    owner, keeper = a_user("owner"), a_person("keeper", "Maintainers")
    helper = a_user("helper")
    a_user("bystander")
    model = a_model("one", owner=owner, definition=definition_of("one", ["a/one", "a/more"]))
    grant_maintainer(helper, model)
    a_model("two", definition=definition_of("two", ["a/one"]))
    inner = definition_of("inner", ["a/one"])
    a_model("inner", visibility="enterprise", owner=owner, definition=inner)
    tasks.tell_of_pull_requests()
    assert told() == []
    happens("a/one", status="gone")
    for _ in range(2):
        tasks.tell_of_pull_requests()
    found = {name: (title, text) for name, title, text in told()}
    assert len(told()) == len(found) == 3
    assert found["helper"][0] == "one: look at its source repositories"
    assert "Source repositories of 2 models" in found["keeper"][0]
    assert "inner" not in found["keeper"][1]
    assert "inner" in found["owner"][1]
    Notification.objects.all().delete()
    happens("a/more", moved_to="b/more", status="found")
    tasks.tell_of_pull_requests()
    assert all("b/more" in text and "a/one" not in text for _, _, text in told())
    assert {name for name, _, _ in told()} == {"owner", "keeper", "helper"}
    # Back again, and gone again: that is new.
    Notification.objects.all().delete()
    happens("a/one", status="found")
    tasks.tell_of_pull_requests()
    assert told() == []
    happens("a/one", status="gone")
    tasks.tell_of_pull_requests()
    assert len(told()) == 3
    assert keeper.notifications.count() == 1
    source_links.summarise([model.pk])
    assert model.source_summary.trouble == "gone"
