"""Keys that were changed or lost: a clear page, former keys, and a way back in."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.test import Client

from hub.models import AuditEntry
from tests.accounts.conftest import PASSWORD

SECOND_STEP = "/accounts/2fa/authenticate/"


@pytest.fixture
def locked_out(client, ada, change_env, settings):
    """Ada has signed in with her password, and SECRET_KEY was changed. Returns the former key."""
    change_env(vault_keys=[])
    TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(ada)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key, of another hub, long enough"
    answer = client.post("/signin", {"login": "ada", "password": PASSWORD})
    assert answer["Location"] == SECOND_STEP
    return former


def test_a_code_that_can_not_be_checked_is_a_clear_page(client, locked_out, caplog):
    answer = client.post(SECOND_STEP, {"code": "123456"})
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "can&#x27;t check codes" in page or "can't check codes" in page
    assert "manage.py reset_second_factor" in page
    assert "Traceback" not in caplog.text
    assert "manage.py doctor" in caplog.text


def test_the_former_key_as_a_fallback_lets_in_again(client, locked_out, settings):
    settings.SECRET_KEY_FALLBACKS = [locked_out]
    assert client.post(SECOND_STEP, {"code": "123456"}).status_code == 200
    call_command("rotate_vault")
    settings.SECRET_KEY_FALLBACKS = []
    assert client.post(SECOND_STEP, {"code": "123456"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_command_lets_somebody_in_without_the_factor(client, ada, locked_out, mailoutbox):
    mailoutbox.clear()
    call_command("reset_second_factor", "ADA")
    assert not Authenticator.objects.exists()
    for browser in (client, Client()):
        browser.get("/signin")
        browser.post("/signin", {"login": "ada", "password": PASSWORD}, follow=True)
        assert browser.get("/user-center").status_code == 200
    entries = AuditEntry.objects.filter(tag="accounts:second_factor:remove")
    assert {entry.data["kind"] for entry in entries} == {"totp", "recovery_codes"}
    assert {(e.actor_id, e.channel, e.target_label) for e in entries} == {
        (None, "reset_second_factor", "ada")
    }
    assert "switched off" in mailoutbox[0].subject
    assert mailoutbox[0].to == ["ada@example.org"]
    assert "Hello ada," in mailoutbox[0].body


def test_the_command_says_whom_it_does_not_find(ada):
    with pytest.raises(CommandError, match="No account"):
        call_command("reset_second_factor", "bob")
    with pytest.raises(CommandError, match="no second factor"):
        call_command("reset_second_factor", "ada")
