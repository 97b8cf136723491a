"""Reviewing in a real browser: the full round, keys, lines, and the same without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from models_registry.models import RegisteredModel, UpstreamChange
from reviews import use_cases
from reviews.models import Part, Proposal, Review, SavedReply
from tests.browser.conftest import PHONE, overflow
from tests.factories import llm_record, written
from tests.reviews.conftest import a_next_round, a_proposal, a_reviewer, an_author

pytestmark = pytest.mark.django_db(transaction=True)

TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\n{% endfor %}"


def press(page, key):
    """Press a key once the page's scripts are there to hear it."""
    page.wait_for_load_state("domcontentloaded")
    page.keyboard.press(key)


def submit(page):
    """From any page of the editor: on to the last step, and hand it in."""
    page.get_by_role("button", name="Check & submit").first.click()
    if not page.locator("#public").is_checked():
        page.locator("#public").check()
    page.get_by_role("button", name="Submit for review").click()


def test_from_submission_over_requested_changes_to_what_everybody_downloads(sign_in, live_server):
    author, reviewer = an_author(display_name="Ada"), a_reviewer()
    ada, rita, anybody = sign_in(author), sign_in(reviewer), sign_in()

    ada.goto("/model-registration")
    ada.locator("#json").fill(written(llm_record("tiny-llm", chat_template=TEMPLATE)))
    ada.get_by_role("button", name="Use this JSON").click()
    submit(ada)
    expect(ada.locator(".model-head h1")).to_contain_text("tiny-llm")
    ada.get_by_role("link", name="Review status").click()
    expect(ada.get_by_role("heading", name="Waiting for review")).to_be_visible()
    assert anybody.goto("/models/detail/tiny-llm").status == 404

    rita.goto("/models")
    rita.get_by_label("Account menu").click()
    rita.get_by_role("link", name="Review queue").click()
    rita.get_by_role("link", name="tiny-llm").click()
    expect(rita.get_by_role("heading", name="What it brings")).to_be_visible()
    expect(rita.locator("#samples")).to_contain_text("What is the capital of France?")
    rita.locator("#line-definition-4 .no.new").click()
    rita.get_by_placeholder("Comment on this line").fill("Has this been measured?")
    rita.locator(".line-form").get_by_role("button", name="Comment").click()
    expect(rita.locator("#line-definition-4 + .line-comment")).to_contain_text(
        "Has this been measured?"
    )
    rita.get_by_label("Feedback for the author").fill("Say in the README how you measured it.")
    rita.get_by_role("button", name="Request changes").click()
    expect(rita.get_by_text("Nothing waits for review")).to_be_visible()

    ada.reload()
    expect(ada.locator(".bell-count")).to_have_text("2")
    ada.locator(".bell").click()
    ada.get_by_role("link", name="tiny-llm: changes requested").click()
    expect(ada.get_by_role("heading", name="rita asks for changes")).to_be_visible()
    expect(ada.locator(".standing")).to_contain_text("Say in the README how you measured it.")
    expect(ada.locator("#line-definition-4 + .line-comment")).to_contain_text(
        "Has this been measured?"
    )
    ada.get_by_label("Comment", exact=True).fill("With RULER; it is in the README now.")
    ada.locator("#comment-form").get_by_role("button", name="Comment").click()
    expect(ada.locator("#rounds")).to_contain_text("With RULER")
    ada.get_by_role("button", name="Edit and submit again").click()
    ada.get_by_role("button", name="README").first.click()
    ada.locator("textarea[name=text], textarea[name=readme]").first.fill(
        "# Tiny\n\nMeasured with RULER.\n\nLicence: MIT\n"
    )
    submit(ada)

    rita.goto("/admin/reviews/")
    row = rita.locator("[data-row]")
    expect(row).to_contain_text("Round 2")
    press(rita, "j")
    press(rita, "Enter")
    expect(rita.locator("#rounds")).to_contain_text("With RULER")
    expect(rita.locator("#readme")).to_contain_text("Measured with RULER.")
    rita.get_by_role("button", name="Approve and publish").click()
    expect(rita.get_by_text("tiny-llm: Approved.")).to_be_visible()

    assert anybody.goto("/models/detail/tiny-llm").status == 200
    expect(anybody.get_by_text("Measured with RULER.")).to_be_visible()
    listed = anybody.request.get("/api/models/download?model_type=llm").json()
    assert [record["model_name"] for record in listed] == ["tiny-llm"]
    change = UpstreamChange.objects.get()
    assert (change.name, change.kind, change.state) == ("tiny-llm", "add", "waiting")
    ada.goto(f"/models/detail/{RegisteredModel.objects.get().pk}/review")
    expect(ada.get_by_role("heading", name="Approved by rita")).to_be_visible()


def test_a_verdict_on_a_round_that_was_overtaken_is_refused_and_kept(sign_in, live_server):
    author = an_author()
    proposal = a_proposal(author)
    rita = sign_in(a_reviewer())
    rita.goto(f"/admin/reviews/{proposal.pk}/")
    a_next_round(proposal, author)
    rita.get_by_label("Feedback for the author").fill("All of it was read with care.")
    rita.get_by_role("button", name="Approve and publish").click()
    expect(rita.locator(".decision [role=alert]")).to_contain_text("Revision 2 was submitted")
    expect(rita.get_by_label("Feedback for the author")).to_have_value(
        "All of it was read with care."
    )
    expect(rita.get_by_role("heading", name="What changed since the last round")).to_be_visible()
    rita.get_by_role("button", name="Approve and publish").click()
    expect(rita.get_by_text("tiny-llm: Approved.")).to_be_visible()
    assert Review.objects.get().revision.number == 2


def test_keys_lead_through_the_queue_and_choose(sign_in, live_server):
    author = an_author()
    for name in ("one", "two", "three"):
        a_proposal(author, name)
    rita = sign_in(a_reviewer())
    rita.goto("/admin/reviews/")
    for key, name in (("j", "one"), ("j", "two"), ("j", "three"), ("k", "two")):
        press(rita, key)
        expect(rita.locator("[data-row] a:focus")).to_have_text(name)
    press(rita, "Enter")
    expect(rita.locator(".review-title h1")).to_have_text("two")
    press(rita, "j")
    expect(rita.locator(".review-title h1")).to_have_text("three")
    press(rita, "k")
    expect(rita.locator(".review-title h1")).to_have_text("two")
    press(rita, "c")
    rita.keyboard.type("jkx")
    expect(rita.locator("#comment-form textarea")).to_have_value("jkx")
    expect(rita.locator(".review-title h1")).to_have_text("two")


def test_filters_act_at_once_and_stay_in_the_address(sign_in, live_server):
    a_proposal(an_author(), "one")
    a_proposal(an_author("bob"), "two")
    rita = sign_in(a_reviewer())
    rita.goto("/admin/reviews/")
    rita.get_by_label("Author").select_option("bob")
    expect(rita.locator("[data-row]")).to_have_count(1)
    expect(rita).to_have_url(re.compile(r"author=bob"))
    rita.get_by_role("link", name="Clear").click()
    expect(rita.locator("[data-row]")).to_have_count(2)


def test_a_saved_reply_is_put_into_the_feedback(sign_in, live_server):
    proposal = a_proposal(an_author())
    SavedReply.objects.create(title="Pin it", text="Please name a commit.")
    rita = sign_in(a_reviewer())
    rita.goto(f"/admin/reviews/{proposal.pk}/")
    rita.get_by_label("Feedback for the author").fill("Hello!")
    rita.get_by_text("Saved replies").last.click()
    rita.get_by_role("button", name="Pin it").click()
    expect(rita.get_by_label("Feedback for the author")).to_have_value(
        "Hello!\n\nPlease name a commit."
    )


def test_a_review_works_without_javascript(sign_in, live_server):
    author = an_author()
    proposal = a_proposal(author)
    rita = sign_in(a_reviewer(), java_script_enabled=False)
    rita.goto(f"/admin/reviews/{proposal.pk}/")
    form = rita.locator("#comment-form")
    form.get_by_label("Comment").fill("Line by line.")
    form.get_by_label("About").select_option("definition")
    form.get_by_label("line").fill("3")
    form.get_by_role("button", name="Comment").click()
    expect(rita.locator("#line-definition-3 + .line-comment")).to_contain_text("Line by line.")
    rita.get_by_role("button", name="Claim it").click()
    expect(rita.get_by_role("button", name="Release")).to_be_visible()
    rita.get_by_label("Feedback for the author").fill("No, sorry.")
    rita.get_by_role("button", name="Reject").click()
    expect(rita.get_by_text("tiny-llm: Rejected.")).to_be_visible()
    ada = sign_in(author, java_script_enabled=False)
    ada.goto("/notifications")
    ada.get_by_role("link", name="tiny-llm was rejected").click()
    expect(ada.get_by_role("heading", name="Rejected by rita")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, {"width": 1440, "height": 900}])
def test_no_page_is_wider_than_its_window(sign_in, live_server, size):
    author, reviewer = an_author(), a_reviewer()
    record = {"chat_template": TEMPLATE * 40, "model_description": "word" * 200}
    proposal = a_proposal(author, "a-very-long-name-" * 6 + "x", **record)
    use_cases.comment(proposal, by=reviewer, text="x" * 300, part=Part.DEFINITION, line=4)
    use_cases.request_changes(proposal, by=reviewer, feedback="y" * 300)
    a_next_round(proposal, author, **record)
    newest = Proposal.objects.latest("pk")
    page = sign_in(reviewer, viewport=size)
    paths = ["", f"{newest.pk}/", "figures", "replies", "?state=author"]
    for path in paths:
        page.goto(f"/admin/reviews/{path}")
        assert overflow(page) == 0, path
    page = sign_in(author, viewport=size)
    for path in (
        f"/models/detail/{newest.model_id}/review",
        "/notifications",
        "/user-center/notifications",
    ):
        page.goto(path)
        assert overflow(page) == 0, path
