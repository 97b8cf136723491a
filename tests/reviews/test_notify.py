"""Who is told what, on the bell and by mail."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPException

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.core import mail
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from models_registry import policy as registry_policy
from models_registry import use_cases as registry
from models_registry.models import RegisteredModel, Revision
from reviews import mailing, notify, reminders, tasks, use_cases
from reviews.context import bell
from reviews.models import Kind, Notification, Part
from tests.factories import a_model, a_user
from tests.reviews.conftest import a_next_round, a_proposal, a_reviewer, an_author, with_rights


def told(user) -> list[tuple[str, str]]:
    """What a person was told, oldest first."""
    found = Notification.objects.filter(recipient=user).order_by("pk")
    return [(one.kind, one.title) for one in found]


def send_all() -> list:
    """Mail everything that is due, as the sweep does."""
    Notification.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    tasks.send_due_mail()
    return mail.outbox


# --- Who --------------------------------------------------------------------------------------


def test_the_author_is_told_of_every_verdict(proposal, author, reviewer):
    use_cases.request_changes(proposal, by=reviewer, feedback="Why so small?")
    use_cases.approve(a_next_round(proposal, author), by=reviewer)
    assert told(author) == [
        ("decision", "tiny-llm: changes are requested"),
        ("decision", "tiny-llm is approved and published"),
    ]
    assert told(reviewer) == []


def test_a_rejection_carries_its_reasons(proposal, author, reviewer):
    use_cases.reject(proposal, by=reviewer, feedback="A twin of qwen3.")
    (one,) = Notification.objects.all()
    assert (one.title, one.text) == ("tiny-llm is rejected", "A twin of qwen3.")
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


# --- How --------------------------------------------------------------------------------------


def test_a_verdict_is_mailed_once_after_the_transaction(proposal, author, reviewer):
    use_cases.reject(proposal, by=reviewer, feedback='Not <b>"so"</b> & not now.')
    assert mail.outbox == []
    (letter,) = send_all()
    send_all()
    assert len(mail.outbox) == 1
    assert letter.to == ["ada@example.org"]
    assert letter.subject == "[Models Hub] tiny-llm is rejected"
    assert 'Not <b>"so"</b> & not now.' in letter.body
    path = reverse("reviews:status", args=[proposal.model_id])
    assert f"http://127.0.0.1:8000{path}" in letter.body
    assert "/user-center/notifications" in letter.extra_headers["List-Unsubscribe"]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_mail(db, author, kind):
    notify.tell([author], kind, title="A & B", text="C < D", url="/models")
    (letter,) = send_all()
    assert letter.subject == "[Models Hub] A & B"
    assert "C < D" in letter.body
    assert "/models" in letter.body


def test_a_name_with_line_breaks_makes_no_second_header(db, author):
    title = "x\r\nBcc: everybody@example.org\n"
    notify.tell([author], Kind.COMMENT, title=title, text="", url="/models")
    (letter,) = send_all()
    assert "\n" not in letter.subject
    assert letter.recipients() == ["ada@example.org"]


def test_each_is_told_in_his_own_way(proposal, author, reviewer):
    notify.choose(author, {Kind.DECISION: (False, True)})
    use_cases.request_changes(proposal, by=reviewer, feedback="Why?")
    assert Notification.objects.on_bell_of(author).count() == 0
    assert len(send_all()) == 1
    notify.choose(author, {Kind.DECISION: (True, False)})
    use_cases.approve(a_next_round(proposal, author), by=reviewer)
    assert Notification.objects.on_bell_of(author).count() == 1
    assert len(send_all()) == 1


def test_a_mail_that_fails_is_tried_again_and_given_up_at_last(
    proposal, reviewer, settings, monkeypatch
):
    use_cases.approve(proposal, by=reviewer)
    one = Notification.objects.get()

    def refuse(*args, **kwargs):
        raise SMTPException("busy")

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
        assert mailing.send(one.pk) is False
    assert len(send_all()) == 1
    Notification.objects.update(mailed_at=None, mail_attempts=mailing.MAX_ATTEMPTS)
    assert len(send_all()) == 1


def test_a_mail_whose_worker_died_is_sent_by_the_sweep_when_its_time_is_over(
    proposal, reviewer, monkeypatch
):
    use_cases.approve(proposal, by=reviewer)
    one = Notification.objects.get()

    def die(*args, **kwargs):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", die)
        with pytest.raises(SystemExit):
            mailing.send(one.pk)
    assert send_all() == []
    Notification.objects.update(mail_taken_until=timezone.now() - timedelta(seconds=1))
    (sent,) = send_all()
    assert sent.message()["Message-ID"] == f"<notification-{one.pk}@127.0.0.1>"
    Notification.objects.update(mail_taken_until=timezone.now() - timedelta(seconds=1))
    assert len(send_all()) == 1


def test_the_mail_task_finds_nothing_where_nothing_is(db):
    tasks.send_mail(987)
    assert mail.outbox == []


def test_nobody_without_an_address_is_mailed(proposal, author, reviewer):
    author.email = ""
    author.save()
    use_cases.approve(proposal, by=reviewer)
    assert send_all() == []


# --- By the calendar --------------------------------------------------------------------------


def test_reviewers_get_a_digest_of_what_is_new(author, reviewer):
    a_proposal(author, "one")
    a_proposal(author, "two")
    judge = with_rights(author, "view_review_list", "review_model")
    assert reminders.send_digests() == 1
    assert told(judge) == []
    assert told(reviewer) == [("new_proposal", "2 new proposals wait for review")]
    text = Notification.objects.get().text
    assert "one (Language) – ada" in text
    assert "2 proposals wait in all." in text
    tasks.send_digests()
    assert len(told(reviewer)) == 1
    a_proposal(an_author("bob"), "three")
    reminders.send_digests()
    assert told(reviewer)[1] == ("new_proposal", "1 new proposal waits for review")
    assert "3 proposals wait in all." in Notification.objects.filter(recipient=reviewer)[0].text


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
    registry.edit(model, registry.Submission(readme="# B\n"), by=author, base_revision=1)
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
    RegisteredModel.objects.filter(pk=model.pk).update(expires_at=soon + timedelta(days=1))
    assert reminders.warn_of_expiry() == 2


# --- Pages ------------------------------------------------------------------------------------


def test_the_bell_counts_what_is_unread(client, proposal, author, reviewer):
    client.force_login(author)
    assert "bell-count" not in client.get("/models").content.decode()
    use_cases.reject(proposal, by=reviewer, feedback="No.")
    shown = client.get("/models").content.decode()
    assert 'aria-label="Notifications: 1 unread"' in shown
    one = Notification.objects.get()
    answer = client.get(f"/notifications/{one.pk}")
    assert answer.url == one.url
    assert "bell-count" not in client.get("/models").content.decode()


def test_others_notifications_do_not_exist(client, proposal, reviewer):
    use_cases.reject(proposal, by=reviewer, feedback="No.")
    one = Notification.objects.get()
    client.force_login(reviewer)
    assert client.get(f"/notifications/{one.pk}").status_code == 404
    client.post("/notifications/read", {"notification": one.pk})
    client.post("/notifications/read")
    assert Notification.objects.get().read_at is None


def test_everything_or_one_is_marked_as_read(client, author):
    rows = [
        notify.tell([author], Kind.COMMENT, title=f"{n}", text="", url="/models")[0]
        for n in range(3)
    ]
    client.force_login(author)
    client.post("/notifications/read", {"notification": rows[1].pk})
    client.post("/notifications/read", {"notification": "nonsense"})
    unread = client.get("/notifications?show=unread").context["page"].object_list
    assert [one.title for one in unread] == ["2", "0"]
    client.post("/notifications/read")
    assert client.get("/notifications").context["unread"] == 0


def test_a_notification_leads_to_no_other_host(client, author):
    (one,) = notify.tell([author], Kind.COMMENT, title="x", text="", url="//evil.example/")
    client.force_login(author)
    assert client.get(f"/notifications/{one.pk}").url == "/notifications"


def test_people_choose_what_they_are_told(client, author):
    client.force_login(author)
    shown = client.get("/user-center/notifications").content.decode()
    assert "New proposals wait" not in shown
    client.post("/user-center/notifications", {"decision-bell": "on", "comment-mail": "on"})
    chosen = {
        choice.kind: (choice.on_bell, choice.by_mail)
        for choice in author.notification_choices.all()
    }
    assert chosen == {
        "decision": (True, False),
        "comment": (False, True),
        "pull_request": (False, False),
        "expiry_coming": (False, False),
    }
    with_rights(author, "view_review_list")
    assert "New proposals wait" in client.get("/user-center/notifications").content.decode()


def test_visitors_cost_the_bell_nothing(client, db, django_assert_num_queries):
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with django_assert_num_queries(0):
        assert bell(request)["unread_notifications"]() == 0


def test_a_closed_account_takes_its_notifications_along(proposal, author, reviewer):
    use_cases.reject(proposal, by=reviewer, feedback="No.")
    Revision.objects.filter(pk=proposal.pk).update(author=None)
    author.delete()
    assert not Notification.objects.exists()
