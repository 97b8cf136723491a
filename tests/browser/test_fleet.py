"""The fleet table in a real browser: without JavaScript, and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from models_registry.catalogue import pinning
from models_registry.models import ServerList
from tests.browser.conftest import PHONE, overflow
from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_fleet_is_filtered_without_javascript_and_fits_a_phone(browser, client, live_server):
    a_model("one")
    a_model("two")
    pinning.pin("llm", 1, by=None)
    for number in (1, 2):
        ServerList.objects.create(
            how="download", place=f"2001:db8:85a3:8d3:1319:8a2e:370:{number}",
            agent="python-requests/2.32.3", model_type="llm", revision=number,
        )  # fmt: skip
    client.force_login(a_person("keeper", "update_catalogue"))
    context = browser.new_context(
        base_url=live_server.url, viewport=PHONE, java_script_enabled=False
    )
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([{**cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto("/launch_model/")
    page.get_by_role("link", name="See which server holds which list").click()
    expect(page.get_by_text("A list is rolled back")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_label("State").select_option("behind")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_text("1 ahead")).to_be_visible()
    page.get_by_role("link", name="Clear").click()
    expect(page.get_by_role("row")).to_have_count(3)
    context.close()
    measuring = browser.new_context(base_url=live_server.url, viewport=PHONE)
    measuring.add_cookies([{**cookie, "url": live_server.url}])
    page = measuring.new_page()
    page.goto("/launch_model/fleet")
    assert overflow(page) == 0
    measuring.close()
