"""Who may do what to a proposal: every verdict in every state by every role."""

from __future__ import annotations

import pytest

from hub.models import AuditEntry
from models_registry.actions.withdraw import withdraw
from models_registry.errors import NotAllowed, StaleState
from models_registry.models import RegisteredModel, Revision
from reviews import use_cases
from reviews.models import Comment, Decision, Proposal, Review
from tests.factories import a_user
from tests.reviews.conftest import a_next_round, a_proposal, a_reviewer, with_rights

ROLES = ["author", "owner", "reviewer", "viewer of the queue", "user", "superuser", "own superuser"]


STATES = ["proposed", "changes_requested", "published", "rejected", "withdrawn", "superseded"]


MAY = {"reviewer", "superuser"}


def in_state(proposal: Proposal, state: str, author) -> Proposal:
    """The proposal, brought there by somebody else."""
    judge = a_reviewer("judge")
    if state == "published":
        use_cases.approve(proposal, by=judge)
    elif state in {"changes_requested", "superseded"}:
        use_cases.request_changes(proposal, by=judge, feedback="Why so small?")
        if state == "superseded":
            a_next_round(proposal, author)
    elif state == "rejected":
        use_cases.reject(proposal, by=judge, feedback="No.")
    elif state == "withdrawn":
        withdraw(proposal.model, by=author)
    proposal.refresh_from_db()
    assert proposal.state == state
    return proposal


def person(role: str, proposal: Proposal, author):
    """Somebody of that role."""
    if role == "author":
        return author
    if role == "owner":
        owner = with_rights(a_user("olga"), "review_model", "view_review_list")
        RegisteredModel.objects.filter(pk=proposal.model_id).update(owner=owner)
        return owner
    if role == "reviewer":
        return a_reviewer()
    if role == "viewer of the queue":
        return with_rights(a_user("victor"), "view_review_list")
    user = a_user(role.replace(" ", "-"))
    if "superuser" in role:
        user.is_superuser = True
        user.save()
    if role == "own superuser":
        RegisteredModel.objects.filter(pk=proposal.model_id).update(owner=user)
    return user


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_every_verdict_in_every_state_by_every_role(proposal, author, state, role, decision):
    proposal = in_state(proposal, state, author)
    judge = person(role, proposal, author)
    before = Review.objects.count()
    if role not in MAY:
        expected: type[Exception] | None = NotAllowed
    elif state != "proposed":
        expected = StaleState
    else:
        expected = None
    if expected is not None:
        with pytest.raises(expected):
            use_cases.decide(proposal, decision, by=judge, feedback="Because.")
        assert Review.objects.count() == before
        assert Revision.objects.get(pk=proposal.pk).state == state
        return
    review = use_cases.decide(proposal, decision, by=judge, feedback="Because.")
    after = {"approve": "published", "request_changes": "changes_requested", "reject": "rejected"}
    assert Revision.objects.get(pk=proposal.pk).state == after[decision]
    assert (review.reviewer, review.reviewer_name, review.feedback) == (
        judge,
        judge.username,
        "Because.",
    )
    entry = AuditEntry.objects.about(proposal.model).first()
    assert entry.tag == f"reviews:proposal:{decision}"
    assert entry.data == {"revision": 1, "feedback": "Because."}


def test_who_wrote_an_earlier_round_does_not_decide_on_a_later_one(proposal, author):
    admin = a_user("root", is_superuser=True)
    a_next_round(proposal, admin)
    newest = a_next_round(proposal, author, context_length=2048)
    assert newest.author == author
    with pytest.raises(NotAllowed, match="your own proposal"):
        use_cases.approve(newest, by=admin)


@pytest.mark.parametrize("role", ROLES)
def test_who_takes_part_may_comment(proposal, author, role):
    user = person(role, proposal, author)
    if role == "user":
        with pytest.raises(NotAllowed):
            use_cases.comment(proposal, by=user, text="Me too!")
        assert not Comment.objects.exists()
    else:
        use_cases.comment(proposal, by=user, text="Hm.")
        assert Comment.objects.get().author == user


@pytest.mark.parametrize("state", ["published", "rejected", "withdrawn", "superseded"])
def test_what_is_over_takes_no_comments(proposal, author, reviewer, state):
    proposal = in_state(proposal, state, author)
    with pytest.raises(StaleState):
        use_cases.comment(proposal, by=reviewer, text="Too late.")


def test_the_author_does_not_claim_his_own(author):
    judge = with_rights(author, "view_review_list", "review_model")
    with pytest.raises(NotAllowed):
        use_cases.claim(a_proposal(judge), by=judge)
