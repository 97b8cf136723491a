"""Notifications are put into the mail outbox, each exactly once."""

from __future__ import annotations

import pytest
from django.core import mail
from django.urls import reverse

from hub.models import OutgoingMail
from reviews import mailing, notify, tasks, use_cases
from reviews.models import Notification, NotificationKind
from tests.reviews.notices import send_all


def test_a_verdict_is_mailed_once_after_the_transaction(proposal, author, reviewer):
    use_cases.reject(proposal, by=reviewer, feedback='Not <b>"so"</b> & not now.')
    assert mail.outbox == []
    (letter,) = send_all()
    send_all()
    assert len(mail.outbox) == 1
    assert letter.to == ["ada@example.org"]
    assert letter.subject == "[Models Hub] tiny-llm was rejected"
    assert 'Not <b>"so"</b> & not now.' in letter.body
    path = reverse("reviews:status", args=[proposal.model_id])
    assert f"http://127.0.0.1:8000{path}" in letter.body
    assert "/user-center/notifications" in letter.extra_headers["List-Unsubscribe"]


@pytest.mark.parametrize("kind", NotificationKind)
def test_every_kind_has_its_mail(db, author, kind):
    notify.send([author], kind, title="A & B", text="C < D", url="/models")
    (letter,) = send_all()
    assert letter.subject == "[Models Hub] A & B"
    assert "C < D" in letter.body
    [(html, kind_of_text)] = letter.alternatives
    assert kind_of_text == "text/html"
    assert "C &lt; D" in html
    assert 'href="http://127.0.0.1:8000/models"' in html
    assert "/models" in letter.body


def test_the_mail_of_a_pull_request_links_to_it(db, author):
    url = "https://github.com/xorbitsai/inference/pull/7"
    notify.send([author], NotificationKind.PULL_REQUEST, title="Opened", text=url, url="/models")
    (letter,) = send_all()
    assert f'<a href="{url}"' in letter.alternatives[0][0]


def test_a_name_with_line_breaks_makes_no_second_header(db, author):
    title = "x\r\nBcc: everybody@example.org\n"
    notify.send([author], NotificationKind.COMMENT, title=title, text="", url="/models")
    (letter,) = send_all()
    assert "\n" not in letter.subject
    assert letter.recipients() == ["ada@example.org"]


def test_a_notification_is_put_into_the_mail_outbox_once(proposal, author, reviewer, settings):
    settings.EMAIL_BACKEND = "hub.mail.OutboxBackend"
    use_cases.approve(proposal, by=reviewer)
    one = Notification.objects.get()
    assert mailing.send(one.pk) is True
    assert mailing.send(one.pk) is False
    send_all()
    assert [mail.recipients for mail in OutgoingMail.objects.all()] == [author.email]


def test_a_mail_that_was_not_put_into_the_outbox_is_put_there_by_the_sweep(
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
    (sent,) = send_all()
    assert sent.message()["Message-ID"] == f"<notification-{one.pk}@127.0.0.1>"
    assert len(send_all()) == 1


def test_the_mail_task_finds_nothing_where_nothing_is(db):
    tasks.send_mail(987)
    assert mail.outbox == []


def test_nobody_without_an_address_is_mailed(proposal, author, reviewer):
    author.email = ""
    author.save()
    use_cases.approve(proposal, by=reviewer)
    assert send_all() == []
