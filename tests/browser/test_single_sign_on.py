"""The way to the single sign-on and back, in a browser that enforces the content policy."""

from __future__ import annotations

import dataclasses

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.standins.openid import CLIENT_ID, CLIENT_SECRET, OpenIdProvider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def provider(settings, live_server):
    started = OpenIdProvider()
    app = {
        "provider_id": "sso", "name": "Acme", "client_id": CLIENT_ID, "secret": CLIENT_SECRET,
        "settings": {"server_url": started.url, "oauth_pkce_enabled": True},
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    settings.SITE_URL = live_server.url
    settings.ENV = dataclasses.replace(settings.ENV, oidc_url=started.url)
    yield started
    started.stop()


def test_the_button_leads_to_the_provider_and_back(page: Page, provider):
    page.goto("/signin?next=/user-center")
    page.get_by_role("button", name="Continue with Acme").click()
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    assert User.objects.get().username == "ada"
