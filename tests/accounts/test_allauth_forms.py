"""Forgotten passwords: the link, and what asking for it tells."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from accounts import tokens
from accounts.errors import BadToken
from tests.accounts.conftest import PASSWORD, tags_of, text_of
from tests.factories import a_user

pytestmark = pytest.mark.django_db


HOME = reverse("models_registry:model_list")


NEW_PASSWORD = {"password1": "staple battery horse", "password2": "staple battery horse"}


def sign_in(client, login="ada", password=PASSWORD, path="/signin", **more):
    return client.post(path, {"login": login, "password": password, **more})


class TestForgottenPassword:
    """Forgot password → mail with a link → new password."""

    def ask(self, client, email="ada@example.org"):
        return client.post("/accounts/password/reset/", {"email": email})

    def link(self, mailoutbox, settings):
        link = re.search(r"https?://\S+", mailoutbox[-1].body)[0]
        assert link.startswith(settings.SITE_URL + "/accounts/password/reset/key/")
        return link.removeprefix(settings.SITE_URL)

    def test_the_link_leads_to_a_new_password(self, client, ada, mailoutbox, settings):
        pair = tokens.sign_in(ada, ip_address=None, user_agent="")
        assert self.ask(client)["Location"] == "/accounts/password/reset/done/"
        path = self.link(mailoutbox, settings)
        form = client.get(path)["Location"]
        assert path not in form
        assert client.post(form, NEW_PASSWORD)["Location"] == "/accounts/password/reset/key/done/"
        assert sign_in(client, password="staple battery horse")["Location"] == HOME
        assert "accounts:password:reset" in tags_of()
        with pytest.raises(BadToken):
            tokens.resolve(pair.access)

    def test_the_link_works_once(self, client, ada, mailoutbox, settings):
        self.ask(client)
        path = self.link(mailoutbox, settings)
        form = client.get(path)["Location"]
        client.post(
            form, {"password1": "staple battery horse", "password2": "staple battery horse"}
        )
        client.cookies.clear()
        assert b"This link does not work" in client.get(path).content

    def test_the_link_ends_every_open_session(self, client, ada, mailoutbox, settings):
        other = type(client)()
        other.force_login(ada)
        self.ask(client)
        form = client.get(self.link(mailoutbox, settings))["Location"]
        client.post(
            form, {"password1": "staple battery horse", "password2": "staple battery horse"}
        )
        assert other.get("/user-center").status_code == 302

    def test_known_and_unknown_addresses_get_the_same_answer(self, client, ada, mailoutbox):
        known, unknown = self.ask(client), self.ask(client, "nobody@example.org")
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
        pages = {text_of(client.get(answer["Location"])) for answer in (known, unknown)}
        assert len(pages) == 1
        # A mail is sent in both cases, so the response time reveals nothing either.
        assert [mail.to for mail in mailoutbox] == [["ada@example.org"], ["nobody@example.org"]]

    @pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
    def test_asking_often_is_slowed_down_whoever_is_named(self, client, ada, email):
        answers = [self.ask(client, email).status_code for _ in range(4)]
        assert answers == [302, 302, 302, 429]

    def test_a_made_up_link_says_so(self, client, ada):
        answer = client.get("/accounts/password/reset/key/1-abc-def/")
        assert b"This link does not work" in answer.content

    def test_only_the_account_that_confirmed_an_address_gets_its_mail(self, client, mailoutbox):
        owner = a_user("owner", email="mine@example.org")
        EmailAddress.objects.create(
            user=owner, email="mine@example.org", verified=True, primary=True
        )
        squatter = a_user("squatter", email="")
        EmailAddress.objects.create(user=squatter, email="mine@example.org")
        self.ask(client, "mine@example.org")
        assert len(mailoutbox) == 1
        assert "owner" in mailoutbox[0].body
