from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from models_registry.actions.edit import edit as edit_model
from models_registry.actions.submission import Submission
from models_registry.errors import InvalidParameter, NotAllowed, StaleState
from models_registry.models import CatalogueList, RegisteredModel
from reviews import use_cases
from reviews.errors import FeedbackMissing
from reviews.models import Claim, Comment, Decision, Notification, Part, Review
from tests.factories import a_model, a_user, llm_record, written
from tests.reviews.conftest import a_next_round, a_reviewer, with_rights


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
    with pytest.raises(StaleState, match="Revision 2 was submitted"):
        use_cases.approve(proposal, by=reviewer)
    assert RegisteredModel.objects.get(pk=proposal.model_id).published_revision is None


def test_the_second_of_two_reviewers_hears_who_was_quicker(proposal, reviewer):
    use_cases.approve(proposal, by=a_reviewer("roland"))
    with pytest.raises(StaleState, match="roland has already decided: revision 1 is approved"):
        use_cases.reject(proposal, by=reviewer, feedback="No.")


def test_a_proposal_whose_base_was_overtaken_is_not_approved(proposal, author, reviewer):
    use_cases.approve(proposal, by=reviewer)
    edit = a_next_round(proposal, author)
    maintainer = with_rights(a_user("mia"), "change_public_model")
    model = RegisteredModel.objects.get(pk=proposal.model_id)
    changed = Submission(definition=written(llm_record(model.name, context_length=1024)))
    edit_model(model, changed, by=maintainer, base_revision=1)
    with pytest.raises(StaleState, match="Another revision was published"):
        use_cases.approve(edit, by=reviewer)
    assert not Review.objects.filter(revision=edit).exists()


@pytest.mark.parametrize("decision", [Decision.REQUEST_CHANGES, Decision.REJECT])
@pytest.mark.parametrize("feedback", ["", "  \n "])
def test_only_an_approval_may_come_without_words(proposal, reviewer, decision, feedback):
    with pytest.raises(FeedbackMissing):
        use_cases.decide(proposal, decision, by=reviewer, feedback=feedback)
    assert use_cases.approve(proposal, by=reviewer, feedback=feedback).feedback == ""


def test_hostile_feedback_is_stored_without_what_no_database_takes(proposal, reviewer):
    review = use_cases.reject(proposal, by=reviewer, feedback="a\x00b\ud800\r\nc")
    assert review.feedback == "a\ufffdb?\nc"
    with pytest.raises(InvalidParameter):
        use_cases.approve(proposal, by=reviewer, feedback="x" * 5001)


# --- Comments ---------------------------------------------------------------------------------


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
        (Part.README_ZH, None, True),
        (Part.README_ZH, 1, False),
    ],
)
def test_a_comment_on_a_line_needs_the_line(proposal, author, part, line, fits):
    if fits:
        use_cases.comment(proposal, by=author, text="Here.", part=part, line=line)
        assert Comment.objects.get().line == line
    else:
        with pytest.raises(InvalidParameter):
            use_cases.comment(proposal, by=author, text="Here.", part=part, line=line)


# --- Claims -----------------------------------------------------------------------------------


def test_a_claim_keeps_others_from_claiming_but_not_from_deciding(proposal, reviewer):
    other = a_reviewer("roland")
    use_cases.claim(proposal, by=reviewer)
    with pytest.raises(StaleState, match="rita is already reviewing"):
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


# --- Bulk -------------------------------------------------------------------------------------


def test_nobody_approves_his_own_in_bulk(db, author):
    judge = with_rights(author, "view_review_list", "review_model")
    model = a_model(owner=judge)
    submission = Submission(readme="# Better\n")
    revision = edit_model(model, submission, by=judge, base_revision=1)
    with pytest.raises(NotAllowed):
        use_cases.approve_trivial(revision, by=judge)


def test_a_refused_verdict_tells_nobody(proposal, author):
    with pytest.raises(NotAllowed):
        use_cases.approve(proposal, by=author)
    assert not Notification.objects.exists()
