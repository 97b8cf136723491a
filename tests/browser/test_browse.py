"""The model list and a model's page, as a visitor uses them."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, overflow, watch
from tests.factories import a_model, a_user, image_record, llm_record, written

README = """# Tiny

Text with `code`.

## Use

| a | b |
|---|---|
| 1 | 2 |

```python
print("a rather long line of code that certainly does not fit into a narrow window of a phone")
```

## Limits

- [x] done
"""


@pytest.fixture(autouse=True)
def _models(live_server):
    a_model("tiny-llm", definition=written(llm_record("tiny-llm", featured=True)), readme=README)
    a_model("other-llm", definition=written(llm_record("other-llm", model_ability=["vision"])))
    a_model("a-painter", model_type="image", definition=written(image_record("a-painter")))


def names(page):
    return page.locator(".model-name a")


def test_the_list_shows_models_and_leads_to_a_models_page(page):
    page.goto("/")
    expect(names(page)).to_have_text(["tiny-llm", "a-painter", "other-llm"])
    names(page).first.click()
    expect(page).to_have_url(re.compile(r"/models/detail/tiny-llm$"))
    expect(page.get_by_role("heading", level=1).first).to_contain_text("tiny-llm")


def test_search_finds_while_typing_and_keeps_the_state_in_the_address(page):
    page.goto("/models")
    page.keyboard.press("/")
    page.keyboard.type("paint")
    expect(names(page)).to_have_text(["a-painter"])
    expect(page).to_have_url(re.compile(r"/models\?q=paint$"))
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#search")).to_have_value("paint")
    page.reload()
    expect(names(page)).to_have_text(["a-painter"])


def test_a_filter_changes_list_counts_and_address(page):
    page.goto("/models")
    page.get_by_label("Vision").check()
    expect(names(page)).to_have_text(["other-llm"])
    expect(page).to_have_url(re.compile(r"\?ability=vision$"))
    expect(page.locator(".type-tabs a[data-hue=llm] .count")).to_have_text("1")
    expect(page.locator("label[for=facet-ability-chat] .facet-count")).to_have_text("1")
    expect(page.locator(".type-tabs a[data-hue=image]")).to_have_count(0)
    expect(page.locator("#facet-ability-vision")).to_be_focused()
    expect(page.locator("#announcement")).to_have_text("1 model")


def test_filters_add_up_and_are_removed_one_by_one_or_all_at_once(page):
    page.goto("/models?q=llm")
    page.get_by_label("Vision").check()
    expect(page.locator(".active-filter")).to_have_count(2)
    page.get_by_role("link", name="Search llm").click()
    expect(page).to_have_url(re.compile(r"/models\?ability=vision$"))
    expect(page.locator("#search")).to_have_value("")
    expect(page.get_by_label("Vision")).to_be_checked()
    page.get_by_label("Text to image").check()
    expect(names(page)).to_have_count(2)
    page.get_by_role("link", name="Clear all").click()
    expect(names(page)).to_have_count(3)
    expect(page.get_by_label("Vision")).not_to_be_checked()


def test_back_leads_to_the_list_before(page):
    page.goto("/models")
    page.get_by_label("Vision").check()
    expect(names(page)).to_have_count(1)
    page.get_by_label("Text to image").check()
    expect(names(page)).to_have_count(2)
    page.go_back()
    expect(page).to_have_url(re.compile(r"\?ability=vision$"))
    expect(names(page)).to_have_text(["other-llm"])
    expect(page.get_by_label("Text to image")).not_to_be_checked()
    page.go_back()
    expect(names(page)).to_have_count(3)
    page.go_forward()
    expect(names(page)).to_have_text(["other-llm"])


def test_sorting_and_paging_stay_together(page):
    for number in range(30):
        a_model(f"model-{number:02}")
    page.goto("/models")
    page.get_by_label("Sort").select_option("name")
    expect(names(page).first).to_have_text("a-painter")
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile(r"\?sort=name&page=2$"))
    expect(names(page)).to_have_count(9)
    expect(page.locator(".pagination [aria-current=page]")).to_have_text("2")


def test_an_opened_fold_stays_open_when_the_list_changes(page):
    codes = ["en", "de", "fr", "es", "it", "ja", "ko", "pt", "ru", "th"]
    a_model("polyglot", definition=written(llm_record("polyglot", model_lang=codes)))
    page.goto("/models")
    page.locator("#more-language summary").click()
    page.locator("#facet-ability-chat").check()
    expect(page).to_have_url(re.compile("ability=chat"))
    expect(page.get_by_label("Thai")).to_be_visible()


def test_the_tabs_of_a_model_are_links_that_can_be_shared(page):
    page.goto("/models/detail/tiny-llm")
    expect(page.locator(".prose h1")).to_have_text("Tiny")
    page.get_by_role("link", name="Specs").click()
    expect(page).to_have_url(re.compile(r"tab=specs$"))
    expect(page.get_by_role("link", name="example/tiny-llm")).to_be_visible()
    page.get_by_role("link", name="Definition").click()
    expect(page.locator("#L1")).to_have_text("[")
    expect(page.get_by_role("link", name="Definition")).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.locator("h2", has_text="Files")).to_be_visible()


def test_the_table_of_contents_leads_to_the_headings(page):
    page.goto("/models/detail/tiny-llm")
    page.get_by_role("navigation", name="On this page").get_by_text("Limits").click()
    expect(page).to_have_url(re.compile(r"#readme-limits$"))
    expect(page.locator("#readme-limits")).to_be_in_viewport()


def test_names_commands_and_definitions_are_copied_exactly(page):
    page.goto("/models/detail/tiny-llm")
    page.get_by_role("button", name="Copy the name").click()
    assert page.evaluate("navigator.clipboard.readText()") == "tiny-llm"
    button = page.locator(".launch-box button")
    button.click()
    expect(button).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("xinference launch")
    page.goto("/models/detail/tiny-llm?tab=definition")
    page.locator(".definition-head button").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied + "\n" == written(llm_record("tiny-llm", featured=True))


def test_the_definition_is_downloaded_as_it_stands(page):
    page.goto("/models/detail/tiny-llm?tab=definition")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "tiny-llm.json"
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        assert file.read() == written(llm_record("tiny-llm", featured=True))


def test_the_chosen_theme_is_kept(page):
    page.emulate_media(color_scheme="light")
    page.goto("/models")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_label("Appearance and language").click()
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(background)
    assert dark != light
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.goto("/models/detail/tiny-llm")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(background) == dark


def test_menus_close_with_escape_and_by_clicking_elsewhere(page):
    page.goto("/models")
    menu = page.locator("details.menu")
    page.get_by_label("Appearance and language").click()
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    page.get_by_label("Appearance and language").click()
    page.locator("main").click(position={"x": 5, "y": 5})
    expect(menu).not_to_have_attribute("open", "")


def test_everything_works_without_javascript(browser, live_server):
    context = browser.new_context(
        base_url=live_server.url, viewport=DESKTOP, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/")
    page.locator("#facet-ability-vision").check()
    page.get_by_role("button", name="Apply filters").click()
    expect(names(page)).to_have_text(["other-llm"])
    page.locator("#search").fill("llm")
    page.locator("#search").press("Enter")
    assert "q=llm" in page.url
    assert "ability=vision" in page.url
    page.get_by_role("link", name="Vision").first.click()
    expect(names(page)).to_have_text(["tiny-llm", "other-llm"])
    names(page).first.click()
    page.get_by_role("link", name="Specs").click()
    expect(page.locator("h2", has_text="Files")).to_be_visible()
    expect(page.get_by_role("button", name="Copy the name")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("width", [360, 390, 430])
def test_on_a_phone_the_header_is_one_row_that_stays_and_opens_the_search(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/models")
    assert page.locator(".site-header").bounding_box()["height"] <= 54
    expect(page.get_by_role("link", name="Sign in")).to_be_hidden()
    page.get_by_label("Account, appearance and language").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    page.mouse.wheel(0, 400)
    page.get_by_role("link", name="Search models").click()
    search = page.get_by_role("searchbox", name="Search models")
    expect(search).to_be_focused()
    expect(page.locator(".site-search")).to_have_css("opacity", "1")
    search.press_sequentially("other")
    expect(names(page)).to_have_text(["other-llm"])
    assert page.locator(".site-header").bounding_box()["y"] == 0


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_on_a_phone_the_header_is_one_row_for_people_with_an_account(sign_in, language):
    page = sign_in(a_user("ada"), locale=language)
    for width in (360, 390, 430):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/launch_model/llm")
        assert page.locator(".site-header").bounding_box()["height"] <= 54, width
        assert overflow(page) <= 0


def test_on_a_phone_the_name_of_a_model_has_room_on_every_tab(page):
    page.set_viewport_size(PHONE)
    for tab in ("readme", "specs", "definition"):
        page.goto(f"/models/detail/tiny-llm?tab={tab}")
        assert page.locator(".model-head h1").bounding_box()["height"] < 60, tab
        launch = page.locator(".model-head-actions .primary").bounding_box()
        name = page.locator(".model-head h1").bounding_box()
        assert launch["x"] >= name["x"] + name["width"] or launch["y"] >= name["y"], tab


def test_filters_open_as_a_drawer_on_a_phone(page):
    page.set_viewport_size(PHONE)
    page.goto("/models")
    expect(page.get_by_label("Vision")).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Vision").check()
    expect(page).to_have_url(re.compile("ability=vision"))
    expect(page.get_by_label("Vision")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_label("Vision")).to_be_hidden()
    expect(names(page)).to_have_text(["other-llm"])


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440, 1920])
def test_no_page_is_wider_than_its_window(page, width):
    long = "a-name-without-end-" * 9
    record = llm_record(long, model_description="word" * 90, model_ability=["x" * 80])
    model = a_model(long, definition=written(record), readme=README + "w" * 300)
    page.set_viewport_size({"width": width, "height": 800})
    addresses = ["/", "/models?q=" + "y" * 200, "/nothing", f"/models/detail/{'z' * 150}"]
    addresses += [
        f"/models/detail/{model.pk}?tab={tab}" for tab in ("readme", "specs", "definition")
    ]
    for address in addresses:
        page.goto(address)
        assert overflow(page) <= 0, address


def test_a_missing_page_helps_on(page):
    page.goto("/models/detail/tiny-lm")
    page.get_by_role("link", name="tiny-llm").click()
    expect(page).to_have_url(re.compile(r"/models/detail/tiny-llm$"))


def test_the_menu_of_a_signed_in_person_holds_only_what_he_may_use(context, live_server, client):
    client.force_login(a_user("grace", display_name="Grace"))
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    complaints = watch(page)
    page.goto("/models")
    page.get_by_label("Account menu").click()
    panel = page.locator(".menu-panel")
    expect(panel).to_contain_text("Grace")
    expect(panel.get_by_text("Administration")).to_have_count(0)
    panel.get_by_role("button", name="Logout").click()
    page.goto("/models")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert complaints == []


def test_the_keyboard_reaches_the_content_first(page):
    page.goto("/models")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_real_models_give_the_browser_no_reason_to_complain(page, released_catalogue, tmp_path):
    """The longest definition of each type."""
    longest = []
    for folder in sorted((released_catalogue / "xinference/model").glob("*/models")):
        file = max(folder.iterdir(), key=lambda path: path.stat().st_size)
        longest.append(file.stem)
        copy = tmp_path / file.relative_to(released_catalogue)
        copy.parent.mkdir(parents=True)
        copy.write_bytes(file.read_bytes())
    call_command("import_catalogue", f"dir:{tmp_path}", verbosity=0)
    page.goto("/models")
    expect(page.locator(".results-count")).to_have_text(f"{len(longest) + 3} models")
    for name in longest:
        for tab in ("readme", "specs", "definition"):
            page.goto(f"/models/detail/{name}?tab={tab}")
            assert overflow(page) <= 0, (name, tab)
