"""Finding a model for a GPU and comparing models, as a visitor does it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, overflow, watch
from tests.factories import of_size


@pytest.fixture(autouse=True)
def _models(live_server):
    for number in range(30):
        of_size(f"model-{number:02}", 2 if number % 2 else 60)


def names(page):
    return page.locator(".model-name a")


def test_fourteen_models_fit_on_a_screen(page):
    page.goto("/models")
    whole = "rows => rows.filter(row => row.getBoundingClientRect().bottom <= innerHeight).length"
    assert page.locator(".model-row").evaluate_all(whole) >= 14


def test_a_gpu_is_remembered_in_the_next_visit_and_forgotten_when_removed(page):
    page.goto("/models")
    page.get_by_label("24 GB").check()
    expect(page.locator(".results-count")).to_have_text("15 models")
    expect(page).to_have_url(re.compile(r"/models\?fits=24$"))
    page.goto("/models?type=llm")
    expect(page.get_by_label("24 GB")).to_be_checked()
    expect(page.locator(".results-count")).to_have_text("15 models")
    page.get_by_role("link", name="Fits in 24 GB").click()
    expect(page.locator(".results-count")).to_have_text("30 models")
    page.goto("/models")
    expect(page.get_by_label("Any memory")).to_be_checked()
    assert [cookie for cookie in page.context.cookies() if cookie["name"] == "gpu"] == []


def test_without_javascript_a_gpu_is_chosen_and_models_are_compared(browser, live_server):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    complaints = watch(page)
    page.goto("/models")
    page.get_by_label("24 GB").check()
    page.get_by_role("button", name="Apply filters").click()
    expect(page).to_have_url(re.compile(r"/models\?fits=24$"))
    expect(page.locator(".results-count")).to_have_text("15 models")
    for number in ("01", "03"):
        page.get_by_label(f"Compare model-{number}").check()
    page.get_by_role("button", name="Compare the chosen").click()
    expect(page.get_by_role("columnheader")).to_have_count(3)
    assert complaints == []
    context.close()


def test_models_are_chosen_across_pages_and_filters_then_compared(page):
    page.goto("/models?sort=name")
    bar = page.locator("#compare-form")
    expect(bar).to_be_hidden()
    page.get_by_label("Compare model-00").check()
    expect(bar).to_contain_text("Choose two to four models.")
    page.get_by_role("link", name="Next").click()
    page.get_by_label("Compare model-25").check()
    page.get_by_label("24 GB").check()
    expect(page.locator(".results-count")).to_have_text("15 models")
    page.get_by_label("Compare model-01").check()
    page.get_by_label("Compare model-03").check()
    expect(page.get_by_label("Compare model-05")).to_be_disabled()
    bar.get_by_role("button", name="model-03 ×").click()
    expect(page.get_by_label("Compare model-03")).not_to_be_checked()
    bar.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile(r"/models/compare\?model=\d+&model=\d+&model=\d+$"))
    heads = page.locator(".compare-head a")
    expect(heads).to_have_text(["model-00", "model-25", "model-01"])
    page.get_by_label("Take out of the comparison: model-25").click()
    expect(heads).to_have_text(["model-00", "model-01"])


def test_a_variant_opens_its_launch_and_nothing_is_wider_than_a_phone(page):
    model = of_size("tiny", 2)
    page.set_viewport_size(PHONE)
    for address in ("/models", "/models?view=detailed", f"/models/compare?model={model.pk}"):
        page.goto(address)
        assert overflow(page) <= 0, address
    page.goto("/models/detail/tiny?tab=specs")
    assert overflow(page) <= 0
    page.locator(".fits-variant").click()
    expect(page.locator("#option-size")).to_have_value("2")
    expect(page.locator("#option-context")).to_have_value("8192")
