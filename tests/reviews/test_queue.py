"""The queue: its order, its filters, and what a row says."""

from __future__ import annotations

import pytest
from django.utils import timezone

from reviews import use_cases
from reviews.models import Claim
from tests.reviews.conftest import a_next_round, a_proposal, a_reviewer
from tests.reviews.pages import QUEUE


def listed(client, query: str = "") -> list[str]:
    """The names in the queue, in their order."""
    return [row.proposal.model.name for row in client.get(QUEUE + query).context["listing"].rows]


def test_the_oldest_comes_first(client, queue):
    assert listed(client) == ["old", "mature", "young"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?type=llm", ["old", "mature", "young"]),
        ("?type=image", []),
        ("?author=bob", ["old"]),
        ("?author=nobody", []),
        ("?sort=new", ["old", "young"]),
        ("?sort=update", ["mature"]),
        ("?sort=opening", []),
        ("?age=3", ["old", "mature"]),
        ("?age=7", ["old"]),
        ("?q=MATU", ["mature"]),
        ("?q=bob", ["old"]),
        ("?q=first+try", ["old", "young"]),
        ("?state=author", []),
        ("?state=over", []),
        ("?assigned=me", []),
        ("?assigned=nobody", ["old", "mature", "young"]),
        ("?state=nonsense&type=%00&age=-1&page=999999&sort=x", ["old", "mature", "young"]),
        ("?q=%00%F0%9F%98%80&author=%00", []),
    ],
)
def test_filters_narrow_the_queue(client, queue, query, names):
    assert listed(client, query) == names


def test_claims_say_who_is_at_work(client, queue, reviewer):
    roland = a_reviewer("roland")
    use_cases.claim(queue["old"], by=roland)
    use_cases.claim(queue["young"], by=reviewer)
    assert listed(client, "?assigned=me") == ["young"]
    assert listed(client, "?assigned=others") == ["old"]
    assert listed(client, "?assigned=nobody") == ["mature"]
    Claim.objects.update(expires_at=timezone.now())
    assert listed(client, "?assigned=nobody") == ["old", "mature", "young"]


def test_a_claim_holds_for_the_next_round_too(client, queue, reviewer, author):
    use_cases.claim(queue["young"], by=reviewer)
    a_next_round(queue["young"], author)
    assert listed(client, "?assigned=me") == ["young"]


def test_counts_say_how_much_is_where(client, queue, reviewer):
    use_cases.request_changes(queue["old"], by=reviewer, feedback="Why?")
    use_cases.approve(queue["mature"], by=reviewer)
    listing = client.get(QUEUE).context["listing"]
    assert listing.state_counts == {"waiting": 1, "author": 1, "over": 1}
    assert listing.type_counts == {"llm": 1}
    assert listing.authors == [("ada", 1)]
    assert listed(client, "?state=author") == ["old"]
    assert listed(client, "?state=over") == ["mature"]


def test_age_is_marked(client, queue):
    rows = client.get(QUEUE).context["listing"].rows
    assert [row.age_mark for row in rows] == ["very-old", "old", ""]


def test_the_queue_asks_as_little_for_many_as_for_one(
    client, author, reviewer, django_assert_max_num_queries
):
    client.force_login(reviewer)
    for number in range(12):
        a_proposal(author, f"model-{number}")
    with django_assert_max_num_queries(22):
        assert len(listed(client)) == 12
