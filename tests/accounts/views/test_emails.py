"""Addresses of e-mail: added, confirmed, made the main one."""

import pytest
from allauth.account.models import EmailAddress

from tests.accounts.conftest import PASSWORD, tags_of
from tests.factories import a_user


class TestAddresses:
    """Several addresses, one of which mail goes to."""

    @pytest.fixture
    def confident(self, signed_in, ada):
        """A browser that has just given the password again."""
        EmailAddress.objects.create(user=ada, email=ada.email, primary=True, verified=True)
        signed_in.post("/accounts/reauthenticate/", {"password": PASSWORD})
        return signed_in

    def test_adding_one_asks_for_the_password_first(self, signed_in, ada):
        answer = signed_in.post("/accounts/email/", {"action_add": "", "email": "b@example.org"})
        assert answer["Location"].startswith("/accounts/reauthenticate/")

    def test_an_added_address_gets_a_mail_and_waits(self, confident, ada, mailoutbox):
        confident.post("/accounts/email/", {"action_add": "", "email": "b@example.org"})
        assert mailoutbox[-1].to == ["b@example.org"]
        assert not EmailAddress.objects.get(email="b@example.org").verified
        assert "accounts:email:add" in tags_of(ada)

    def test_an_unconfirmed_address_does_not_become_the_main_one(self, confident, ada):
        a_user("victim", email="victim@example.org")
        EmailAddress.objects.update(verified=False)
        EmailAddress.objects.create(user=ada, email="victim@example.org")
        data = {"action_primary": "", "email": "victim@example.org"}
        answer = confident.post("/accounts/email/", data, follow=True)
        assert b"Confirm this address first" in answer.content
        ada.refresh_from_db()
        assert ada.email == "ada@example.org"

    def test_another_confirmed_address_becomes_the_main_one(self, confident, ada, mailoutbox):
        EmailAddress.objects.create(user=ada, email="b@example.org", verified=True)
        confident.post("/accounts/email/", {"action_primary": "", "email": "b@example.org"})
        ada.refresh_from_db()
        assert ada.email == "b@example.org"
        assert mailoutbox[-1].to == ["ada@example.org"]
        assert "accounts:email:change" in tags_of(ada)

    def test_an_address_of_somebody_else_can_be_added_without_learning_of_it(self, confident):
        a_user("known", email="known@example.org")
        data = {"action_add": "", "email": "known@example.org"}
        assert confident.post("/accounts/email/", data).status_code == 302
