"""Sign-ins from new browsers and programs are told, once."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.accounts.conftest import PASSWORD
from tests.accounts.strangers import NEW, api_sign_in, change, sign_up
from tests.factories import a_user

pytestmark = pytest.mark.django_db


def sign_in(browser, name="ada"):
    return browser.post("/signin", {"login": name, "password": PASSWORD})


def test_a_sign_in_from_a_new_browser_is_told_once(ada, mailoutbox):
    browser, other = Client(), Client()
    for _ in range(2):
        assert sign_in(browser).status_code == 302
        browser.post("/accounts/logout/")
    (mail,) = mailoutbox
    assert mail.to == [ada.email]
    assert "new device" in mail.subject
    sign_in(other)
    assert len(mailoutbox) == 2


def test_a_browser_that_another_account_used_is_new(ada, mailoutbox):
    eve = a_user("eve")
    browser = Client()
    sign_in(browser)
    browser.post("/accounts/logout/")
    sign_in(browser, "eve")
    assert [mail.to for mail in mailoutbox] == [[ada.email], [eve.email]]
    browser.post("/accounts/logout/")
    sign_in(browser)
    assert len(mailoutbox) == 2


def test_a_forged_cookie_makes_no_browser_known(ada, mailoutbox):
    browser = Client()
    browser.cookies["known_device"] = '{"1": "x"}:made:up'
    sign_in(browser)
    assert len(mailoutbox) == 1


def test_signing_up_tells_of_no_device(db, mailoutbox):
    sign_up()
    assert not [mail for mail in mailoutbox if "new device" in mail.subject]


def test_an_api_sign_in_from_a_new_address_or_program_is_told_once(ada, mailoutbox):
    for agent, told in (("ci/1", 1), ("ci/1", 1), ("other/1", 2)):
        assert api_sign_in("ada", **{"User-Agent": agent}).status_code == 200
        assert len(mailoutbox) == told
    assert "ada" in mailoutbox[0].body


def test_a_new_password_makes_devices_new_again(ada, mailoutbox):
    browser = Client()
    sign_in(browser)
    api_sign_in("ada")
    change(browser)
    browser.post("/accounts/logout/")
    mailoutbox.clear()
    browser.post("/signin", {"login": "ada", "password": NEW})
    api_sign_in("ada", NEW)
    assert ["device" in mail.subject for mail in mailoutbox] == [True, True]
