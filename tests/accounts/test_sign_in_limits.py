"""Wrong passwords are slowed down, and keep nobody out of their own account."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from tests.accounts.conftest import PASSWORD
from tests.accounts.strangers import api_sign_in
from tests.factories import a_user

pytestmark = pytest.mark.django_db

TOO_MANY = b"Too many failed sign-ins"


def sign_in(browser, password=PASSWORD, *, at="127.0.0.1", name="ada"):
    return browser.post("/signin", {"login": name, "password": password}, REMOTE_ADDR=at)


def guess(times, *, at, name="ada"):
    """A stranger tries passwords, each time with a browser that nobody knows."""
    return [sign_in(Client(), "wrong", at=at, name=name) for _ in range(times)]


def is_in(answer):
    return answer.status_code == 302 and answer["Location"] != "/signin"


@pytest.fixture
def known_browser(ada):
    """A browser in which Ada has signed in and out."""
    browser = Client()
    assert is_in(sign_in(browser))
    browser.post("/accounts/logout/")
    return browser


def test_a_stranger_elsewhere_does_not_use_up_the_attempts(ada):
    assert TOO_MANY in guess(6, at="203.0.113.5")[-1].content
    assert is_in(sign_in(Client(), at="198.51.100.7"))


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org"])
def test_a_known_browser_signs_in_beside_a_stranger_at_the_same_address(known_browser, name):
    guess(12, at="203.0.113.5", name=name)
    assert TOO_MANY in sign_in(Client(), at="203.0.113.5", name=name).content
    assert is_in(sign_in(known_browser, at="203.0.113.5", name=name))


def test_a_known_browser_is_limited_by_its_own_count(known_browser):
    answers = [sign_in(known_browser, "wrong", at=f"203.0.113.{n}") for n in range(5)]
    assert TOO_MANY not in answers[-1].content
    assert TOO_MANY in sign_in(known_browser, at="203.0.113.99").content
    # And it has used up nothing for others.
    assert is_in(sign_in(Client(), at="203.0.113.1"))


def test_each_known_browser_has_a_count_of_its_own(known_browser):
    other = Client()
    assert is_in(sign_in(other))
    other.post("/accounts/logout/")
    assert TOO_MANY in [sign_in(other, "wrong") for _ in range(6)][-1].content
    assert is_in(sign_in(known_browser))


def test_a_browser_is_known_to_its_own_account_only(known_browser):
    a_user("eve")
    guess(6, at="203.0.113.5", name="eve")
    assert TOO_MANY in sign_in(known_browser, at="203.0.113.5", name="eve").content


def test_a_forged_cookie_makes_no_device_known(ada):
    browser = Client()
    browser.cookies["known_device"] = f'{{"{ada.pk}": "x"}}:made:up'
    guess(5, at="203.0.113.5")
    assert TOO_MANY in sign_in(browser, at="203.0.113.5").content


def test_a_new_password_makes_the_device_unknown(known_browser, ada):
    ada.set_password("another long password")
    ada.save()
    guess(5, at="203.0.113.5")
    assert TOO_MANY in sign_in(known_browser, at="203.0.113.5").content


class TestGuessingFromManyAddresses:
    @pytest.fixture(autouse=True)
    def _few(self, settings):
        settings.ACCOUNT_RATE_LIMITS = {
            **settings.ACCOUNT_RATE_LIMITS,
            "login_failed_anywhere": "7/h/key",
        }

    @pytest.mark.parametrize("name", ["ada", "nobody"])
    def test_has_a_limit_of_its_own(self, known_browser, name):
        answers = [guess(1, at=f"203.0.113.{n}", name=name)[0] for n in range(8)]
        assert [TOO_MANY in answer.content for answer in answers] == [False] * 7 + [True]

    def test_does_not_keep_a_known_device_out(self, known_browser):
        for number in range(8):
            guess(1, at=f"203.0.113.{number}")
        assert TOO_MANY in sign_in(Client()).content
        assert is_in(sign_in(known_browser))

    def test_a_new_password_by_mail_opens_the_account_again(self, ada):
        for number in range(8):
            guess(1, at=f"203.0.113.{number}")
        browser = Client()
        browser.post("/accounts/password/reset/", {"email": ada.email})
        link = next(w for w in mail.outbox[-1].body.split() if "/password/reset/key/" in w)
        path = browser.get("/" + link.split("/", 3)[3])["Location"]
        new = "another long password"
        browser.post(path, {"password1": new, "password2": new})
        assert is_in(sign_in(browser, new))


def test_a_known_program_signs_in_beside_a_stranger(ada):
    assert api_sign_in("ada", **{"User-Agent": "ci/1"}).status_code == 200
    for name in (*["ada"] * 6, *["somebody"] * 6):
        api_sign_in(name, "wrong", **{"User-Agent": "curl/8"})
    assert api_sign_in("ada", **{"User-Agent": "curl/8"}).status_code == 429
    assert api_sign_in("ada", **{"User-Agent": "ci/1"}).status_code == 200
    wrong = [api_sign_in("ada", "no", **{"User-Agent": "ci/1"}).status_code for _ in range(6)]
    assert wrong == [401] * 5 + [429]
