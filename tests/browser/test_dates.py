"""Dates in the reader's own time zone, on pages that are the same for everybody and on others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import watch
from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db(transaction=True)
EXPIRY = datetime(2040, 1, 31, 20, tzinfo=UTC)


def test_the_browser_writes_a_visitors_dates_and_the_hub_those_of_an_account(browser, live_server):
    model = a_model(owner=a_person("ada", "Maintainers"), expires_at=EXPIRY)
    context = browser.new_context(base_url=live_server.url, timezone_id="Asia/Shanghai")
    page = context.new_page()
    complaints = watch(page)
    expires = page.locator("time[datetime^='2040']").first

    page.goto(f"/models/detail/{model.pk}?tab=specs")
    expect(expires).to_have_text("Feb 1, 2040")
    expect(expires).to_have_attribute("title", "February 1, 2040 at 4:00:00 AM GMT+8")
    assert "timezone" not in {cookie["name"] for cookie in context.cookies()}

    page.goto("/signin")
    page.get_by_label("User name or e-mail address").fill("ada")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/models")
    page.goto(f"/models/detail/{model.pk}/settings")
    expect(page.locator("html")).to_have_attribute("data-zone", "Asia/Shanghai")
    expect(page.get_by_text("Feb. 1, 2040, 4 a.m. UTC+08:00").first).to_be_visible()
    assert complaints == []
    context.close()
