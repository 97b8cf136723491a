"""The bell, the list behind it, and what people choose to be told."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse

from models_registry.models import RegisteredModel
from reviews import notify, use_cases
from reviews.context import bell
from reviews.models import Notification, NotificationKind
from tests.reviews.conftest import with_rights


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
        notify.send([author], NotificationKind.COMMENT, title=f"{n}", text="", url="/models")[0]
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
    (one,) = notify.send(
        [author], NotificationKind.COMMENT, title="x", text="", url="//evil.example/"
    )
    client.force_login(author)
    assert client.get(f"/notifications/{one.pk}").url == "/notifications"


def test_people_choose_what_they_are_told(client, author):
    client.force_login(author)
    shown = client.get("/user-center/notifications").content.decode()
    assert "New proposals wait" not in shown
    assert "A broken file upstream" not in shown
    client.post("/user-center/notifications", {"decision-bell": "on", "comment-mail": "on"})
    chosen = {
        choice.kind: (choice.on_bell, choice.by_mail)
        for choice in author.notification_choices.all()
    }
    assert chosen == {
        "decision": (True, False),
        "comment": (False, True),
        "ownership": (False, False),
        "suggestion": (False, False),
        "pull_request": (False, False),
        "expiry_coming": (False, False),
        "source_state": (False, False),
    }
    with_rights(author, "view_review_list")
    assert "New proposals wait" in client.get("/user-center/notifications").content.decode()


def test_visitors_cost_the_bell_nothing(client, db, django_assert_num_queries):
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with django_assert_num_queries(0):
        assert bell(request)["unread_notifications"]() == 0


@pytest.mark.parametrize("page", ["reviews:status", "models_registry:model_upstream"])
def test_a_notification_of_a_deleted_model_leads_to_the_list_and_says_so(
    client, proposal, author, reviewer, page
):
    use_cases.approve(proposal, by=reviewer)
    notification = Notification.objects.get(recipient=author)
    url = reverse(page, args=[proposal.model_id])
    Notification.objects.filter(pk=notification.pk).update(url=f"{url}#change-1")
    client.force_login(author)
    opened = reverse("reviews:open_notification", args=[notification.pk])
    assert client.get(opened).headers["Location"] == f"{url}#change-1"
    RegisteredModel.objects.all().delete()
    answer = client.get(opened, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain == [(reverse("reviews:notifications"), 302)]
    assert "tiny-llm was approved and published” is no longer available" in answer.content.decode()
