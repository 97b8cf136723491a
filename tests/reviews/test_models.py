"""Verdicts and comments stay as they were given."""

from __future__ import annotations

import pytest
from django.utils import timezone

from hub.models import AppendOnly
from reviews import use_cases
from reviews.models import Comment, Review


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
