"""What follows when a model's time is over and nobody was there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from hub.models import AuditEntry
from models_registry import expiry, tasks, use_cases
from models_registry.models import CatalogueList, RegisteredModel
from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db


def test_what_expires_by_itself_leaves_the_list_and_is_noted_once():
    model = a_model()
    moment = timezone.now() - timedelta(minutes=1)
    RegisteredModel.objects.filter(pk=model.pk).update(expires_at=moment)
    a_model("other", expires_at=timezone.now() + timedelta(days=1))
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
    use_cases.set_expiry(model, timezone.now() - timedelta(days=1), by=mia)
    assert expiry.note_what_expired() == []


def test_a_model_that_was_restored_and_expires_again_is_noted_again():
    model = a_model()
    RegisteredModel.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert expiry.note_what_expired() == [model]
    use_cases.set_expiry(model, None, by=a_person("mia", "Maintainers"))
    later = timezone.now() + timedelta(milliseconds=1)
    RegisteredModel.objects.update(expires_at=later)
    while timezone.now() <= later:
        pass
    assert expiry.note_what_expired() == [model]
