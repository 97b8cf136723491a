"""Maintaining a model in a real browser, with JavaScript and without."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from playwright.sync_api import expect

from models_registry import publication
from models_registry.actions.edit import edit
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import Draft, RegisteredModel
from models_registry.publication import Content
from tests.browser.conftest import PHONE, overflow, watch
from tests.factories import a_model, a_person, llm_record, written

pytestmark = pytest.mark.django_db(transaction=True)

MAINTAINS = (
    "register_model",
    "register_public_model",
    "change_public_model",
    "delete_public_model",
    "expire_public_model",
)


@pytest.fixture
def mia():
    return a_person("mia", *MAINTAINS)


@pytest.fixture
def model():
    """A model of three revisions, whose owner waits with a fourth."""
    ada = a_person("ada", "register_model")
    made = a_model(owner=ada)
    for length, readme in ((131072, "# A model\n"), (262144, "# A model\n\nWith more words.\n")):
        content = Content(written(llm_record(context_length=length)), readme)
        publication.publish(made, content, by=ada)
    edit(made, Submission(readme="# Proposed\n"), by=ada, base_revision=3)
    return RegisteredModel.objects.get(pk=made.pk)


def sign_in(page, user, live_server):
    """Give the browser the cookie of a session, as signing in would."""
    client = Client()
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([cookie | {"url": live_server.url}])


def settings_of(model):
    return f"/models/detail/{model.pk}/settings"


def test_a_maintainer_goes_through_the_settings_of_a_model(page, live_server, mia, model):
    sign_in(page, mia, live_server)
    page.goto(f"/models/detail/{model.pk}")
    page.get_by_role("link", name="Settings").click()

    page.get_by_role("button", name="Feature this model").click()
    expect(page.get_by_text("The model is featured now.")).to_be_visible()
    expect(page.get_by_role("button", name="Stop featuring")).to_be_visible()

    page.get_by_label("Date and time").fill("2040-01-31T12:00")
    page.get_by_label("Time zone").select_option("Asia/Shanghai")
    page.get_by_role("button", name="Set expiry").click()
    expect(page.get_by_text("Jan. 31, 2040, 4 a.m. UTC").first).to_be_visible()

    page.get_by_text("Expire now…").click()
    page.get_by_role("button", name="Expire it now").click()
    expect(page.get_by_text("The model has expired.")).to_be_visible()
    assert RegisteredModel.objects.get(pk=model.pk).is_expired()

    page.get_by_role("button", name="Restore the model").click()
    expect(page.get_by_text("The model does not expire any more.")).to_be_visible()

    page.get_by_label("User name").fill("nobody-here")
    page.get_by_role("button", name="Add maintainer").click()
    expect(page.get_by_text("There is no account with the user name")).to_be_visible()
    page.get_by_label("User name").fill("ada")
    page.get_by_role("button", name="Add maintainer").click()
    expect(page.get_by_text("ada maintains this model now.")).to_be_visible()

    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text("mia gave ada rights on this model")).to_be_visible()

    delete = page.get_by_role("button", name="Delete permanently")
    expect(delete).to_be_disabled()
    page.get_by_label("to confirm").fill("tiny-llm")
    delete.click()
    expect(page).to_have_url(re.compile("/my-models$"))
    expect(page.get_by_text("tiny-llm has been deleted.")).to_be_visible()
    assert not RegisteredModel.objects.exists()


def test_an_expiry_is_typed_and_shown_on_the_readers_own_clock(browser, live_server, mia, model):
    context = browser.new_context(base_url=live_server.url, timezone_id="America/St_Johns")
    page = context.new_page()
    complaints = watch(page)
    sign_in(page, mia, live_server)
    page.goto(settings_of(model))
    expect(page.get_by_label("Time zone")).to_have_value("America/St_Johns")
    page.get_by_label("Date and time").fill("2040-01-31T12:00")
    page.get_by_role("button", name="Set expiry").click()
    expect(page.get_by_text("Jan. 31, 2040, noon UTC-03:30").first).to_be_visible()
    shown = (page.get_by_label("Date and time"), "2040-01-31T12:00")
    expect(shown[0]).to_have_value(shown[1])
    expect(page.get_by_label("Time zone")).to_have_value("America/St_Johns")
    # The first page after a sign-in is written in UTC.
    context.add_cookies([{"name": "timezone", "value": "", "url": live_server.url}])
    page.goto(settings_of(model))
    expect(shown[0]).to_have_value(shown[1])
    expect(page.get_by_label("Time zone")).to_have_value("America/St_Johns")
    assert complaints == []
    context.close()


def test_a_private_model_is_handed_in_with_its_consequence_in_sight(page, live_server):
    ada = a_person("ada", "register_model")
    mine = a_model(owner=ada, visibility="private")
    sign_in(page, ada, live_server)
    page.goto(settings_of(mine))
    expect(page.get_by_role("radio", name="Enterprise")).to_be_disabled()
    public = page.locator(".option-card", has_text="Public")
    expect(public).to_contain_text("This is sent for review.")
    public.click()
    page.get_by_role("button", name="Change visibility").click()
    # The browser itself asks for the confirmation.
    assert page.get_by_label("Yes, change who can see").evaluate("one => one.validity.valueMissing")
    page.get_by_label("Yes, change who can see").check()
    page.get_by_role("button", name="Change visibility").click()
    expect(page.get_by_text("submitted for review")).to_be_visible()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Revision 2 has been withdrawn.")).to_be_visible()


def test_history_compares_and_restores(page, live_server, mia, model):
    sign_in(page, mia, live_server)
    page.goto(f"/models/detail/{model.pk}")
    page.get_by_role("link", name="History").click()
    expect(page.locator(".revision")).to_have_count(4)
    expect(page.locator("#r3")).to_contain_text("Context length 131072 → 262144")

    page.get_by_label("Compare from revision 1").check(force=True)
    page.get_by_label("Compare to revision 3").check(force=True)
    page.get_by_role("button", name="Compare the selected").click()
    expect(page).to_have_url(re.compile("/compare/1...3$"))
    expect(page.locator(".changes")).to_contain_text("Context length 32768 → 262144")
    expect(page.locator("del").first).to_contain_text("32768")
    page.get_by_role("link", name="Side by side").click()
    expect(page.locator(".diff-table.split").first).to_be_visible()
    page.get_by_role("link", name="Show all lines").click()
    expect(page.locator(".fold")).to_have_count(0)

    page.get_by_role("link", name="All revisions").click()
    page.locator("#r1").get_by_text("Restore…").click()
    page.locator("#r1").get_by_role("button", name="Restore revision 1").click()
    expect(page.get_by_text("Revision 1 was published again, as revision 5.")).to_be_visible()
    restored = RegisteredModel.objects.get(pk=model.pk).published_revision
    assert json.loads(restored.definition)[0]["context_length"] == 32768


def test_what_is_copied_from_a_comparison_has_no_line_numbers(page, live_server, model):
    page.goto(f"/models/detail/{model.pk}/compare/1...3")
    copied = page.locator(".diff-table").first.evaluate(
        "table => { getSelection().selectAllChildren(table); return getSelection().toString(); }"
    )
    assert '"context_length": 32768,' in copied
    assert not re.search(r"^\s*\d+\s", copied, re.MULTILINE)


def test_my_models_filters_searches_and_withdraws(page, live_server):
    ada = a_person("ada", "register_model")
    submission = Submission(written(llm_record("waiting-llm")), visibility="public")
    register("llm", submission, by=ada)
    a_model("my-image", model_type="image", owner=ada, visibility="private")
    Draft.objects.create(owner=ada, model_type="llm", definition='"model_name": "begun"')
    sign_in(page, ada, live_server)
    page.goto("/")
    page.get_by_label("Account menu").click()
    page.get_by_role("link", name="My Models").click()
    entries = page.locator(".my-entry")
    expect(entries).to_have_count(3)

    page.get_by_role("link", name="Private 1").click()
    expect(entries).to_have_count(1)
    page.get_by_role("link", name="All 3").click()
    page.get_by_label("Search my models").fill("wait")
    page.get_by_label("Search my models").press("Enter")
    expect(entries).to_have_count(1)

    page.get_by_label("More for waiting-llm").click()
    page.get_by_role("button", name="Withdraw revision 1").click()
    expect(page.get_by_text("Revision 1 has been withdrawn.")).to_be_visible()
    page.get_by_label("More for begun").click()
    page.get_by_role("button", name="Discard the draft").click()
    expect(page.get_by_text("The draft of begun has been discarded.")).to_be_visible()
    expect(entries).to_have_count(2)


def test_everything_works_without_javascript(browser, live_server, mia, model):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, mia, live_server)
    page.goto(settings_of(model))
    page.get_by_role("button", name="Feature this model").click()
    expect(page.get_by_text("The model is featured now.")).to_be_visible()
    page.get_by_text("Expire now…").click()
    page.get_by_role("button", name="Expire it now").click()
    expect(page.get_by_text("The model has expired.")).to_be_visible()
    page.goto(f"/models/detail/{model.pk}/history")
    page.get_by_role("button", name="Compare the selected").click()
    expect(page).to_have_url(re.compile("/compare/4...5$"))
    page.goto(settings_of(model))
    page.get_by_label("to confirm").fill("wrong")
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_text("Type the name exactly like this: tiny-llm")).to_be_visible()
    page.get_by_label("to confirm").fill("tiny-llm")
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_text("tiny-llm has been deleted.")).to_be_visible()
    context.close()


def test_no_page_is_wider_than_a_phone(browser, live_server, mia, model):
    context = browser.new_context(base_url=live_server.url, viewport=PHONE)
    page = context.new_page()
    complaints = watch(page)
    long = a_model("a" * 120, owner=mia, visibility="private", readme="x" * 5000)
    content = Content(written(llm_record("a" * 120, model_description="y" * 900)), "z" * 5000)
    publication.publish(long, content, by=mia)
    sign_in(page, mia, live_server)
    for one in (model, long):
        for rest in (
            "settings",
            "history",
            "history/1",
            "history/1?part=definition",
            "compare/1...2",
            "compare/1...2?view=split",
        ):
            page.goto(f"/models/detail/{one.pk}/{rest}")
            assert overflow(page) <= 0, rest
    page.goto("/my-models")
    assert overflow(page) <= 0
    assert complaints == []
    context.close()
