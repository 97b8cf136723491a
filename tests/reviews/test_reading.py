"""What a page shows of a proposal: comparisons, long texts, and hostile ones."""

from __future__ import annotations

import json

from django.urls import reverse

from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from reviews import use_cases
from reviews.models import Part, Proposal, SavedReply
from tests.factories import a_model, llm_record
from tests.models_registry.xss_corpus import HOSTILE_DESCRIPTIONS, HOSTILE_READMES
from tests.reviews.conftest import a_next_round, a_proposal, with_rights
from tests.reviews.pages import QUEUE, page


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


def test_hostile_text_is_shown_as_text_everywhere(client, author, reviewer):
    client.force_login(with_rights(reviewer, "change_public_model"))
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}'
    SavedReply.objects.create(title=attack[:80], text=attack)
    for index, hostile in enumerate([attack, *HOSTILE_DESCRIPTIONS[:8]]):
        record = llm_record(
            f"model-{index}", model_description=hostile, chat_template=hostile, stop=[hostile]
        )
        submission = Submission(
            definition=json.dumps([record]),
            readme=HOSTILE_READMES[index] + "\n" + hostile,
            visibility="public",
            message=hostile[:400],
        )
        revision = register("llm", submission, by=author)
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
    submission = Submission(definition=largest.read_text(), readme="# R\n", visibility="public")
    revision = register("llm", submission, by=author)
    client.force_login(reviewer)
    assert largest.stem in page(client, Proposal.objects.get(pk=revision.pk))
