"""From sign-up to a new password, as a person does it; and every account page at every width."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, overflow, watch
from tests.factories import a_user

PASSWORD = "correct horse battery"
NEW_PASSWORD = "staple battery horse"


@pytest.fixture(autouse=True)
def _site(settings, live_server):
    """Links in mails lead to this server."""
    settings.SITE_URL = live_server.url


@pytest.fixture
def ada(live_server):
    return a_user("ada", display_name="Ada Lovelace")


def press(page, name):
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def sign_in(page, login="ada", password=PASSWORD):
    page.goto("/signin")
    page.get_by_label("User name or e-mail address").fill(login)
    page.get_by_label("Password").fill(password)
    press(page, "Sign in")


def link_in(mail):
    return re.search(r"https?://\S+", mail.body)[0]


def log_out(page):
    page.get_by_label("Account menu").click()
    page.get_by_role("button", name="Logout").click()


def test_sign_up_confirm_sign_in_reset_and_log_out(page, settings, mailoutbox):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Sign up").click()
    page.get_by_label("E-mail address").fill("grace@example.org")
    page.get_by_label("User name").fill("grace")
    password = page.get_by_label("Password", exact=True)
    password.fill(PASSWORD)
    page.get_by_role("button", name="Show what is typed").click()
    expect(password).to_have_attribute("type", "text")
    press(page, "Sign up")
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()

    page.goto(link_in(mailoutbox[-1]))
    expect(page.get_by_text("grace@example.org")).to_be_visible()
    press(page, "Confirm")
    expect(page.get_by_label("Account menu")).to_be_visible()
    log_out(page)
    expect(page.get_by_text("You are signed out.")).to_be_visible()

    sign_in(page, "grace@example.org")
    expect(page).to_have_url(re.compile(r"/models$"))
    log_out(page)

    page.goto("/signin")
    page.get_by_role("link", name="Forgot password?").click()
    page.get_by_label("E-mail address").fill("grace@example.org")
    press(page, "Send the link")
    expect(page.get_by_text("its link is on the way")).to_be_visible()
    page.goto(link_in(mailoutbox[-1]))
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_label("Confirm password").fill(NEW_PASSWORD)
    press(page, "Save the password")
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()

    sign_in(page, "grace", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    sign_in(page, "grace", NEW_PASSWORD)
    expect(page.get_by_label("Account menu")).to_be_visible()
    log_out(page)


def test_a_second_factor_is_set_up_and_asked_for(page, ada):
    sign_in(page)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Go on")
    secret = page.locator(".secret").inner_text()
    expect(page.locator(".qr-code svg")).to_be_visible()
    page.get_by_label("Authenticator code").fill(code_for(secret))
    press(page, "Switch on")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    log_out(page)
    sign_in(page)
    expect(page.get_by_role("heading", name="Two-factor authentication")).to_be_visible()
    page.get_by_label("Code").fill(code_for(secret, step=1))
    press(page, "Sign in")
    expect(page.get_by_label("Account menu")).to_be_visible()


def code_for(secret, step=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def test_an_access_token_is_copied_and_then_out_of_sight(page, ada, live_server):
    sign_in(page)
    page.goto("/user-center/key")
    page.get_by_label("Name", exact=True).fill("CI")
    press(page, "Make a token")
    raw = page.locator("#new-token").inner_text()
    page.locator(".copy-box button").click()
    assert page.evaluate("navigator.clipboard.readText()") == raw
    answer = page.request.get("/api/models", headers={"X-Models-Token": raw})
    assert answer.status == 200
    page.goto("/user-center/key")
    expect(page.get_by_text(raw)).to_have_count(0)
    press(page, "Revoke")
    assert page.request.get("/api/models", headers={"X-Models-Token": raw}).status == 401


def test_a_hostile_profile_runs_nothing(page, ada):
    evil = "<img src=x onerror=window.__xss=1><script>window.__xss=1</script>"
    sign_in(page)
    page.goto("/user-center")
    page.get_by_label("Display name").fill(evil)
    page.get_by_label("About you").fill(evil)
    press(page, "Save")
    expect(page.get_by_role("heading", level=1)).to_have_text(evil)
    page.get_by_label("Account menu").click()
    assert page.evaluate("window.__xss") is None


def test_an_account_is_closed_after_saying_what_happens(page, ada):
    sign_in(page)
    page.goto("/user-center/close")
    expect(page.get_by_text("You own no models")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    press(page, "Close my account")
    expect(page.get_by_text("Your account has been closed.")).to_be_visible()
    sign_in(page)
    expect(page.get_by_role("alert")).to_contain_text("wrong")


PUBLIC = [
    "/signin",
    "/signup",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-x/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/nonsense/",
    "/accounts/inactive/",
]
OWN = [
    "/user-center",
    "/user-center/key",
    "/user-center/appearance",
    "/user-center/close",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
    "/accounts/3rdparty/",
]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_fits_and_gives_no_reason_to_complain(browser, live_server, ada, viewport):
    context = browser.new_context(base_url=live_server.url, viewport=viewport)
    page = context.new_page()
    complaints = watch(page)
    for path in PUBLIC:
        page.goto(path)
        assert overflow(page) <= 0, path
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
    sign_in(page)
    for path in OWN:
        page.goto(path)
        assert overflow(page) <= 0, path
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
    context.close()
    assert complaints == []


def test_signing_in_works_without_javascript(browser, live_server, ada):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page)
    page.goto("/user-center")
    page.get_by_label("Organisation").fill("Analytical Engines")
    press(page, "Save")
    expect(page.get_by_text("Your profile has been saved.")).to_be_visible()
    context.close()
