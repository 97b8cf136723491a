"""Accounts that a stranger has made, and what opens them."""

from __future__ import annotations

import re

from django.test import Client

from tests.accounts.credentials import PASSWORD

NEW = "staple battery horse"


VICTIM = "victim@example.org"


def sign_up(username="stranger", email=VICTIM):
    """A browser in which somebody has just signed up with that address, as anybody can."""
    browser = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/1"})
    form = {"email": email, "username": username, "password1": PASSWORD, "password2": PASSWORD}
    assert browser.post("/signup", form).status_code == 302
    return browser


def api_sign_in(name="stranger", password=PASSWORD, **headers):
    body = {"usernameOrEmail": name, "password": password}
    return Client().post("/api/users/login", body, content_type="application/json", headers=headers)


def opens(raw):
    """Whether a token still opens the API."""
    status = Client().get("/api/models", headers={"Authorization": f"Bearer {raw}"}).status_code
    assert status in {200, 401}
    return status == 200


def reset(mailoutbox, email=VICTIM, password=NEW):
    """Follow the link of "Forgot password?" in another browser."""
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": email})
    found = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mailoutbox[-1].body)
    assert found, mailoutbox[-1].body
    form = browser.get(found[1])["Location"]
    answer = browser.post(form, {"password1": password, "password2": password})
    assert answer["Location"] == "/accounts/password/reset/key/done/"
    return browser


def change(client, **data):
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW, **data}
    return client.post("/accounts/password/change/", form)
