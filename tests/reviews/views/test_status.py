"""The tab on which authors follow their proposals."""

from __future__ import annotations

from django.urls import reverse

from reviews import use_cases
from reviews.models import Comment
from tests.factories import a_model, a_user
from tests.reviews.conftest import a_next_round
from tests.reviews.pages import status


def test_the_author_reads_where_it_stands_in_every_state(client, author, reviewer, proposal):
    client.force_login(author)
    assert "Waiting for review" in status(client, proposal)
    use_cases.claim(proposal, by=reviewer)
    assert "rita is reviewing it." in status(client, proposal)
    use_cases.request_changes(proposal, by=reviewer, feedback="Too small.\n<i>Sorry</i>")
    shown = status(client, proposal)
    assert "rita asks for changes" in shown
    assert "Too small.<br>&lt;i&gt;Sorry&lt;/i&gt;" in shown
    second = a_next_round(proposal, author)
    shown = status(client, proposal)
    assert "Round 2" in shown
    assert "Too small." in shown
    use_cases.approve(second, by=reviewer)
    assert "Approved by rita" in status(client, proposal)


def test_the_author_answers_and_withdraws(client, author, proposal):
    client.force_login(author)
    path = reverse("reviews:status", args=[proposal.model_id])
    client.post(f"{path}/comment", {"text": "It is ready now."})
    assert Comment.objects.get().author == author
    answer = client.post(f"{path}/withdraw", follow=True)
    assert "The proposal has been withdrawn." in answer.content.decode()
    assert "Withdrawn by its author" in answer.content.decode()
    answer = client.post(f"{path}/comment", {"text": "Too late."})
    assert answer.status_code == 409


def test_somebody_else_comments_and_withdraws_nothing(client, author, proposal):
    client.force_login(a_user("uma"))
    path = reverse("reviews:status", args=[proposal.model_id])
    assert client.post(f"{path}/comment", {"text": "Me too"}).status_code == 404
    assert client.post(f"{path}/withdraw").status_code == 404
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_a_model_that_was_never_handed_in_says_so(client, author):
    model = a_model(owner=author)
    client.force_login(author)
    shown = client.get(reverse("reviews:status", args=[model.pk])).content.decode()
    assert "Not submitted for review" in shown
