"""A real Chromium against the real server.

The fixture `page` fails its test, at the end, if the browser complained: of the
Content-Security-Policy, of an error in a script, of a file that is missing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.standins.xinference import XinferenceServer

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium."""
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser, live_server) -> Iterator[BrowserContext]:
    """A visitor's browser with empty cookies, at the server's address."""
    opened = browser.new_context(base_url=live_server.url, viewport=DESKTOP)
    opened.grant_permissions(["clipboard-read", "clipboard-write"])
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that must not give the browser reason to complain."""
    opened = context.new_page()
    complaints = watch(opened)
    yield opened
    assert complaints == []


@pytest.fixture
def sign_in(browser, live_server):
    """Opens a page for somebody, each in their own browser; no browser may report an error."""
    contexts, complaints = [], []

    def opened(user=None, **options):
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
            context.add_cookies([cookie | {"url": live_server.url}])
        page = context.new_page()
        complaints.append(watch(page))
        return page

    yield opened
    for context in contexts:
        context.close()
    # A refused verdict is answered with 409, which the browser notes as a missing file.
    assert [one for found in complaints for one in found] == []


@pytest.fixture
def there(settings):
    """A server that a person may have: loopback is listed by the administrator."""
    server = XinferenceServer()
    server.key = "sk-own-0123456789"
    settings.ENV = dataclasses.replace(settings.ENV, server_addresses=["127.0.0.1"])
    yield server
    server.stop()


def watch(page: Page) -> list[str]:
    """Collect what the browser complains of while the page is used."""
    complaints: list[str] = []

    def hear(message) -> None:
        # Missing files are noted below, where the address is known.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(f"console {message.type}: {message.text}")

    def check(response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            complaints.append(f"{response.status} {response.url}")

    page.on("console", hear)
    page.on("response", check)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    return complaints


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
