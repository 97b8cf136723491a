"""What follows when a model's time is over and nobody was there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.utils import timezone as clock

from hub.models import AuditEntry
from models_registry import tasks
from models_registry.actions import expiry
from models_registry.actions.expiry import set_expiry
from models_registry.errors import (
    InvalidParameter,
)
from models_registry.models import CatalogueList, RegisteredModel
from tests.factories import a_model, a_person, entries, served

pytestmark = pytest.mark.django_db


def test_what_expires_by_itself_leaves_the_list_and_is_noted_once():
    model = a_model()
    moment = clock.now() - timedelta(minutes=1)
    RegisteredModel.objects.filter(pk=model.pk).update(expires_at=moment)
    a_model("other", expires_at=clock.now() + timedelta(days=1))
    tasks.rebuild_stale_lists()
    tasks.rebuild_stale_lists()
    assert CatalogueList.objects.get(model_type="llm").model_count == 1
    entry = AuditEntry.objects.get(tag="registry:model:expired")
    assert (entry.target_id, entry.actor, entry.data) == (
        str(model.pk),
        None,
        {"at": moment.isoformat()},
    )


def test_an_expiry_that_somebody_set_into_the_past_is_not_noted_again():
    model = a_model()
    mia = a_person("mia", "Maintainers")
    set_expiry(model, clock.now() - timedelta(days=1), by=mia)
    assert expiry.note_what_expired() == []


def test_a_model_that_was_restored_and_expires_again_is_noted_again():
    model = a_model()
    RegisteredModel.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert expiry.note_what_expired() == [model]
    set_expiry(model, None, by=a_person("mia", "Maintainers"))
    later = clock.now() + timedelta(milliseconds=1)
    RegisteredModel.objects.update(expires_at=later)
    while clock.now() <= later:
        pass
    assert expiry.note_what_expired() == [model]


def test_an_expired_model_leaves_lists_and_eyes_and_comes_back_when_restored():
    model = a_model()
    mia = a_person("mia", "Maintainers")
    set_expiry(model, clock.now() - timedelta(seconds=1), by=mia)
    assert served() == []
    assert not RegisteredModel.objects.visible_to(a_person("ben")).exists()
    set_expiry(model, None, by=mia)
    assert len(served()) == 1
    assert entries(model) == ["registry:model:expiry"] * 2


def test_an_expiry_in_the_future_changes_nothing_yet_and_is_due_at_its_moment():
    model = a_model()
    later = clock.now() + timedelta(days=1)
    set_expiry(model, later, by=a_person("mia", "Maintainers"))
    assert len(served()) == 1
    assert CatalogueList.objects.get(model_type="llm").valid_until == later


def test_setting_the_same_expiry_again_leaves_no_trace():
    model = a_model()
    mia = a_person("mia", "Maintainers")
    at = datetime(2030, 1, 1, tzinfo=UTC)
    set_expiry(model, at, by=mia)
    set_expiry(model, at.astimezone(timezone(timedelta(hours=8))), by=mia)
    entry = AuditEntry.objects.about(model).get()
    assert entry.data == {"before": None, "after": "2030-01-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2030, 1, 1),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_a_moment_that_is_none_is_refused(moment):
    with pytest.raises(InvalidParameter):
        set_expiry(a_model(), moment, by=a_person("mia", "Maintainers"))
