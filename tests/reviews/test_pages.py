"""The queue, the review page and the author's page, through the front door."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from models_registry import use_cases as registry
from models_registry.models import RegisteredModel, Revision
from reviews import use_cases
from reviews.models import Claim, Comment, Part, Proposal, Review, SavedReply
from tests.factories import a_model, a_user, llm_record
from tests.models_registry.xss_corpus import HOSTILE_DESCRIPTIONS, HOSTILE_READMES
from tests.reviews.conftest import a_next_round, a_proposal, a_reviewer, an_author, with_rights

QUEUE = "/admin/reviews/"


def aged(proposal: Proposal, days: float) -> Proposal:
    Revision.objects.filter(pk=proposal.pk).update(created_at=timezone.now() - timedelta(days=days))
    return Proposal.objects.get(pk=proposal.pk)


def listed(client, query: str = "") -> list[str]:
    """The names in the queue, in their order."""
    return [row.proposal.model.name for row in client.get(QUEUE + query).context["listing"].rows]


@pytest.fixture
def queue(client, author, reviewer) -> dict[str, Proposal]:
    """Three proposals of two authors, and a reviewer at the door."""
    bob = an_author("bob")
    published = a_model("mature", owner=author)
    edit = registry.Submission(readme="# New words\n")
    revision = registry.edit(published, edit, by=author, base_revision=1)
    client.force_login(reviewer)
    return {
        "young": aged(a_proposal(author, "young"), 0.5),
        "old": aged(a_proposal(bob, "old"), 9),
        "mature": aged(Proposal.objects.get(pk=revision.pk), 4),
    }


# --- Queue ------------------------------------------------------------------------------------


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


def test_trivial_updates_are_approved_in_bulk_and_others_are_not(client, queue, reviewer):
    chosen = [queue["mature"].pk, queue["young"].pk, 987654, "x"]
    answer = client.post("/admin/reviews/bulk", {"proposal": chosen, "next": QUEUE}, follow=True)
    said = answer.content.decode()
    assert "1 update is approved and published." in said
    assert "The model is new." in said
    assert Review.objects.get().revision_id == queue["mature"].pk
    assert RegisteredModel.objects.get(name="mature").published_revision.readme == "# New words\n"


def test_bulk_approval_leads_nowhere_else(client, queue):
    answer = client.post("/admin/reviews/bulk", {"next": "https://evil.example/"})
    assert answer.url == reverse("reviews:queue")


# --- Review page ------------------------------------------------------------------------------


def page(client, proposal: Proposal, query: str = "") -> str:
    return client.get(reverse("reviews:proposal", args=[proposal.pk]) + query).content.decode()


def test_the_review_page_shows_everything_about_a_new_model(client, queue):
    shown = page(client, queue["old"])
    for part in (
        "&quot;model_name&quot;: &quot;old&quot;",
        "First try",
        "Added format PyTorch 0.6B",
        "FEAT: [model] old support",
        "xinference/model/llm/models/old.json",
        "It fits upstream&#x27;s schema, and every released server loads it.",
        "No commit is named for example/old",
        'value="approve"',
        "Round 1",
    ):
        assert part in shown, part


def test_an_edit_is_compared_with_what_is_published_and_with_the_last_round(
    client, author, reviewer
):
    model = a_model(owner=author)
    first = a_next_round(Proposal.objects.get(model=model), author, context_length=1111)
    second = a_next_round(first, author, context_length=2222)
    client.force_login(reviewer)
    shown = page(client, second)
    assert "Context length 32768 → 2222" in shown
    assert "ENH: update model &quot;tiny-llm&quot; JSON" not in shown
    shown = page(client, second, "?against=round")
    assert "Context length 1111 → 2222" in shown
    shown = page(client, second, "?against=nothing")
    assert "Context length" not in shown.partition('id="changes"')[2].partition("</section>")[0]


def test_a_verdict_leads_to_the_next_proposal(client, queue):
    answer = client.post(reverse("reviews:decide", args=[queue["old"].pk]), {"decision": "approve"})
    assert answer.url == reverse("reviews:proposal", args=[queue["mature"].pk])


def test_a_verdict_without_words_stays_on_the_page_and_says_so(client, queue):
    answer = client.post(reverse("reviews:decide", args=[queue["old"].pk]), {"decision": "reject"})
    assert answer.status_code == 400
    assert "feedback is required" in answer.content.decode()
    assert not Review.objects.exists()


def test_what_was_typed_is_not_lost_when_a_newer_round_has_come_in(client, queue):
    a_next_round(queue["old"], queue["old"].author)
    answer = client.post(
        reverse("reviews:decide", args=[queue["old"].pk]),
        {"decision": "reject", "feedback": "A long text"},
    )
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "which you have read, revision 2 has come in" in shown
    assert ">\nA long text</textarea>" in shown
    assert "Round 2" in shown
    assert not Review.objects.exists()


def test_the_page_of_an_earlier_round_leads_to_the_newest(client, queue):
    newest = a_next_round(queue["old"], queue["old"].author)
    answer = client.get(reverse("reviews:proposal", args=[queue["old"].pk]))
    assert answer.url == reverse("reviews:proposal", args=[newest.pk])


def test_a_line_comment_stands_under_its_line_for_reviewer_and_author(client, queue, author):
    proposal = queue["old"]
    data = {"part": "definition", "line": 4, "text": "Why **this**? <b>x</b>"}
    answer = client.post(reverse("reviews:comment", args=[proposal.pk]), data)
    comment = Comment.objects.get()
    assert answer.url.endswith(f"#comment-{comment.pk}")
    assert (comment.part, comment.line) == (Part.DEFINITION, 4)
    bob = proposal.author
    client.force_login(bob)
    status = client.get(reverse("reviews:status", args=[proposal.model_id])).content.decode()
    for shown in (status,):
        line = shown.index('id="line-definition-4"')
        assert (
            line < shown.index(f'id="comment-{comment.pk}"') < shown.index('id="line-definition-5"')
        )
        assert "&lt;b&gt;x&lt;/b&gt;" in shown


def test_saved_replies_are_kept_changed_and_deleted(client, reviewer):
    client.force_login(reviewer)
    client.post("/admin/reviews/replies", {"title": "Pin it", "text": "Name a commit."})
    reply = SavedReply.objects.get()
    client.post(f"/admin/reviews/replies/{reply.pk}", {"title": "Pin it!", "text": "Please."})
    reply.refresh_from_db()
    assert (reply.title, reply.text) == ("Pin it!", "Please.")
    again = client.post("/admin/reviews/replies", {"title": "Pin it!", "text": "Twice."})
    assert "already exists" in again.content.decode()
    client.post(f"/admin/reviews/replies/{reply.pk}/delete")
    assert not SavedReply.objects.exists()


# --- The author's page ------------------------------------------------------------------------


def status(client, proposal: Proposal) -> str:
    return client.get(reverse("reviews:status", args=[proposal.model_id])).content.decode()


def test_the_author_reads_where_it_stands_in_every_state(client, author, reviewer, proposal):
    client.force_login(author)
    assert "Waiting for review" in status(client, proposal)
    use_cases.claim(proposal, by=reviewer)
    assert "rita is at work on it." in status(client, proposal)
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
    assert "The proposal is withdrawn." in answer.content.decode()
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
    assert "Never handed in for review" in shown


# --- Hostile text -----------------------------------------------------------------------------


def test_hostile_text_is_shown_as_text_everywhere(client, author, reviewer):
    client.force_login(with_rights(reviewer, "change_public_model"))
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}'
    SavedReply.objects.create(title=attack[:80], text=attack)
    for index, hostile in enumerate([attack, *HOSTILE_DESCRIPTIONS[:8]]):
        record = llm_record(
            f"model-{index}", model_description=hostile, chat_template=hostile, stop=[hostile]
        )
        submission = registry.Submission(
            definition=json.dumps([record]),
            readme=HOSTILE_READMES[index] + "\n" + hostile,
            visibility="public",
            message=hostile[:400],
        )
        revision = registry.register("llm", submission, by=author)
        proposal = Proposal.objects.get(pk=revision.pk)
        use_cases.comment(proposal, by=reviewer, text=hostile, part=Part.README, line=1)
        use_cases.comment(proposal, by=author, text=hostile)
        if index % 2:
            use_cases.request_changes(proposal, by=reviewer, feedback=hostile)
        for path in (
            reverse("reviews:proposal", args=[proposal.pk]),
            reverse("reviews:status", args=[proposal.model_id]),
        ):
            answer = client.get(path)
            assert answer.status_code == 200
            assert_harmless(answer.content.decode())
    for path in (QUEUE, f"{QUEUE}?q={attack}", "/admin/reviews/replies", "/notifications"):
        assert_harmless(client.get(path).content.decode())
    client.force_login(author)
    assert_harmless(client.get("/notifications").content.decode())


def assert_harmless(shown: str) -> None:
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown


def test_a_long_text_is_cut_and_says_so(client, author, reviewer):
    proposal = a_proposal(author, readme="line\n" * 9000)
    client.force_login(reviewer)
    assert "3000 more lines are not shown." in page(client, proposal)


def test_a_definition_of_the_released_catalogue_can_be_reviewed(
    client, author, reviewer, released_catalogue
):
    folder = released_catalogue / "xinference/model/llm/models"
    largest = max(folder.glob("*.json"), key=lambda path: path.stat().st_size)
    submission = registry.Submission(
        definition=largest.read_text(), readme="# R\n", visibility="public"
    )
    revision = registry.register("llm", submission, by=author)
    client.force_login(reviewer)
    assert largest.stem in page(client, Proposal.objects.get(pk=revision.pk))
