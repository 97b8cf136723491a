"""What people are told of their changes on the way to upstream."""

from __future__ import annotations

import pytest

from models_registry.outbox_tables import ChangeState, PullRequest, UpstreamChange
from reviews import reminders
from reviews.models import Notification
from tests.factories import a_model, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def change():
    ada, grace = a_user("ada"), a_user("grace")
    model = a_model("tiny", owner=ada)
    pull_request = PullRequest.objects.create(
        branch="hub/tiny", number=7, url="https://github.com/xorbitsai/inference/pull/7"
    )
    return UpstreamChange.objects.create(
        model=model, model_type="llm", name="tiny", name_key="tiny", kind="update",
        state=ChangeState.OPEN, pull_request=pull_request, created_by=grace,
    )  # fmt: skip


def test_the_person_and_the_owner_are_told_once_of_each_state(change, mailoutbox):
    assert reminders.tell_of_pull_requests() == 2
    assert reminders.tell_of_pull_requests() == 0
    told = Notification.objects.get(recipient__username="ada")
    assert told.title == "tiny: the pull request is open"
    assert "/pull/7" in told.text
    assert told.url == f"/models/detail/{change.model_id}/upstream"
    UpstreamChange.objects.filter(pk=change.pk).update(state=ChangeState.MERGED)
    assert reminders.tell_of_pull_requests() == 2
    assert Notification.objects.filter(title="tiny: the pull request is merged").count() == 2


def test_a_change_that_waits_is_no_news(change):
    UpstreamChange.objects.filter(pk=change.pk).update(state=ChangeState.WAITING)
    assert reminders.tell_of_pull_requests() == 0


def test_a_change_of_a_deleted_model_is_told_to_who_made_it(change):
    UpstreamChange.objects.filter(pk=change.pk).update(model=None, state=ChangeState.FAILED)
    assert reminders.tell_of_pull_requests() == 1
    assert Notification.objects.get().recipient.username == "grace"
