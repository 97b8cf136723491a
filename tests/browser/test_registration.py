"""Model Registration in a browser: by hand, in the JSON editor, without JavaScript, with losses."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import expect

from models_registry.models import Draft, RegisteredModel, Visibility
from tests.browser.conftest import DESKTOP, PHONE, overflow
from tests.factories import a_model, a_user, llm_record, written

START = "/model-registration"


@pytest.fixture
def ada(live_server):
    """A registrar."""
    user = a_user("ada")
    user.groups.set(Group.objects.filter(name="Registrars"))
    return user


def sign_in(context, live_server, user):
    """Put the cookie of a session into the browser."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])


@pytest.fixture(autouse=True)
def _signed_in(context, live_server, ada):
    sign_in(context, live_server, ada)


def a_draft(ada, definition=None, **fields):
    text = definition or written(llm_record())
    return Draft.objects.create(owner=ada, model_type="llm", definition=text, **fields)


def saved(page):
    """Wait until what was typed has reached the hub."""
    with page.expect_response(
        lambda one: one.request.method == "POST" and not one.url.endswith("/preview")
    ):
        pass
    expect(page.locator("#save-state")).to_contain_text("Saved")


def at(page, pointer):
    return page.locator(f"#at{re.sub('[^A-Za-z0-9_-]+', '-', pointer)}-input")


def type_chips(page, pointer, *values):
    box = page.locator(f"#at{re.sub('[^A-Za-z0-9_-]+', '-', pointer)} .chips input")
    for value in values:
        box.fill(value)
        box.press("Enter")


SPEC_SOURCE = "/0/model_specs/0/model_src/huggingface/model_id"
BY_HAND = {
    "llm": {
        "/0/context_length": "8,192",
        "/0/model_description": "Typed by hand.",
        "/0/model_specs/0/model_size_in_billions": "0.6",
        SPEC_SOURCE: "example/by-hand",
    },
    "embedding": {"/0/dimensions": "768", SPEC_SOURCE: "example/by-hand"},
    "rerank": {"/0/max_tokens": "1024", SPEC_SOURCE: "example/by-hand"},
    "image": {"/0/model_src/huggingface/model_id": "example/by-hand"},
    "audio": {
        "/0/model_family": "whisper",
        "/0/model_src/huggingface/model_id": "example/by-hand",
    },
    "video": {"/0/model_family": "Wan", "/0/model_src/huggingface/model_id": "example/by-hand"},
    "world": {
        "/0/model_family": "HY-WorldPlay",
        "/0/source_url": "https://github.com/example/by-hand.git",
        "/0/source_revision": "1588e1336e842b03b0a7860c654ebd7c46bb065e",
        "/0/model_src/huggingface/model_id": "example/by-hand",
    },
}


@pytest.mark.parametrize("model_type", BY_HAND)
def test_a_model_of_each_type_is_registered_by_hand(page, model_type):
    page.goto(START)
    page.locator(f".type-tile[data-hue={model_type}]").click()
    page.get_by_role("button", name="Start empty").click()
    name = f"by-hand-{model_type}"
    at(page, "/0/model_name").fill(name)
    for pointer, text in BY_HAND[model_type].items():
        at(page, pointer).fill(text)
    page.get_by_role("button", name="Next: README").click()
    page.locator("#readme").fill("# By hand\n\nWritten in a browser.")
    expect(page.locator("#preview h1")).to_have_text("By hand")
    page.get_by_role("button", name="Next: Check & submit").click()
    expect(page.locator(".badge.good")).to_contain_text("can be submitted")
    page.get_by_role("button", name="Register privately").click()
    expect(page.get_by_role("heading", level=1).first).to_contain_text(name)
    model = RegisteredModel.objects.get(name=name)
    assert (model.model_type, model.visibility) == (model_type, Visibility.PRIVATE)
    record = json.loads(model.published_revision.definition)[0]
    if model_type == "llm":
        assert record["context_length"] == 8192
        assert record["model_specs"][0]["model_size_in_billions"] == "0_6"
    assert model.published_revision.readme.startswith("# By hand")


def test_variants_and_sources_are_added_copied_moved_and_removed_in_place(page, ada):
    draft = a_draft(ada)
    page.goto(f"{START}/{draft.pk}")
    entries = page.locator(".entry.entry:not(.source)")
    page.get_by_role("button", name="ModelScope").click()
    expect(at(page, "/0/model_specs/0/model_src/modelscope/model_id")).to_be_focused()
    expect(at(page, "/0/model_specs/0/model_src/modelscope/model_id")).to_have_value(
        "example/tiny-llm"
    )
    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(entries).to_have_count(2)
    at(page, "/0/model_specs/1/model_size_in_billions").fill("7")
    page.get_by_role("button", name="Up").last.click()
    expect(at(page, "/0/model_specs/0/model_size_in_billions")).to_have_value("7")
    page.locator("#at-0-model_specs-1").get_by_role("button", name="Remove").first.click()
    expect(entries).to_have_count(1)
    draft.refresh_from_db()
    specs = json.loads(draft.definition)[0]["model_specs"]
    assert [spec["model_size_in_billions"] for spec in specs] == [7]
    assert list(specs[0]["model_src"]) == ["huggingface", "modelscope"]


def test_languages_are_chips_with_suggestions(page, ada):
    draft = a_draft(ada)
    page.goto(f"{START}/{draft.pk}")
    type_chips(page, "/0/model_lang", "de", "fr,it")
    page.get_by_role("button", name="Remove zh").click()
    saved(page)
    draft.refresh_from_db()
    assert json.loads(draft.definition)[0]["model_lang"] == ["en", "de", "fr", "it"]


def test_what_is_typed_is_saved_by_itself_and_survives_a_closed_page(page, context, ada):
    draft = a_draft(ada)
    page.goto(f"{START}/{draft.pk}")
    at(page, "/0/model_description").fill("Not to be lost")
    saved(page)
    page.close()
    again = context.new_page()
    again.goto(f"{START}/{draft.pk}")
    expect(at(again, "/0/model_description")).to_have_value("Not to be lost")
    expect(again.locator("#local-copy")).to_be_hidden()


def test_a_problem_is_shown_beside_its_field_while_typing(page, ada):
    draft = a_draft(ada)
    page.goto(f"{START}/{draft.pk}")
    at(page, "/0/context_length").fill("a lot")
    expect(page.locator("#at-0-context_length-problems li")).to_contain_text("whole number")
    at(page, "/0/context_length").fill("4096")
    expect(page.locator("#at-0-context_length-problems li")).to_have_count(0)


def test_the_json_editor_marks_errors_on_their_line_and_completes_from_the_schema(page, ada):
    draft = a_draft(ada)
    page.goto(f"{START}/{draft.pk}/json")
    expect(page.locator(".ace-host[data-ready=yes] .ace_line").first).to_be_visible()
    expect(page.locator(".ace_gutter-cell").first).to_have_text("1")
    expect(page.locator(".ace_variable").first).to_contain_text("version")

    page.locator(".ace_content").click()
    page.evaluate("definitionEditor.gotoLine(4, 200)")
    page.keyboard.press("Enter")
    page.keyboard.type('"tool_p')
    expect(page.locator(".ace_autocomplete")).to_contain_text("tool_parser")
    page.keyboard.press("Enter")
    page.keyboard.type("qwe")
    expect(page.locator(".ace_autocomplete")).to_contain_text("qwen")
    page.keyboard.press("Enter")
    expect(page.locator(".ace_gutter-cell.ace_error")).to_have_count(1)
    page.keyboard.press("End")
    page.keyboard.type(",")
    expect(page.locator(".ace_gutter-cell.ace_error")).to_have_count(0)
    draft.refresh_from_db()
    assert json.loads(draft.definition)[0]["tool_parser"] == "qwen"

    page.evaluate(
        "definitionEditor.session.replace({start: {row: 3, column: 0}, "
        'end: {row: 3, column: 100}}, \'    "context_length": "much",\')'
    )
    mark = page.locator(".ace_gutter-cell.ace_error")
    expect(mark).to_have_text("4")
    page.locator("#findings a").first.click()
    assert page.evaluate("definitionEditor.getCursorPosition().row") == 3


def test_form_and_json_are_two_views_of_one_text(page, ada):
    odd = '[\n  {"version": 2,   "x": 3.0, "model_name": "odd"}\n]\n'
    draft = a_draft(ada, odd)
    page.goto(f"{START}/{draft.pk}")
    for view in ("JSON", "Form", "JSON", "README", "JSON"):
        page.locator(".draft-tabs").get_by_role("button", name=view).click()
    assert page.evaluate("definitionEditor.getValue()") == odd
    draft.refresh_from_db()
    assert draft.definition == odd


def test_what_could_not_be_sent_stays_in_the_browser_and_is_offered_again(context, ada):
    draft = a_draft(ada)
    page = context.new_page()
    page.goto(f"{START}/{draft.pk}")
    context.set_offline(True)
    at(page, "/0/model_description").fill("Written on a train")
    expect(page.locator("#save-state")).to_contain_text("can’t be reached")
    page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(f"{START}/{draft.pk}")
    expect(page.locator("#local-copy")).to_be_visible()
    # The page says "Saved" before it, too: only the answer to this save tells that it is kept.
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("button", name="Restore").click()
    expect(at(page, "/0/model_description")).to_have_value("Written on a train")
    expect(page.locator("#save-state")).to_contain_text("Saved")
    expect(page.locator("#local-copy")).to_be_hidden()
    draft.refresh_from_db()
    assert "Written on a train" in draft.definition


def test_a_session_that_ends_while_writing_loses_nothing(context, live_server, ada):
    draft = a_draft(ada)
    page = context.new_page()
    page.goto(f"{START}/{draft.pk}/json")
    expect(page.locator(".ace-host[data-ready=yes]")).to_be_visible()
    Session.objects.all().delete()
    page.evaluate("definitionEditor.session.insert({row: 0, column: 1}, ' ')")
    expect(page.locator("#save-state")).to_contain_text("you are signed out")
    sign_in(context, live_server, ada)
    page.evaluate("definitionEditor.session.insert({row: 0, column: 1}, ' ')")
    expect(page.locator("#save-state")).to_contain_text("Saved")
    draft.refresh_from_db()
    assert draft.definition.startswith("[  \n")


def test_two_windows_do_not_overwrite_each_other(context, ada):
    draft = a_draft(ada)
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(f"{START}/{draft.pk}")
    at(first, "/0/model_description").fill("From the first")
    expect(first.locator("#save-state")).to_contain_text("Saved")
    first.wait_for_timeout(1800)
    at(second, "/0/model_description").fill("From the second")
    expect(second.locator("#save-state")).to_contain_text("changed in another window")
    draft.refresh_from_db()
    assert "From the first" in draft.definition


def test_next_waits_for_what_is_under_way(page, ada):
    """The answer to "Add" is slow: without it, Next would send the fields of another form."""
    draft = a_draft(ada)
    held = []

    def hold(route):
        if route.request.headers.get("hx-request") and not held:
            held.append((route, route.fetch()))
        else:
            route.continue_()

    page.goto(f"{START}/{draft.pk}/form")
    page.route(f"**/{draft.pk}/form", hold)
    page.get_by_role("button", name="Add a variant").click()
    page.get_by_role("button", name="Next: README").click()
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(300)
    expect(page).to_have_url(re.compile("/form"))
    [(route, answer)] = held
    route.fulfill(response=answer)
    expect(page).to_have_url(re.compile("/readme$"))
    draft.refresh_from_db()
    [record] = json.loads(draft.definition)
    assert len(record["model_specs"]) == 2


class Held:
    """Holds answers to a draft's form back, as a slow connection does; one is let go at a time."""

    def __init__(self, page, draft):
        self.page = page
        self.answers = []
        self.saves_too = False
        page.route(f"**/{draft.pk}/form", self._hold)

    def _hold(self, route):
        if self.saves_too or "&op=" in (route.request.post_data or ""):
            self.answers.append((route, route.fetch()))
        else:
            route.continue_()

    def wait(self):
        for _ in range(1500):
            if self.answers:
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("nothing was sent")

    def let_go(self):
        self.wait()
        route, answer = self.answers.pop(0)
        route.fulfill(response=answer)


def test_what_is_typed_while_the_structure_changes_is_kept_where_it_belongs(page, ada):
    """The answer has new fields, which know nothing of what was typed after the request."""
    specs = llm_record()["model_specs"] * 3
    draft = a_draft(ada, written(llm_record(model_specs=specs)))
    page.goto(f"{START}/{draft.pk}/form")
    held = Held(page, draft)
    size, variants = "/0/model_specs/%d/model_size_in_billions", page.locator(".entry:not(.source)")
    unfold = "document.querySelectorAll('details.entry').forEach((one) => { one.open = true; })"

    # While a variant is added: texts, ticks and half a chip stay, and so does the cursor.
    page.get_by_role("button", name="Add a variant").click()
    held.wait()
    at(page, "/0/model_description").fill("Typed meanwhile")
    page.get_by_role("group", name="Abilities").get_by_text("Vision").click()
    page.get_by_role("button", name="Add a variant").press("Enter")  # one at a time
    chip = page.locator("#at-0-model_lang .chips input")
    chip.press_sequentially("de")
    held.let_go()
    expect(variants).to_have_count(4)
    expect(at(page, "/0/model_description")).to_have_value("Typed meanwhile")
    expect(page.get_by_role("checkbox", name="Vision")).to_be_checked()
    expect(chip).to_be_focused()
    expect(chip).to_have_value("de")
    chip.press("Enter")

    # While entries change places, a text follows its entry, and the button is in hand again.
    for verb, index, typed_at, then in (("Down", 0, 0, 1), ("Copy", 1, 2, 3), ("Remove", 0, 4, 3)):
        page.evaluate(unfold)
        entry = page.locator(f"#at-0-model_specs-{index}")
        entry.get_by_role("button", name=verb, exact=True).first.click()
        held.wait()
        value = f"{typed_at}.5"
        at(page, size % typed_at).fill(value)
        at(page, size % typed_at).press("ArrowLeft")
        held.let_go()
        expect(at(page, size % then)).to_have_value(value)
        expect(at(page, size % then)).to_be_focused()
        assert at(page, size % then).evaluate("(one) => one.selectionStart") == 2
    page.evaluate(unfold)
    page.locator("#at-0-model_specs-1").get_by_role("button", name="Up").click()
    held.let_go()
    expect(page.locator("#at-0-model_specs-0").get_by_role("button", name="Down")).to_be_focused()

    # A change that is pressed during a save is not lost when more is typed.
    held.saves_too = True
    at(page, "/0/context_length").fill("4096")
    held.wait()
    page.get_by_role("button", name="Add a variant").click()
    at(page, "/0/model_description").fill("More")
    page.wait_for_timeout(1700)  # the pause after which this is saved
    held.let_go()
    held.let_go()
    held.saves_too = False
    expect(variants).to_have_count(5)
    expect(at(page, "/0/model_description")).to_have_value("More")
    page.unroute_all()
    page.get_by_role("button", name="Next: README").click()
    draft.refresh_from_db()
    [record] = json.loads(draft.definition)
    assert record["model_description"] == "More"
    assert record["context_length"] == 4096
    assert "vision" in record["model_ability"]
    assert record["model_lang"] == ["en", "zh", "de"]
    sizes = [spec.get("model_size_in_billions") for spec in record["model_specs"]]
    assert sizes == ["0_5", "0_5", "2_5", "4_5", ""]


FAILURES = {
    "not sent": lambda route: route.abort(),
    "refused": lambda route: route.fulfill(status=503, body="Not now."),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("first", ["change of the structure", "save"])
def test_what_a_failed_request_had_is_saved_by_the_save_that_was_due(context, ada, first, failure):
    draft = a_draft(ada)
    page = context.new_page()
    page.goto(f"{START}/{draft.pk}/form")
    held = []

    def hold(route):
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(f"**/{draft.pk}/form", hold)
    description = at(page, "/0/model_description")
    description.fill("Typed just before")
    if first == "save":
        while not held:
            page.wait_for_timeout(50)
        description.blur()  # another save is due, with nothing new
        page.wait_for_timeout(1700)
    else:
        page.get_by_role("button", name="Add a variant").click()
        while not held:
            page.wait_for_timeout(50)
    with page.expect_response(lambda one: one.request.method == "POST" and one.status == 200):
        FAILURES[failure](held[0])
    expect(page.locator("#save-state")).to_contain_text("Saved")
    draft.refresh_from_db()
    assert "Typed just before" in draft.definition


def test_a_press_during_a_save_does_what_its_button_said(page, ada):
    """The answer draws the button again: it is pressed once, and not if it does something else."""
    draft = a_draft(ada)
    held = []
    button = page.locator("#outcome button[name=submit]")

    def hold(route):
        if route.request.headers.get("hx-request"):
            held.append((route, route.fetch()))
        else:
            route.continue_()

    def press_twice_during_the_save():
        while not held:
            page.wait_for_timeout(50)
        button.click()
        expect(button).to_have_attribute("aria-disabled", "true")
        button.press("Enter")
        page.wait_for_timeout(100)
        route, answer = held.pop()
        route.fulfill(response=answer)

    page.goto(f"{START}/{draft.pk}/check")
    page.route(f"**/{draft.pk}/check", hold)
    page.locator("#public").check()
    expect(button).to_have_text(re.compile("Register privately"))
    press_twice_during_the_save()
    expect(button).to_have_text(re.compile("Submit for review"))
    expect(button).to_be_focused()
    expect(page.locator("#save-state")).to_contain_text("nothing was done")
    assert not RegisteredModel.objects.exists()
    page.locator("#message").fill("Please")
    press_twice_during_the_save()
    expect(page).not_to_have_url(re.compile("/check"))
    assert RegisteredModel.objects.get().owner == ada


def test_the_enterprise_switch_appears_with_the_public_one_and_says_what_follows(page, ada):
    ada.groups.set(Group.objects.filter(name__in=["Registrars", "Enterprise registrars"]))
    draft = a_draft(ada)
    page.goto(f"{START}/{draft.pk}/check")
    expect(page.locator("#enterprise")).to_be_hidden()
    page.locator("#public").check()
    expect(page.locator("#outcome")).to_contain_text("A reviewer checks it first")
    page.locator("#enterprise").check()
    expect(page.locator("#outcome")).to_contain_text("Visible to authorised users immediately")
    page.locator("#public").uncheck()
    expect(page.locator("#enterprise")).to_be_hidden()
    expect(page.locator("#outcome")).to_contain_text("Visible to you only")


def test_a_finding_leads_to_its_field(page, ada):
    draft = a_draft(ada, written(llm_record(reasoning_start_tag="", context_length="x")))
    page.goto(f"{START}/{draft.pk}/check")
    page.get_by_role("link", name="Context length").click()
    expect(at(page, "/0/context_length")).to_be_focused()


def test_editing_a_model_publishes_its_next_revision(page, ada):
    model = a_model("mine", visibility="private", owner=ada)
    page.goto(f"/models/detail/{model.pk}/edit")
    page.get_by_role("button", name="Begin").click()
    at(page, "/0/context_length").fill("4096")
    page.locator(".draft-tabs").get_by_role("button", name="Check & submit").click()
    page.locator("#message").fill("Shorter context")
    page.get_by_role("button", name="Publish the change").click()
    saved = "Revision 2 has been saved. Only you can see the model."
    expect(page.get_by_text(saved)).to_be_visible()


def test_everything_works_without_javascript(browser, live_server, ada):
    context = browser.new_context(
        base_url=live_server.url, viewport=DESKTOP, java_script_enabled=False
    )
    sign_in(context, live_server, ada)
    page = context.new_page()
    page.goto(START)
    page.get_by_role("button", name="Start empty").click()
    at(page, "/0/model_name").fill("plain-html")
    at(page, "/0/model_lang").fill("en\nde")
    at(page, "/0/model_specs/0/model_size_in_billions").fill("7")
    at(page, SPEC_SOURCE).fill("example/plain")
    page.get_by_role("button", name="ModelScope").click()
    expect(at(page, "/0/model_specs/0/model_src/modelscope/model_id")).to_have_value(
        "example/plain"
    )
    page.locator(".draft-tabs").get_by_role("button", name="JSON").click()
    text = page.locator("#definition").input_value()
    page.locator("#definition").fill(text.replace("32768", "oops"))
    page.locator(".draft-tabs").get_by_role("button", name="Form").click()
    expect(page.locator("#findings")).to_contain_text("Line 4")
    page.locator("#definition").fill(text.replace("32768", "4096"))
    page.locator(".draft-tabs").get_by_role("button", name="README").click()
    page.locator("#readme").fill("# Plain")
    page.get_by_role("button", name="Next: Check & submit").click()
    page.get_by_role("button", name="Register privately").click()
    expect(page.get_by_role("heading", level=1).first).to_contain_text("plain-html")
    context.close()
    record = json.loads(RegisteredModel.objects.get().published_revision.definition)[0]
    assert (record["context_length"], record["model_lang"]) == (4096, ["en", "de"])


def test_every_page_fits_a_phone(page, ada):
    name = "a-rather-long-name-of-a-model-" * 4
    draft = a_draft(ada, written(llm_record(name, context_length="x" * 300)), readme="# X\n")
    page.set_viewport_size(PHONE)
    for path in (
        START,
        *(f"{START}/{draft.pk}/{view}" for view in ("form", "json", "readme", "check")),
    ):
        page.goto(path)
        assert overflow(page) <= 0, path
