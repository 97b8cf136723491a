"""Every task with the keyboard only, and the focus is seen at each step."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import OwnershipOffer, RegisteredModel, Visibility
from reviews.models import Proposal
from tests.browser.conftest import watch
from tests.environment import ROOT
from tests.factories import a_model, a_person, a_user, changed, llm_record, written
from tests.reviews.conftest import a_proposal, a_reviewer, an_author
from tests.standins.xinference import registered

pytestmark = pytest.mark.django_db(transaction=True)
MOST_TABS = 150
# That the focus is seen: an outline, or the ring of a field.
IS_SEEN = """(element) => {
  const shown = [element, element.closest("label, .field, .search-box, article, .card, td, li")];
  const styles = shown.filter(Boolean).flatMap((one) =>
    [getComputedStyle(one), getComputedStyle(one, "::after")]);
  return styles.some((style) => style.outlineStyle !== "none" || style.boxShadow !== "none");
}"""


def reach(page: Page, target: Locator) -> Locator:
    """Press Tab until the focus is there, and seen."""
    target.wait_for(state="attached")
    for _press in range(MOST_TABS):
        if target.evaluate("(element) => element === document.activeElement"):
            assert target.evaluate(IS_SEEN), f"the focus is not seen at {target}"
            return target
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} was not reached in {MOST_TABS} steps")


def type_into(page: Page, target: Locator, text: str) -> None:
    reach(page, target)
    page.keyboard.insert_text(text)


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    reach(page, target)
    page.keyboard.press(key)


def sign_in(page: Page, name: str) -> None:
    page.goto("/models")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    press(page, page.get_by_role("banner").get_by_role("link", name="Sign in"))
    type_into(page, page.get_by_label("User name or e-mail address"), name)
    type_into(page, page.get_by_label("Password"), "correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Account menu")).to_be_visible()


@pytest.fixture
def opened(browser, live_server):
    """A page in a browser of its own that must not complain."""
    contexts, complaints = [], []

    def a_page(user: User | None = None) -> Page:
        contexts.append(browser.new_context(base_url=live_server.url))
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie: Any = {"name": "sessionid", "value": client.cookies["sessionid"].value}
            contexts[-1].add_cookies([cookie | {"url": live_server.url}])
        page = contexts[-1].new_page()
        complaints.append(watch(page))
        return page

    yield a_page
    for context in contexts:
        context.close()
    assert [one for found in complaints for one in found] == []


def test_a_model_is_found_registered_and_reviewed_without_a_mouse(opened):
    a_model("needle")
    a_user("ada").groups.add(Group.objects.get(name="Registrars"))
    a_reviewer("rita")

    page = opened()
    sign_in(page, "ada")
    page.keyboard.press("/")
    expect(page.get_by_label("Search models").first).to_be_focused()
    page.keyboard.insert_text("needle")
    page.keyboard.press("Enter")
    press(page, page.get_by_role("main").get_by_role("link", name="needle", exact=True).first)
    expect(page.get_by_role("heading", level=1).first).to_contain_text("needle")
    press(page, page.get_by_role("link", name="Specs"))
    expect(page.get_by_role("heading", name="Files")).to_be_visible()

    page.goto("/model-registration")
    type_into(page, page.locator("#json"), written(llm_record("by-keyboard")))
    press(page, page.get_by_role("button", name="Use this JSON"))
    press(page, page.get_by_role("button", name="Check & submit").first)
    reach(page, page.locator("#public"))
    if not page.locator("#public").is_checked():
        page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Submit for review"))
    expect(page.get_by_role("heading", level=1).first).to_contain_text("by-keyboard")
    assert Proposal.objects.get(model__name="by-keyboard").visibility == Visibility.PUBLIC

    page = opened()
    sign_in(page, "rita")
    press(page, page.get_by_label("Account menu"))
    press(page, page.get_by_role("link", name="Review queue"))
    press(page, page.get_by_role("main").get_by_role("link", name="by-keyboard"))
    type_into(page, page.get_by_label("Feedback for the author"), "Fine.")
    press(page, page.get_by_role("button", name="Approve and publish"))
    expect(page.get_by_text("Nothing waits for review")).to_be_visible()
    model = RegisteredModel.objects.get(name="by-keyboard")
    assert model.published_revision is not None


def test_an_account_is_made_and_kept_without_a_mouse(opened, settings, live_server, mailoutbox):
    settings.SITE_URL = live_server.url
    page = opened()
    page.goto("/signup")
    type_into(page, page.get_by_label("E-mail address"), "grace@example.org")
    type_into(page, page.get_by_label("User name"), "grace")
    type_into(page, page.get_by_label("Password", exact=True), "correct horse battery")
    press(page, page.get_by_role("button", name="Show what is typed"), "Space")
    press(page, page.get_by_role("button", name="Sign up"))
    expect(page.get_by_label("Account menu")).to_be_visible()

    page.goto("/user-center")
    picture = reach(page, page.get_by_label("Choose a picture").or_(page.locator("[type=file]")))
    with page.expect_file_chooser() as chooser:
        picture.press("Enter")
    chooser.value.set_files(ROOT / "static/img/icon-192.png")
    press(page, page.get_by_role("button", name="Upload"))
    expect(page.get_by_role("button", name="Remove")).to_be_visible()

    page.goto("/user-center/key")
    type_into(page, page.get_by_label("Name", exact=True), "CI")
    press(page, page.get_by_role("button", name="Make a token"))
    expect(page.get_by_text("“CI” is ready.")).to_be_visible()

    page.goto("/user-center/notifications")
    bell = page.get_by_role("checkbox").first
    was = bell.is_checked()
    press(page, bell, "Space")
    press(page, page.get_by_role("main").get_by_role("button", name="Save"))
    expect(bell).to_be_checked(checked=not was)

    page.goto("/user-center/webhooks")
    type_into(page, page.get_by_label("Address"), "https://example.org/hook")
    press(page, page.get_by_role("checkbox").first, "Space")
    press(page, page.get_by_role("button", name="Add the webhook"))
    expect(page.get_by_text("The webhook has been added.")).to_be_visible()

    page = opened()
    page.goto("/accounts/password/reset/")
    type_into(page, page.get_by_label("E-mail address"), "grace@example.org")
    press(page, page.get_by_role("button", name="Send the link"))
    expect(page.get_by_text("its link is on the way")).to_be_visible()
    page.goto(re.search(r"https?://\S+", mailoutbox[-1].body)[0])
    type_into(page, page.get_by_label("New password"), "staple battery horse")
    type_into(page, page.get_by_label("Confirm password"), "staple battery horse")
    press(page, page.get_by_role("button", name="Save the password"))
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()


def test_an_owner_does_everything_without_a_mouse(opened):
    ada = a_person("ada", "Registrars")
    a_user("eve")
    page = opened(ada)
    page.goto("/model-registration")
    press(page, page.get_by_role("button", name="Start empty"))
    type_into(page, page.locator("#at-0-model_name-input"), "by-form")
    press(page, page.get_by_role("button", name="Next: README"))
    press(page, page.get_by_role("main").get_by_role("button", name="中文"))
    type_into(page, page.locator("#readme"), "# 模型")
    press(page, page.get_by_role("button", name="Next: Check & submit"))
    expect(page.get_by_role("heading", name="README")).to_be_visible()

    mine = a_model("mine", owner=ada, visibility="private")
    page.goto(f"/models/detail/{mine.pk}/settings")
    reach(page, page.get_by_label("Date and time"))
    page.keyboard.type("01312040")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("1200PM")
    reach(page, page.get_by_label("Time zone"))
    press(page, page.get_by_role("button", name="Set expiry"))
    expect(page.get_by_text("The expiry date has been set.")).to_be_visible()
    type_into(page, page.locator("#give").get_by_label("User name"), "eve")
    press(page, page.get_by_role("button", name="Offer the model"))
    expect(page.get_by_role("button", name="Withdraw the offer")).to_be_visible()
    assert OwnershipOffer.objects.get(model=mine).offered_to.username == "eve"
    type_into(page, page.get_by_label("to confirm"), "mine")
    press(page, page.get_by_role("button", name="Delete permanently"))
    expect(page.get_by_text("mine has been deleted.")).to_be_visible()

    public = a_model("shared", owner=ada)
    page.goto(f"/models/detail/{public.pk}/review")
    reach(page, page.locator("#request select"))
    type_into(page, page.locator("#request").get_by_label("Reason"), "It is wrong.")
    press(page, page.get_by_role("button", name="Ask for it"))
    expect(page.get_by_role("button", name="Withdraw the request")).to_be_visible()

    # A suggestion, and the merge with what was published meanwhile.
    others = a_model("others", owner=a_user("zoe"))
    page.goto(f"/models/detail/{others.pk}/edit")
    press(page, page.get_by_role("main").get_by_role("button", name="Begin"))
    press(page, page.get_by_role("button", name="JSON"))
    expect(page).to_have_url(re.compile("/json$"))
    root = a_user("root", is_superuser=True)
    text = changed(others.published_revision, context_length=1024)
    edit(others, Submission(text), by=root, base_revision=1)
    draft = ada.drafts.get(model=others)
    draft.definition = changed(others.published_revision, context_length=2048)
    draft.save()
    page.goto(f"/model-registration/{draft.pk}/merge")
    press(page, page.get_by_role("radio").first, "Space")
    press(page, page.get_by_role("button", name="Continue with these"))
    expect(page.get_by_text("now based on revision 2")).to_be_visible()
    press(page, page.get_by_role("button", name="Submit for review"))
    expect(page.get_by_text("Revision 3 waits for review.")).to_be_visible()
    assert (
        json.loads(Proposal.objects.get(model=others, number=3).definition)[0]["context_length"]
        == 2048
    )


def test_a_reviewer_and_a_visitor_do_the_rest_without_a_mouse(opened):
    author = an_author("ada")
    proposal = a_proposal(author, name="wanting")
    model = a_model("trivial", owner=author)
    edit(model, Submission(readme="# Better\n"), by=author, base_revision=1)
    page = opened(a_reviewer())
    page.goto(f"/admin/reviews/{proposal.pk}/")
    type_into(page, page.get_by_label("Feedback for the author"), "Why?")
    press(page, page.get_by_role("button", name="Request changes"))
    expect(page.get_by_text("wanting: Changes requested.")).to_be_visible()
    page.goto("/admin/reviews/")
    press(page, page.get_by_role("checkbox").first, "Space")
    press(page, page.get_by_role("button", name="Approve the chosen updates"))
    expect(page.get_by_text("Nothing waits for review")).to_be_visible()

    page = opened()
    page.goto("/models")
    press(page, page.locator("#facet-ability-chat"), "Space")
    expect(page).to_have_url(re.compile("ability=chat"))
    press(page, page.get_by_role("main").get_by_role("link", name="trivial", exact=True).first)
    press(page, page.get_by_role("main").get_by_role("link", name="Launch").first)
    press(page, page.get_by_role("button", name="Copy").first)


def test_a_server_a_token_and_a_proposal_come_and_go_without_a_mouse(opened, there):
    ada = an_author("ada")
    a_model("alpha")
    there.known["LLM"] = [registered(llm_record("alpha"), cached=True)]
    there.engines["alpha"] = {"SGLang": [{"model_format": "pytorch"}]}
    page = opened(ada)
    page.goto("/user-center/key")
    card = page.locator("#own-server")
    type_into(page, card.get_by_label("Address"), there.url)
    type_into(page, card.get_by_label("API key"), there.key)
    press(page, card.get_by_role("button", name="Save"))
    press(page, page.get_by_role("button", name="Test the connection"))
    expect(page.get_by_text("Connected to Xinference 4.1.0.")).to_be_visible()

    page.goto("/launch_model/llm")
    press(page, page.get_by_role("link", name="Launch alpha"))
    press(page, page.get_by_role("button", name="Launch on your server"))
    expect(page.get_by_role("heading", name="Launching alpha")).to_be_visible()
    assert there.models["alpha"]["model_engine"] == "SGLang"

    page.goto("/user-center/key")
    press(page, card.get_by_role("button", name="Remove"))
    expect(card.get_by_text(there.url)).to_have_count(0)
    tokens = page.locator("#access-tokens")
    type_into(page, tokens.get_by_label("Name", exact=True), "CI")
    press(page, tokens.get_by_role("button", name="Make a token"))
    press(page, tokens.get_by_role("button", name="Revoke"))
    expect(tokens.get_by_role("button", name="Revoke")).to_have_count(0)

    proposal = a_proposal(ada, name="mine")
    page.goto(f"/models/detail/{proposal.model_id}/review")
    press(page, page.locator("summary", has_text="Withdraw"))
    press(page, page.get_by_role("button", name="Withdraw it"))
    expect(page.get_by_role("heading", name="Withdrawn by its author")).to_be_visible()
