"""The second factor: set up, asked for, replaced by a recovery code, switched off."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from accounts import tokens
from accounts.errors import BadToken
from tests.accounts.conftest import PASSWORD, tags_of


def code_for(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def set_up(client, ada):
    """A signed-in browser that has just switched the authenticator app on, and the app's secret."""
    client.post("/signin", {"login": "ada", "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'class="secret">([A-Z2-7]+)<', page)[1]
    assert "<svg" in page
    assert "data:image" not in page
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)})
    assert answer.status_code == 302
    return secret


def test_setting_up_asks_for_the_password_first(signed_in):
    answer = signed_in.get("/accounts/2fa/totp/activate/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_signing_in_then_asks_for_a_code(client, ada, set_up):
    client.post("/accounts/logout/")
    answer = client.post("/signin", {"login": "ada", "password": PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/user-center").status_code == 302
    assert client.post(answer["Location"], {"code": "000000"}).status_code == 200
    assert client.get("/user-center").status_code == 302
    assert client.post(answer["Location"], {"code": code_for(set_up)}).status_code == 302
    assert client.get("/user-center").status_code == 200
    assert "accounts:second_factor:fail" in tags_of()


@pytest.mark.django_db(transaction=True)
def test_switching_it_on_is_noted_and_mailed(client, ada, set_up, mailoutbox):
    assert tags_of(ada).count("accounts:second_factor:add") == 2
    assert "switched on" in mailoutbox[-1].subject


@pytest.mark.django_db(transaction=True)
def test_switching_it_on_ends_sign_ins_of_the_api_that_had_none(client, ada, request):
    pair = tokens.sign_in(ada, ip_address=None, user_agent="")
    request.getfixturevalue("set_up")
    with pytest.raises(BadToken):
        tokens.resolve(pair.access)
    with pytest.raises(BadToken):
        tokens.refresh(pair.refresh)


def test_the_administration_asks_for_it_too(client, ada, set_up):
    ada.is_staff = ada.is_superuser = True
    ada.save()
    client.post("/accounts/logout/")
    answer = client.get("/admin/login/?next=/admin/")
    assert answer["Location"].startswith("/signin?next=")
    client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    assert client.get("/admin/").status_code == 302


def test_a_recovery_code_works_once(client, ada, set_up):
    codes = re.findall(
        r"<li>(\d{8})</li>", client.get("/accounts/2fa/recovery-codes/").content.decode()
    )
    assert len(codes) == 10
    for expected in [302, 200]:
        client.post("/accounts/logout/")
        client.post("/signin", {"login": "ada", "password": PASSWORD})
        answer = client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert answer.status_code == expected


def test_switching_it_off_is_noted_and_mailed(client, ada, set_up, mailoutbox):
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert "accounts:second_factor:remove" in tags_of(ada)
    assert "switched off" in mailoutbox[-1].subject


def test_codes_can_not_be_guessed_without_end(client, ada, set_up):
    client.post("/accounts/logout/")
    client.post("/signin", {"login": "ada", "password": PASSWORD})
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_for(set_up)})
    assert b"Too many" in answer.content


@pytest.mark.parametrize(
    "page",
    [
        "/accounts/2fa/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/recovery-codes/download/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/reauthenticate/",
    ],
)
def test_every_page_of_it_can_be_read(client, set_up, page):
    answer = client.get(page)
    assert answer.status_code == 200
    assert b"data:image" not in answer.content
