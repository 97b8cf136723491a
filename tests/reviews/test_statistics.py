from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from hub.templatetags.interface import hours_label
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import Revision
from reviews import use_cases
from reviews.models import Decision, Review
from reviews.statistics import figures
from tests.factories import a_model
from tests.reviews.conftest import a_next_round, a_proposal, an_author
from tests.reviews.pages import aged, status

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday


def decided(author, reviewer, name, decision, *, begun, hours) -> None:
    """A proposal that was submitted at a given time and decided some hours later."""
    proposal = a_proposal(author, name)
    review = use_cases.decide(proposal, decision, by=reviewer, feedback="So.")
    Revision.objects.filter(pk=proposal.pk).update(created_at=begun)
    # Verdicts are append-only for everybody but this test.
    QuerySet(Review).filter(pk=review.pk).update(created_at=begun + timedelta(hours=hours))


def waiting(author, name, *, days) -> None:
    proposal = a_proposal(author, name)
    Revision.objects.filter(pk=proposal.pk).update(created_at=NOW - timedelta(days=days))


def test_figures_count_what_waits_and_what_was_decided(author, reviewer):
    waiting(author, "fresh", days=0.5)
    waiting(author, "older", days=3)
    waiting(author, "ancient", days=40)
    this_week = NOW - timedelta(days=1)
    decided(author, reviewer, "a", Decision.APPROVE, begun=this_week, hours=2)
    decided(author, reviewer, "b", Decision.REJECT, begun=this_week, hours=6)
    last_week = NOW - timedelta(days=6)
    decided(author, reviewer, "c", Decision.REQUEST_CHANGES, begun=last_week, hours=48)
    decided(author, reviewer, "d", Decision.APPROVE, begun=NOW - timedelta(weeks=30), hours=1)
    found = figures(reviewer, NOW)
    assert (found.waiting, found.with_authors, found.decisions) == (3, 1, 3)
    assert found.oldest_hours == pytest.approx(40 * 24)
    assert found.median_hours == pytest.approx(6)
    assert [number for _label, number in found.ages] == [1, 0, 1, 0, 0, 1]
    last, this = found.weeks[-2:]
    assert (this.approved, this.requested, this.rejected) == (1, 0, 1)
    assert this.median_hours == pytest.approx(4)
    assert (last.decisions, last.requested) == (1, 1)
    assert [week.decisions for week in found.weeks[:-2]] == [0] * 10


def test_a_request_for_changes_is_remembered_after_the_next_round(author, reviewer):
    proposal = a_proposal(author)
    use_cases.request_changes(proposal, by=reviewer, feedback="Shorter.")
    newer = a_next_round(proposal, author)
    found = figures(reviewer)
    assert (found.decisions, found.weeks[-1].requested) == (1, 1)
    use_cases.approve(newer, by=reviewer)
    assert (figures(reviewer).weeks[-1].requested, figures(reviewer).weeks[-1].approved) == (1, 1)


def test_authors_are_told_how_long_it_takes_who_decides_and_what_follows(client, author, reviewer):
    for name, hours in (("a", 2), ("b", 6), ("c", 48)):
        begun = timezone.now() - timedelta(days=3)
        decided(author, reviewer, name, Decision.REJECT, begun=begun, hours=hours)
    aged(a_proposal(an_author("bob"), "older"), 3)
    proposal = a_proposal(author)
    client.force_login(author)
    page = status(client, proposal)
    assert "Half of the proposals of the last weeks were decided within 6 hours." in page
    assert "1 proposal waits longer than this one." in page
    assert "Nobody decides on their" in page
    use_cases.approve(proposal, by=reviewer)
    assert "Half of the proposals" not in status(client, proposal)


def test_nothing_yet_is_shown_as_nothing(client, reviewer):
    found = figures(reviewer, NOW)
    assert (found.waiting, found.median_hours, found.oldest_hours) == (0, None, None)
    client.force_login(reviewer)
    shown = client.get("/admin/reviews/figures").content.decode()
    assert "<svg" in shown
    assert "style=" not in shown


def test_the_page_has_plots_and_the_same_as_tables(client, author, reviewer):
    waiting(author, "older", days=3)
    proposal = a_proposal(author, "a")
    use_cases.approve(proposal, by=reviewer)
    client.force_login(reviewer)
    shown = client.get("/admin/reviews/figures").content.decode()
    assert shown.count('<svg class="plot"') == 3
    assert shown.count("<table") == 2
    assert ": 1 approved</title>" in shown


def test_the_figures_hold_nothing_that_the_reader_may_not_see(client, author, reviewer):
    model = a_model("big-deal", visibility="enterprise", owner=author)
    edit(model, Submission(readme="# B\n"), by=author, base_revision=1)
    assert figures(reviewer).waiting == 0


@pytest.mark.parametrize(
    ("hours", "label"),
    [
        (None, "–"),
        (0.5, "30 minutes"),
        (1, "1 hour"),
        (47, "47 hours"),
        (48, "2 days"),
        (84, "3.5 days"),
    ],
)
def test_times_are_written_as_people_say_them(hours, label):
    assert hours_label(hours) == label
