"""Several reviewers at the same instant: one wins, the others are told."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection

from accounts.models import User
from models_registry.models import CatalogueList, Revision
from reviews import use_cases
from reviews.models import Claim, Decision, Notification, Proposal, Review
from tests.reviews.conftest import a_proposal, a_reviewer, an_author

pytestmark = pytest.mark.django_db(transaction=True)

REVIEWERS = 8


@pytest.fixture
def proposed(db):
    for number in range(REVIEWERS):
        a_reviewer(f"reviewer-{number}")
    return a_proposal(an_author()).pk


def test_of_reviewers_who_decide_at_once_one_wins_and_the_others_are_told(proposed, at_once):
    gate = threading.Barrier(REVIEWERS)
    decisions = list(Decision)

    def decide(number):
        proposal = Proposal.objects.get(pk=proposed)
        judge = User.objects.get(username=f"reviewer-{number}")
        connection.close()
        gate.wait(timeout=20)
        verdict = decisions[number % 3]
        return use_cases.decide(proposal, verdict, by=judge, feedback="So.").decision

    answers = Counter(at_once(decide, range(REVIEWERS)))
    assert answers.pop("STALE_REVISION") == REVIEWERS - 1
    ((winner, count),) = answers.items()
    assert count == 1

    def look(_):
        row = CatalogueList.objects.filter(model_type="llm").first()
        return (
            [review.decision for review in Review.objects.all()],
            Revision.objects.get(pk=proposed).state,
            row.record_count if row else 0,
            Notification.objects.count(),
        )

    ((verdicts, state, listed, told),) = at_once(look, [None])
    states = {"approve": "published", "request_changes": "changes_requested", "reject": "rejected"}
    assert (verdicts, state) == ([winner], states[winner])
    assert listed == (1 if winner == "approve" else 0)
    assert told == 1


def test_of_reviewers_who_claim_at_once_one_has_it(proposed, at_once):
    def claim(number):
        proposal = Proposal.objects.get(pk=proposed)
        judge = User.objects.get(username=f"reviewer-{number}")
        return use_cases.claim(proposal, by=judge).reviewer.username

    answers = at_once(claim, range(REVIEWERS))
    holders = [answer for answer in answers if answer != "STALE_REVISION"]
    (found,) = at_once(lambda _: [claim.reviewer.username for claim in Claim.objects.all()], [None])
    assert found == holders
    assert len(holders) == 1
