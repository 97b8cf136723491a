"""Who is told what."""

from __future__ import annotations

from django.urls import reverse

from models_registry.models import Revision
from reviews import notify, use_cases
from reviews.models import Notification, NotificationKind, Part
from tests.reviews.conftest import a_next_round, a_reviewer
from tests.reviews.notices import send_all, told


def test_the_author_is_told_of_every_verdict(proposal, author, reviewer):
    use_cases.request_changes(proposal, by=reviewer, feedback="Why so small?")
    use_cases.approve(a_next_round(proposal, author), by=reviewer)
    assert told(author) == [
        ("decision", "tiny-llm: changes requested"),
        ("decision", "tiny-llm was approved and published"),
    ]
    assert told(reviewer) == []


def test_a_rejection_carries_its_reasons(proposal, author, reviewer):
    use_cases.reject(proposal, by=reviewer, feedback="A twin of qwen3.")
    (one,) = Notification.objects.all()
    assert (one.title, one.text) == ("tiny-llm was rejected", "A twin of qwen3.")
    assert one.url == reverse("reviews:status", args=[proposal.model_id])


def test_author_and_reviewers_hear_of_each_others_comments(proposal, author, reviewer):
    roland, idle = a_reviewer("roland"), a_reviewer("idle")
    use_cases.comment(proposal, by=reviewer, text="Hm.", part=Part.DEFINITION, line=2)
    use_cases.claim(proposal, by=roland)
    use_cases.comment(proposal, by=author, text="Yes?")
    assert told(author) == [("comment", "rita commented on tiny-llm")]
    assert told(reviewer) == told(roland) == [("comment", "ada commented on tiny-llm")]
    assert told(idle) == []
    urls = dict(Notification.objects.values_list("recipient__username", "url"))
    assert urls["rita"].startswith(reverse("reviews:proposal", args=[proposal.pk]))
    assert urls["ada"].startswith(reverse("reviews:status", args=[proposal.model_id]))


def test_who_lost_the_right_to_review_hears_no_more(proposal, author, reviewer):
    use_cases.comment(proposal, by=reviewer, text="Hm.")
    reviewer.user_permissions.clear()
    use_cases.comment(proposal, by=author, text="A secret?")
    assert told(reviewer) == []


def test_who_left_is_told_nothing(proposal, author, reviewer):
    author.is_active = False
    author.save()
    use_cases.approve(proposal, by=reviewer)
    assert not Notification.objects.exists()


def test_each_is_told_in_his_own_way(proposal, author, reviewer):
    notify.choose(author, {NotificationKind.DECISION: (False, True)})
    use_cases.request_changes(proposal, by=reviewer, feedback="Why?")
    assert Notification.objects.on_bell_of(author).count() == 0
    assert len(send_all()) == 1
    notify.choose(author, {NotificationKind.DECISION: (True, False)})
    use_cases.approve(a_next_round(proposal, author), by=reviewer)
    assert Notification.objects.on_bell_of(author).count() == 1
    assert len(send_all()) == 1


def test_a_closed_account_takes_its_notifications_along(proposal, author, reviewer):
    use_cases.reject(proposal, by=reviewer, feedback="No.")
    Revision.objects.filter(pk=proposal.pk).update(author=None)
    author.delete()
    assert not Notification.objects.exists()
