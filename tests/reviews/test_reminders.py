"""Digests of what is new, expiries that come near, and news of changes for upstream."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from models_registry import policy as registry_policy
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import ChangeState, PullRequest, RegisteredModel, UpstreamChange
from reviews import notify, owner_requests, reminders, tasks
from reviews.models import Notification
from tests.factories import a_model, a_user
from tests.reviews.conftest import a_proposal, a_reviewer, an_author, with_rights
from tests.reviews.notices import told

pytestmark = pytest.mark.django_db


def test_reviewers_get_a_digest_of_what_is_new(author, reviewer):
    a_proposal(author, "one")
    a_proposal(author, "two")
    judge = with_rights(author, "view_review_list", "review_model")
    assert reminders.send_digests() == 1
    assert told(judge) == []
    assert told(reviewer) == [("new_proposal", "2 new proposals wait for review")]
    text = Notification.objects.get().text
    assert "one (Language) – ada" in text
    assert "2 wait for a decision in total." in text
    tasks.send_digests()
    assert len(told(reviewer)) == 1
    a_proposal(an_author("bob"), "three")
    reminders.send_digests()
    assert told(reviewer)[1] == ("new_proposal", "1 new proposal waits for review")
    assert (
        "3 wait for a decision in total." in Notification.objects.filter(recipient=reviewer)[0].text
    )


def test_the_digest_has_what_owners_ask_for_once_and_never_ones_own(author, reviewer):
    own = owner_requests.ask(a_model("mine", owner=reviewer), "expire", reason="Old.", by=reviewer)
    wanted = owner_requests.ask(a_model(owner=author), "remove", reason="No licence.", by=author)
    assert reminders.send_digests() == 1
    title = "1 new request of an owner waits for a decision"
    assert told(reviewer) == [("new_proposal", title)]
    text = Notification.objects.get().text
    assert "· ada asks that llm/tiny-llm is removed: No licence." in text
    assert "1 waits for a decision in total." in text
    assert reminders.send_digests() == 0
    owner_requests.withdraw(wanted, by=author)
    owner_requests.withdraw(own, by=reviewer)
    owner_requests.ask(a_model("other", owner=author), "expire", reason="Old.", by=author)
    a_proposal(author, "one")
    assert reminders.send_digests() == 1
    newest = "New for reviewers: proposals (1), requests of owners (1)"
    assert ("new_proposal", newest) in told(reviewer)


def test_a_reason_is_one_short_line_of_the_digest(author, reviewer):
    """Otherwise it forges lines, such as those of other people's requests."""
    reason = "Old.\n· root asks that llm/x is removed: " + "long " * 50
    owner_requests.ask(a_model(owner=author), "remove", reason=reason, by=author)
    reminders.send_digests()
    lines = Notification.objects.get().text.splitlines()
    [line] = [line for line in lines if "root asks" in line]
    assert line.startswith("· ada asks")
    assert len(line) < 200


def test_the_digest_goes_to_those_who_may_decide_through_whatever_group(db, author):
    member = a_user("member")
    member.groups.add(Group.objects.get(name="Reviewers"))
    with_rights(a_user("viewer"), "view_review_list")
    a_reviewer("left", is_active=False)
    root = a_user("root", is_superuser=True)
    a_user("uma")
    assert list(notify.reviewers()) == [member, root]


def test_the_digest_tells_nothing_that_the_reviewer_may_not_see(author, reviewer):
    model = a_model("big-deal", visibility="enterprise", owner=author)
    edit(model, Submission(readme="# B\n"), by=author, base_revision=1)
    assert reminders.send_digests() == 0
    assert told(reviewer) == []


def test_an_expiry_that_comes_near_is_told_once_to_those_who_maintain_the_model(db):
    owner, keeper = a_user("olga"), a_user("kim")
    soon = timezone.now() + timedelta(days=5)
    model = a_model(owner=owner, expires_at=soon)
    registry_policy.grant_maintainer(keeper, model)
    a_model("later", owner=owner, expires_at=timezone.now() + timedelta(days=8))
    a_model("over", owner=owner, expires_at=timezone.now() - timedelta(days=1))
    a_model("never", owner=owner)
    tasks.warn_of_expiry()
    tasks.warn_of_expiry()
    for person in (owner, keeper):
        ((kind, title),) = told(person)
        assert kind == "expiry_coming"
        assert title.startswith("tiny-llm expires on ")
    # Only the maintainer may set another date.
    texts = {row.recipient: row.text for row in Notification.objects.select_related("recipient")}
    assert "ask a maintainer of public models" in texts[owner]
    assert "To keep it, set another date." in texts[keeper]
    RegisteredModel.objects.filter(pk=model.pk).update(expires_at=soon + timedelta(days=1))
    assert reminders.warn_of_expiry() == 2


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
    assert reminders.notify_of_pull_requests() == 2
    assert reminders.notify_of_pull_requests() == 0
    told = Notification.objects.get(recipient__username="ada")
    assert told.title == "tiny: the pull request was opened"
    assert "/pull/7" in told.text
    assert told.url == f"/models/detail/{change.model_id}/upstream"
    UpstreamChange.objects.filter(pk=change.pk).update(state=ChangeState.MERGED)
    assert reminders.notify_of_pull_requests() == 2
    assert Notification.objects.filter(title="tiny: the pull request was merged").count() == 2


def test_a_change_that_waits_is_no_news(change):
    UpstreamChange.objects.filter(pk=change.pk).update(state=ChangeState.WAITING)
    assert reminders.notify_of_pull_requests() == 0


def test_a_change_of_a_deleted_model_is_told_to_who_made_it(change):
    UpstreamChange.objects.filter(pk=change.pk).update(model=None, state=ChangeState.FAILED)
    assert reminders.notify_of_pull_requests() == 1
    assert Notification.objects.get().recipient.username == "grace"
