"""`POST /api/models/{id}/reviews`, as contract and pages have it."""

from __future__ import annotations

import pytest

from accounts import tokens
from accounts.models import Scope
from reviews import use_cases
from reviews.models import Review
from tests.factories import a_model, a_user
from tests.reviews.conftest import a_next_round, a_reviewer, with_rights


def post(client, model_id, body, user=None, scope=Scope.WRITE):
    headers = {}
    if user is not None:
        _, raw = tokens.issue(by=user, name="t", scope=scope, expires_at=None)
        headers = {"Authorization": f"Bearer {raw}"}
    path = f"/api/models/{model_id}/reviews"
    return client.post(path, body, content_type="application/json", headers=headers)


def approve(number=1):
    return {"revision": number, "decision": "approve"}


def test_a_verdict_is_given(client, proposal, reviewer):
    body = {"revision": 1, "decision": "approve", "feedback": "Well done."}
    answer = post(client, proposal.model_id, body, reviewer)
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data.pop("created_at")
    assert data == {
        "id": proposal.model_id,
        "model_type": "llm",
        "model_name": "tiny-llm",
        "revision": 1,
        "state": "published",
        "decision": "approve",
        "feedback": "Well done.",
        "reviewer": "rita",
    }
    assert Review.objects.get().reviewer == reviewer


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"revision": 1, "decision": "reject"}, 400, "FEEDBACK_REQUIRED"),
        ({"revision": 1, "decision": "reject", "feedback": " "}, 400, "FEEDBACK_REQUIRED"),
        ({"revision": 1, "decision": "publish"}, 400, "INVALID_PARAMETER"),
        ({"revision": 2, "decision": "approve"}, 400, "INVALID_PARAMETER"),
        ({"revision": 10**30, "decision": "approve"}, 400, "INVALID_PARAMETER"),
        ({"revision": -1, "decision": "approve"}, 400, "INVALID_PARAMETER"),
        ({"decision": "approve"}, 400, "INVALID_PARAMETER"),
        ({"revision": 1, "decision": "approve", "feedback": "x" * 6000}, 400, "INVALID_PARAMETER"),
        ({}, 400, "INVALID_PARAMETER"),
    ],
)
def test_what_can_not_be_used_is_refused(client, proposal, reviewer, body, status, code):
    answer = post(client, proposal.model_id, body, reviewer)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert not Review.objects.exists()


def test_a_stale_verdict_says_what_came_in(client, proposal, author, reviewer):
    a_next_round(proposal, author)
    answer = post(client, proposal.model_id, approve(), reviewer)
    assert (answer.status_code, answer.json()["error_code"]) == (409, "STALE_REVISION")
    assert "Revision 2 was submitted" in answer.json()["message"]


def test_a_late_verdict_on_a_round_that_was_decided_hears_of_the_newest_round(
    client, proposal, author, reviewer
):
    use_cases.request_changes(proposal, by=a_reviewer("roland"), feedback="Shorter.")
    a_next_round(proposal, author)
    answer = post(client, proposal.model_id, approve(), reviewer)
    assert answer.status_code == 409
    assert "Revision 2 was submitted" in answer.json()["message"]


def test_a_second_verdict_hears_of_the_first(client, proposal, reviewer):
    use_cases.approve(proposal, by=a_reviewer("roland"))
    answer = post(client, proposal.model_id, approve(), reviewer)
    assert answer.status_code == 409
    assert "roland has already decided" in answer.json()["message"]


def test_who_may_not_is_told_no_more_than_he_may_know(client, proposal, author):
    public = a_model("known", owner=author)
    nobody, viewer = a_user("uma"), with_rights(a_user("victor"), "view_review_list")
    cases = [
        (None, proposal.model_id, 401, "AUTHENTICATION_REQUIRED"),
        (nobody, proposal.model_id, 404, "MODEL_NOT_FOUND"),
        (nobody, 987654321, 404, "MODEL_NOT_FOUND"),
        (nobody, "10000000000000000000000", 404, "MODEL_NOT_FOUND"),
        (nobody, "tiny-llm", 404, "MODEL_NOT_FOUND"),
        (nobody, public.pk, 403, "NOT_ALLOWED"),
        (author, proposal.model_id, 403, "NOT_ALLOWED"),
        (viewer, proposal.model_id, 403, "NOT_ALLOWED"),
    ]
    for user, model_id, status, code in cases:
        answer = post(client, model_id, approve(), user)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code), (user, model_id)
    assert not Review.objects.exists()


def test_nobody_decides_on_his_own_not_even_a_superuser(client, author, proposal):
    author.is_superuser = True
    author.save()
    answer = post(client, proposal.model_id, approve(), author)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "NOT_ALLOWED")


def test_a_token_that_may_only_read_decides_nothing(client, proposal, reviewer):
    answer = post(client, proposal.model_id, approve(), reviewer, Scope.READ)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "INSUFFICIENT_SCOPE")


def test_a_directly_published_revision_was_never_handed_in(client, author, reviewer):
    model = a_model(owner=author)
    answer = post(client, model.pk, approve(), reviewer)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER")
