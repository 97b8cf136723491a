"""The review page of one proposal."""

from __future__ import annotations

from django.urls import reverse

from models_registry.actions.edit import current_revision, edit
from models_registry.actions.submission import Submission
from reviews.models import Comment, Part, Proposal, Review
from tests.reviews.conftest import a_next_round
from tests.reviews.pages import page


def test_the_review_page_shows_everything_about_a_new_model(client, queue):
    shown = page(client, queue["old"])
    for part in (
        "&quot;model_name&quot;: &quot;old&quot;",
        "First try",
        "Added format PyTorch 0.6B",
        "FEAT: [model] old support",
        "xinference/model/llm/models/old.json",
        "It matches the schema of Xinference 4.1.0, and every released server loads it.",
        "No fixed commit for example/old",
        'value="approve"',
        "Round 1",
    ):
        assert part in shown, part


def test_the_end_of_a_long_chat_template_is_there_to_read(client, queue):
    """It is one line of the definition, and one of the patch."""
    template = "{{ messages }}" * 1_000 + "{{ evil }}"
    newest = a_next_round(queue["old"], queue["old"].author, chat_template=template)
    shown = page(client, newest)
    assert shown.count("{{ evil }}") >= 2


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
    assert "Revision 2 was submitted after revision 1" in shown
    assert ">\nA long text</textarea>" in shown
    assert "Round 2" in shown
    assert not Review.objects.exists()


def test_the_page_of_an_earlier_round_leads_to_the_newest(client, queue):
    newest = a_next_round(queue["old"], queue["old"].author)
    answer = client.get(reverse("reviews:proposal", args=[queue["old"].pk]))
    assert answer.url == reverse("reviews:proposal", args=[newest.pk])


def test_lines_of_the_chinese_readme_take_comments_like_those_of_the_english(client, queue):
    first = queue["old"]
    text = "# 模型\n\n第一行\n"
    submission = Submission(readme="# Model\n\nFirst\n", readme_zh=text)
    edit(first.model, submission, by=first.author, base_revision=first.number)
    proposal = Proposal.objects.get(pk=current_revision(first.model, by=first.author).pk)
    address = reverse("reviews:proposal", args=[proposal.pk])
    for line, part in ((3, "readme_zh"), (3, "readme"), (4, "readme_zh")):
        data = {"part": part, "line": line, "text": f"On line {line} of {part}"}
        answer = client.post(reverse("reviews:comment", args=[proposal.pk]), data)
        assert answer.status_code == (302 if line == 3 else 400)
    page = client.get(address).content.decode()
    for part, quoted in (("readme_zh", "第一行"), ("readme", "First")):
        line = page.index(f'id="line-{part}-3"')
        assert line < page.index(quoted, line) < page.index(f"On line 3 of {part}", line)
        assert f'href="#line-{part}-3"' in page
    comment = Comment.objects.get(part=Part.README_ZH)
    # The next round quotes the line of the round before it.
    submission = Submission(readme_zh="# 模型\n")
    edit(first.model, submission, by=first.author, base_revision=proposal.number)
    status = client.get(reverse("reviews:status", args=[first.model_id]))
    assert "第一行" in status.content.decode()
    assert comment.get_part_display() == "Chinese README"


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
