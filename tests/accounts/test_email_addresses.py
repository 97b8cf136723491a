"""Who holds an address: whoever confirms it, and nobody before."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.accounts.strangers import NEW, VICTIM, opens, reset, sign_up
from tests.factories import a_user

pytestmark = pytest.mark.django_db


def test_an_unconfirmed_address_resets_no_account_that_has_a_confirmed_one(mailoutbox):
    """A mistyped address, or one that is somebody else's, would open the account to its reader."""
    ada = a_user("ada")
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    EmailAddress.objects.create(user=ada, email="typo@example.org")
    Client().post("/accounts/password/reset/", {"email": "typo@example.org"})
    (mail,) = mailoutbox
    assert mail.to == ["typo@example.org"]
    assert "/password/reset/key/" not in mail.body


def test_the_reader_of_another_address_gets_the_account_as_far_as_they_proved(stranger, mailoutbox):
    """The link says which address it went to; that one stays and no other."""
    reset(mailoutbox, "stranger@example.org")
    assert [a.email for a in EmailAddress.objects.all()] == ["stranger@example.org"]
    assert User.objects.get(username="stranger").email == "stranger@example.org"
    # The victim's address is free.
    sign_up("victim")
    assert User.objects.get(username="victim").email == VICTIM


def test_a_link_to_one_address_proves_no_other(stranger, mailoutbox):
    _, user, *_ = stranger
    Client().post("/accounts/password/reset/", {"email": VICTIM})
    path = re.search(r"/accounts/password/reset/key/\S+", mailoutbox[-1].body)[0]
    EmailAddress.objects.filter(user=user, email=VICTIM).delete()
    User.objects.filter(pk=user.pk).update(email="")
    assert b"This link does not work" in Client().get(path).content


def test_a_second_factor_of_the_stranger_keeps_the_address_free(stranger, mailoutbox):
    """Without the code, the reader can't get in; so the address must not become the account's."""
    _, user, personal, _ = stranger
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    reset(mailoutbox)
    assert not opens(personal)
    assert not EmailAddress.objects.filter(user=user, verified=True).exists()
    assert Authenticator.objects.filter(user=user).exists()


def test_confirming_an_address_takes_it_from_who_never_did(stranger, mailoutbox):
    _, user, *_ = stranger
    # An address gets one mail of this kind in three minutes.
    cache.clear()
    victim = sign_up("victim")
    victim.post(confirmation_path(mailoutbox))
    user.refresh_from_db()
    assert (user.email, User.objects.get(username="victim").email) == ("", VICTIM)
    assert not EmailAddress.objects.filter(user=user, email=VICTIM).exists()


def confirmation_path(mailoutbox):
    sent = [mail for mail in mailoutbox if "confirm-email" in mail.body][-1]
    return re.search(r"/accounts/confirm-email/[^/\s]+/", sent.body)[0]


@pytest.mark.parametrize("signed_in_as", ["", "victim"])
def test_the_reader_of_the_mail_confirms_no_account_that_a_stranger_uses(
    stranger, mailoutbox, signed_in_as
):
    _, user, personal, _ = stranger
    path = confirmation_path(mailoutbox)
    reader = sign_up("victim", "other@example.org") if signed_in_as else Client()
    for answer in (reader.get(path), reader.post(path)):
        assert answer["Location"].startswith("/signin")
    assert not EmailAddress.objects.filter(user=user, verified=True).exists()
    # The reader takes the account over instead, and then nothing else opens it.
    cache.clear()
    reset(mailoutbox)
    assert not opens(personal)


def test_who_made_the_account_confirms_in_any_browser_after_signing_in(mailoutbox):
    sign_up("ada", "ada@example.org")
    other, path = Client(), confirmation_path(mailoutbox)
    asked = other.get(path)["Location"]
    signed_in = other.post(asked, {"login": "ada", "password": PASSWORD})
    assert signed_in["Location"] == path
    other.post(path)
    assert EmailAddress.objects.get(user__username="ada").verified


def test_an_address_that_an_administrator_sets_may_reset_the_password(client, mailoutbox):
    ada = a_user("ada", email="old@example.org")
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    client.force_login(a_user("root1", is_superuser=True, is_staff=True))
    page = client.get(f"/admin/accounts/user/{ada.pk}/change/").context["adminform"].form
    form = {name: value for name, value in page.initial.items() if value not in (None, False)}
    form |= {"email": "new@example.org", "links": "[]", "groups": [], "user_permissions": []}
    answer = client.post(f"/admin/accounts/user/{ada.pk}/change/", form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    reset(mailoutbox, "new@example.org")
    assert User.objects.get(pk=ada.pk).check_password(NEW)
