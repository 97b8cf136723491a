"""The reviews in the administration: a link to the queue, and verdicts that nobody changes."""

from __future__ import annotations

from django.urls import reverse

from reviews import use_cases
from tests.factories import a_user
from tests.reviews.conftest import a_reviewer


def test_the_queue_opens_no_other_part_of_the_administration(client, reviewer, proposal):
    client.force_login(reviewer)
    assert not reviewer.is_staff
    assert client.get(reverse("reviews:queue")).status_code == 200
    for path in (
        "/admin/",
        "/admin/reviews/review/",
        "/admin/reviews/comment/",
        "/admin/reviews/proposal/",
        "/admin/models_registry/registeredmodel/",
        "/admin/accounts/user/",
        "/admin/hub/auditentry/",
    ):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert "login" in answer.url


def test_the_administration_leads_reviewers_among_the_staff_to_the_queue(client, db):
    user = a_reviewer("sam", is_staff=True)
    client.force_login(user)
    index = client.get("/admin/").content.decode()
    assert "/admin/reviews/proposal/" in index
    assert "/admin/reviews/review/" not in index
    assert client.get("/admin/reviews/proposal/").url == reverse("reviews:queue")


def test_verdicts_can_be_read_in_the_administration_and_not_be_changed(client, proposal, reviewer):
    review = use_cases.approve(proposal, by=reviewer)
    client.force_login(a_user("root", is_superuser=True, is_staff=True))
    assert client.get("/admin/reviews/review/").status_code == 200
    path = f"/admin/reviews/review/{review.pk}/change/"
    assert client.get(path).status_code == 200
    assert client.post(path, {"decision": "reject"}).status_code == 403
    assert client.post(f"/admin/reviews/review/{review.pk}/delete/").status_code == 403
    assert client.get("/admin/reviews/review/add/").status_code == 403
