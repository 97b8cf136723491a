"""The page of the API's document: a token that is typed there is sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts import tokens
from accounts.models import Scope
from tests.factories import a_person

pytestmark = pytest.mark.django_db(transaction=True)


def test_authorize_lets_one_try_what_needs_a_token(page: Page):
    _, raw = tokens.issue(by=a_person("ada"), name="docs", scope=Scope.READ, expires_at=None)
    page.goto("/api/docs")
    expect(page).to_have_title("API · Xinference Models Hub")
    expect(
        page.get_by_role("banner").get_by_role("link", name="Models", exact=True)
    ).to_be_visible()
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("auth-bearer-value").fill(raw)
    page.get_by_role("button", name="Apply credentials").first.click()
    page.get_by_role("button", name="Close").first.click()
    page.get_by_role("button", name="GET /api/me/models", exact=False).first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table")
    expect(answer).to_contain_text('"pageSize": 20')


def test_the_page_is_chinese_for_chinese_readers(browser, live_server):
    context = browser.new_context(base_url=live_server.url, locale="zh-CN")
    page = context.new_page()
    page.goto("/api/docs")
    page.get_by_role("button", name="GET /api/models", exact=False).first.click()
    expect(page.locator(".try-out__btn").first).to_have_text("试用")
    expect(page.get_by_text("搜索模型", exact=True).first).to_be_attached()
    context.close()
