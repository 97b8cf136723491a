"""The main tasks with the keyboard only: sign in, find a model, register one, review it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Locator, Page, expect

from models_registry.models import RegisteredModel, Visibility
from reviews.models import Proposal
from tests.browser.conftest import watch
from tests.factories import a_model, a_user, llm_record, written
from tests.reviews.conftest import a_reviewer

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

    def a_page() -> Page:
        contexts.append(browser.new_context(base_url=live_server.url))
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
