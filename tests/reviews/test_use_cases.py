from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from hub.models import AppendOnly, AuditEntry
from models_registry import publication
from models_registry import use_cases as registry
from models_registry.errors import InvalidParameter, NotAllowed, StaleState
from models_registry.models import CatalogueList, RegisteredModel, Revision, Visibility
from reviews import use_cases
from reviews.errors import FeedbackMissing, NotTrivial
from reviews.models import Claim, Comment, Decision, Notification, Part, Proposal, Review
from tests.factories import a_model, a_user, llm_record, written
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
        registry.withdraw(proposal.model, by=author)
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


def test_an_approved_proposal_is_listed_and_downloaded_at_once(proposal, reviewer, client):
    assert CatalogueList.objects.filter(record_count__gt=0).count() == 0
    use_cases.approve(proposal, by=reviewer)
    assert client.get("/models/detail/tiny-llm").status_code == 200
    listed = client.get("/api/models/download?model_type=llm").json()
    assert [record["model_name"] for record in listed] == ["tiny-llm"]


def test_the_published_revision_stays_live_while_an_edit_waits(proposal, author, reviewer, client):
    use_cases.approve(proposal, by=reviewer)
    edit = a_next_round(proposal, author)
    assert edit.state == "proposed"
    served = client.get("/api/models/download?model_type=llm").json()
    assert served[0]["context_length"] == 32768
    use_cases.approve(edit, by=reviewer)
    served = client.get("/api/models/download?model_type=llm").json()
    assert served[0]["context_length"] == 4096


def test_a_verdict_on_a_round_that_is_no_longer_the_newest_says_what_came_in(
    proposal, author, reviewer
):
    a_next_round(proposal, author)
    with pytest.raises(StaleState, match="revision 2 has come in"):
        use_cases.approve(proposal, by=reviewer)
    assert RegisteredModel.objects.get(pk=proposal.model_id).published_revision is None


def test_the_second_of_two_reviewers_hears_who_was_quicker(proposal, reviewer):
    use_cases.approve(proposal, by=a_reviewer("roland"))
    with pytest.raises(StaleState, match="roland was quicker: revision 1 is approved"):
        use_cases.reject(proposal, by=reviewer, feedback="No.")


def test_a_proposal_whose_base_was_overtaken_is_not_approved(proposal, author, reviewer):
    use_cases.approve(proposal, by=reviewer)
    edit = a_next_round(proposal, author)
    maintainer = with_rights(a_user("mia"), "change_public_model")
    model = RegisteredModel.objects.get(pk=proposal.model_id)
    changed = registry.Submission(definition=written(llm_record(model.name, context_length=1024)))
    registry.edit(model, changed, by=maintainer, base_revision=1)
    with pytest.raises(StaleState, match="another one was published"):
        use_cases.approve(edit, by=reviewer)
    assert not Review.objects.filter(revision=edit).exists()


@pytest.mark.parametrize("decision", [Decision.REQUEST_CHANGES, Decision.REJECT])
@pytest.mark.parametrize("feedback", ["", "  \n "])
def test_only_an_approval_may_come_without_words(proposal, reviewer, decision, feedback):
    with pytest.raises(FeedbackMissing):
        use_cases.decide(proposal, decision, by=reviewer, feedback=feedback)
    assert use_cases.approve(proposal, by=reviewer, feedback=feedback).feedback == ""


def test_who_wrote_an_earlier_round_does_not_decide_on_a_later_one(proposal, author):
    admin = a_user("root", is_superuser=True)
    a_next_round(proposal, admin)
    newest = a_next_round(proposal, author, context_length=2048)
    assert newest.author == author
    with pytest.raises(NotAllowed, match="of his own"):
        use_cases.approve(newest, by=admin)


def test_hostile_feedback_is_stored_without_what_no_database_takes(proposal, reviewer):
    review = use_cases.reject(proposal, by=reviewer, feedback="a\x00b\ud800\r\nc")
    assert review.feedback == "a\ufffdb?\nc"
    with pytest.raises(InvalidParameter):
        use_cases.approve(proposal, by=reviewer, feedback="x" * 5001)


def test_verdicts_and_comments_are_never_changed_or_deleted(proposal, reviewer):
    comment = use_cases.comment(proposal, by=reviewer, text="Hm.")
    review = use_cases.approve(proposal, by=reviewer)
    for row, table in ((comment, Comment), (review, Review)):
        for attempt in (row.save, row.delete, table.objects.all().delete):
            with pytest.raises(AppendOnly):
                attempt()
        with pytest.raises(AppendOnly):
            table.objects.update(created_at=timezone.now())


def test_a_verdict_stays_when_the_reviewer_closes_the_account(proposal, reviewer):
    use_cases.approve(proposal, by=reviewer)
    reviewer.delete()
    review = Review.objects.get()
    assert (review.reviewer, review.reviewer_name) == (None, "rita")


# --- Comments ---------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("part", "line", "fits"),
    [
        (Part.GENERAL, None, True),
        (Part.GENERAL, 1, False),
        (Part.DEFINITION, 1, True),
        (Part.DEFINITION, 33, True),
        (Part.DEFINITION, 3000, False),
        (Part.DEFINITION, 0, False),
        (Part.README, 1, True),
        (Part.README, 2, False),
    ],
)
def test_a_comment_on_a_line_needs_the_line(proposal, author, part, line, fits):
    if fits:
        use_cases.comment(proposal, by=author, text="Here.", part=part, line=line)
        assert Comment.objects.get().line == line
    else:
        with pytest.raises(InvalidParameter):
            use_cases.comment(proposal, by=author, text="Here.", part=part, line=line)


@pytest.mark.parametrize("state", ["published", "rejected", "withdrawn", "superseded"])
def test_what_is_over_takes_no_comments(proposal, author, reviewer, state):
    proposal = in_state(proposal, state, author)
    with pytest.raises(StaleState):
        use_cases.comment(proposal, by=reviewer, text="Too late.")


# --- Claims -----------------------------------------------------------------------------------


def test_a_claim_keeps_others_from_claiming_but_not_from_deciding(proposal, reviewer):
    other = a_reviewer("roland")
    use_cases.claim(proposal, by=reviewer)
    with pytest.raises(StaleState, match="rita is at work"):
        use_cases.claim(proposal, by=other)
    with pytest.raises(NotAllowed):
        use_cases.release(proposal, by=other)
    use_cases.approve(proposal, by=other)
    assert not Claim.objects.exists()


def test_a_claim_runs_out(proposal, reviewer):
    use_cases.claim(proposal, by=reviewer)
    Claim.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert use_cases.claim(proposal, by=a_reviewer("roland")).reviewer.username == "roland"


def test_claiming_twice_is_claiming_once(proposal, reviewer):
    first = use_cases.claim(proposal, by=reviewer)
    assert use_cases.claim(proposal, by=reviewer) == first
    use_cases.release(proposal, by=reviewer)
    assert not Claim.objects.exists()


def test_the_author_does_not_claim_his_own(author):
    judge = with_rights(author, "view_review_list", "review_model")
    with pytest.raises(NotAllowed):
        use_cases.claim(a_proposal(judge), by=judge)


# --- Bulk -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "is_trivial"),
    [
        ({"model_description": "Better words."}, True),
        ({"featured": True}, True),
        ({"updated_at": 1_790_000_000, "model_description": "Better."}, True),
        ({"context_length": 32769}, False),
        ({"context_length": 32768.0}, False),
        ({"virtualenv": {"packages": ["git+https://example.org/x"]}}, False),
        ({"chat_template": "{{ messages }}"}, False),
    ],
)
def test_bulk_approval_takes_what_no_server_acts_on(db, author, reviewer, changes, is_trivial):
    model = a_model(owner=author)
    content = publication.Content(written(llm_record(model.name, **changes)), "# A model\n")
    revision = publication.propose(model, content, by=author, visibility=Visibility.PUBLIC)
    if is_trivial:
        assert use_cases.approve_trivial(revision, by=reviewer).decision == "approve"
    else:
        with pytest.raises(NotTrivial, match="changes more than"):
            use_cases.approve_trivial(revision, by=reviewer)
        assert not Review.objects.exists()


def test_bulk_approval_takes_a_new_readme(db, author, reviewer):
    model = a_model(owner=author)
    submission = registry.Submission(readme="# Better\n")
    revision = registry.edit(model, submission, by=author, base_revision=1)
    use_cases.approve_trivial(revision, by=reviewer)
    assert RegisteredModel.objects.get(pk=model.pk).published_revision.readme == "# Better\n"


def test_bulk_approval_takes_no_new_models(proposal, reviewer):
    with pytest.raises(NotTrivial, match="new"):
        use_cases.approve_trivial(proposal, by=reviewer)


def test_nobody_approves_his_own_in_bulk(db, author):
    judge = with_rights(author, "view_review_list", "review_model")
    model = a_model(owner=judge)
    submission = registry.Submission(readme="# Better\n")
    revision = registry.edit(model, submission, by=judge, base_revision=1)
    with pytest.raises(NotAllowed):
        use_cases.approve_trivial(revision, by=judge)


def test_a_refused_verdict_tells_nobody(proposal, author):
    with pytest.raises(NotAllowed):
        use_cases.approve(proposal, by=author)
    assert not Notification.objects.exists()
