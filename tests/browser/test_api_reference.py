"""The reference of the API: operations are found, and requests are sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts import tokens
from accounts.models import Scope
from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db(transaction=True)


def test_requests_are_tried_with_and_without_a_token(context, live_server):
    """With a page of its own: the browser reports the refusal that is looked for here."""
    a_model("needle")
    _, raw = tokens.issue(by=a_person("ada"), name="docs", scope=Scope.READ, expires_at=None)
    page: Page = context.new_page()
    page.goto("/api/docs")
    page.get_by_label("Filter operations").fill("one's OWN models")
    expect(page.get_by_text("of 37")).to_be_visible()
    expect(page.locator("#get-models")).to_be_hidden()
    page.get_by_role("navigation", name="Operations").get_by_text("One's own models").click()
    own = page.locator("#get-me-models")
    expect(own).to_be_in_viewport()
    own.get_by_text("Try it").click()
    send = own.get_by_role("button", name="Send")
    body = own.get_by_label("Body of the answer")
    for token, status, said in (
        ("", "401 Unauthorized", '"error_code": "AUTHENTICATION_REQUIRED"'),
        ("xhub_wrong", "401 Unauthorized", '"error_code": "INVALID_TOKEN"'),
        (raw, "200 OK", '"pageSize": 5'),
    ):
        page.get_by_label("Access token for trying").fill(token)
        own.get_by_label("pageSize").fill("5")
        send.click()
        expect(body).to_contain_text(said)
        expect(own.get_by_role("status")).to_have_text(status)

    # The filter again, with the keyboard, and a parameter in the path.
    page.get_by_label("Filter operations").fill("")
    page.get_by_label("Access token for trying").fill("")
    one = page.locator("#get-models-name_or_id")
    one.locator(".api-try summary").press("Enter")
    one.get_by_label("name_or_id").fill("needle")
    one.get_by_label("name_or_id").press("Enter")
    expect(one.get_by_label("Body of the answer")).to_contain_text('"model_name": "needle"')

    # Who has moved on while the hub answers stays there; else the focus is on the button again.
    held = []
    page.route("**/api/models/needle", lambda route: held.append(route))
    send, said = one.get_by_role("button", name="Send"), one.get_by_role("status")
    elsewhere = page.get_by_label("Filter operations")
    for moves_on in (True, False):
        send.click()
        expect(said).to_contain_text("Waiting")
        if moves_on:
            elsewhere.focus()
        while not held:
            page.wait_for_timeout(20)
        held.pop().continue_()
        expect(said).to_have_text("200 OK")
        expect(elsewhere if moves_on else send).to_be_focused()

    # What can't be sent is said of its field, and nothing is sent.
    token = page.get_by_label("Access token for trying")
    for field, value, reason in (
        (token, "xhub_…", "“Access token for trying” has a character"),
        (one.get_by_label("name_or_id"), "..", "“name_or_id” can’t be “.”"),
    ):
        field.fill(value)
        send.click()
        expect(said).to_contain_text(reason)
        expect(field).to_be_focused()
        field.fill("")
    assert held == []

    # A page that the browser keeps to go back to has no token.
    token.fill(raw)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    expect(token).to_have_value("")
    expect(own.get_by_text("Without a token")).to_be_visible()
    one.get_by_role("button", name="Python").click()
    expect(one.get_by_text("import requests")).to_be_visible()
    expect(one.locator(".api-sample-curl")).to_be_hidden()


def test_without_javascript_all_of_it_is_there(browser, live_server):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/api/docs")
    operation = page.locator("#get-models")
    expect(operation.locator(".api-sample-curl")).to_be_visible()
    expect(operation.get_by_text("import requests")).to_be_visible()
    expect(operation.locator(".api-try")).to_be_hidden()
    context.close()
