"""Who gets to the pages of the reviews, and what they say to whom."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import User
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.actions.withdraw import withdraw
from models_registry.models import RegisteredModel, Visibility
from reviews import use_cases
from reviews.models import Proposal, SavedReply
from tests.factories import a_model, a_user, llm_record, written
from tests.reviews.conftest import a_next_round, a_proposal, an_author, with_rights

# person → what the queue, one proposal's page and the author's page answer.
EXPECTED = {
    "anonymous": (302, 302, 404),
    "user": (404, 404, 404),
    "author": (404, 404, 200),
    "maintainer": (404, 404, 404),
    "viewer of the queue": (200, 200, 200),
    "decider without the queue": (404, 200, 200),
    "reviewer": (200, 200, 200),
    "staff": (404, 404, 404),
    "superuser": (200, 200, 200),
}


def sign_in(client, name: str, author: User) -> User | None:
    rights = {
        "viewer of the queue": ["view_review_list"],
        "decider without the queue": ["review_model"],
        "reviewer": ["view_review_list", "review_model"],
        "maintainer": ["change_public_model", "delete_public_model", "expire_public_model"],
    }
    if name == "anonymous":
        return None
    if name == "author":
        user = author
    else:
        user = a_user(name.replace(" ", "-"))
        user.is_staff = name in {"staff", "superuser"}
        user.is_superuser = name == "superuser"
        user.save()
        user = with_rights(user, *rights.get(name, []))
    client.force_login(user)
    return user


@pytest.mark.parametrize("name", EXPECTED)
def test_pages_exist_for_those_whom_they_concern_alone(client, author, proposal, name):
    sign_in(client, name, author)
    queue, page, status = EXPECTED[name]
    assert client.get(reverse("reviews:queue")).status_code == queue
    assert client.get(reverse("reviews:figures")).status_code == queue
    assert client.get(reverse("reviews:proposal", args=[proposal.pk])).status_code == page
    assert client.get(reverse("reviews:saved_replies")).status_code == page
    assert client.get(reverse("reviews:status", args=[proposal.model_id])).status_code == status


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_posted_by_those_who_may_not_changes_nothing(client, author, proposal, name):
    sign_in(client, name, author)
    SavedReply.objects.create(title="Thanks", text="Thank you.")
    for verb, data in (
        ("decide", {"decision": "approve"}),
        ("decide", {"decision": "reject", "feedback": "No."}),
        ("claim", {}),
    ):
        client.post(reverse(f"reviews:{verb}", args=[proposal.pk]), data)
    decides = name in {"reviewer", "decider without the queue", "superuser"}
    proposal.refresh_from_db()
    assert (proposal.state == "published") == decides
    if EXPECTED[name][1] != 200:
        client.post(reverse("reviews:comment", args=[proposal.pk]), {"text": "Hi"})
        client.post(reverse("reviews:delete_saved_reply", args=[1]))
        client.post(reverse("reviews:check_sources", args=[proposal.pk]))
        assert not proposal.comments.exists()
        assert SavedReply.objects.exists()


@pytest.fixture
def opening(author) -> Proposal:
    """A private model that its owner wants to make public, with an earlier private revision."""
    model = a_model("secret-plan", visibility="private", owner=author)
    secret = written(llm_record("secret-plan", model_description="hush-hush"))
    edit(model, Submission(definition=secret), by=author, base_revision=1)
    bare = written(llm_record("secret-plan"))
    submission = Submission(definition=bare, visibility=Visibility.PUBLIC)
    revision = edit(model, submission, by=author, base_revision=2)
    return Proposal.objects.get(pk=revision.pk)


def test_reviewers_see_what_wants_to_become_public_and_nothing_private_before_it(
    client, opening, reviewer
):
    client.force_login(reviewer)
    page = client.get(reverse("reviews:proposal", args=[opening.pk]))
    assert page.status_code == 200
    assert "Made public" in page.content.decode()
    assert "hush-hush" not in page.content.decode()
    for number in (1, 2):
        other = opening.model.revisions.get(number=number)
        assert client.get(reverse("reviews:proposal", args=[other.pk])).status_code == 404
    assert client.get(f"/models/detail/{opening.model_id}").status_code == 404
    assert client.get(reverse("reviews:status", args=[opening.model_id])).status_code == 404


def test_what_its_owner_takes_back_is_private_again(client, opening, author, reviewer):
    withdraw(opening.model, by=author)
    client.force_login(reviewer)
    assert client.get(reverse("reviews:proposal", args=[opening.pk])).status_code == 404
    for state in ("waiting", "author", "over"):
        assert "secret-plan" not in client.get(f"/admin/reviews/?state={state}").content.decode()


def test_edits_of_enterprise_models_are_for_reviewers_who_may_see_those(client, author, reviewer):
    model = a_model("big-deal", visibility="enterprise", owner=author)
    changed = Submission(readme="# Bigger\n")
    revision = edit(model, changed, by=author, base_revision=1)
    assert revision.state == "proposed"
    client.force_login(reviewer)
    page = reverse("reviews:proposal", args=[revision.pk])
    assert client.get(page).status_code == 404
    assert "big-deal" not in client.get("/admin/reviews/").content.decode()
    with_rights(reviewer, "view_enterprise_model")
    assert client.get(page).status_code == 200
    assert "big-deal" in client.get("/admin/reviews/").content.decode()


def test_a_duplicate_that_the_reviewer_may_not_see_is_not_named(client, author, reviewer):
    a_model("hidden-twin", visibility="private", owner=an_author("bob"))
    proposal = a_proposal(author, "hidden-twins")
    client.force_login(reviewer)
    page = client.get(reverse("reviews:proposal", args=[proposal.pk])).content.decode()
    assert "hidden-twins" in page
    assert "named hidden-twin " not in page
    a_model("hidden.twins", visibility="public")
    page = client.get(reverse("reviews:proposal", args=[proposal.pk])).content.decode()
    assert "A model named hidden.twins already exists." in page


def test_other_models_never_show_in_the_rounds_of_one(client, author, reviewer):
    first = a_proposal(author)
    use_cases.reject(first, by=reviewer, feedback="Not like this.")
    model = RegisteredModel.objects.get(pk=first.model_id)
    again = a_next_round(first, author)
    a_proposal(author, "another-model")
    client.force_login(author)
    page = client.get(reverse("reviews:status", args=[model.pk])).content.decode()
    assert "another-model" not in page
    assert "Not like this." in page
    assert again.proposal_id is None
