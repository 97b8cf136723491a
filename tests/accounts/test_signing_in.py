"""Signing in, out and back in with a forgotten password; and what that tells of accounts."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from accounts import tokens
from accounts.errors import BadToken
from hub.models import AuditEntry
from tests.accounts.conftest import PASSWORD, tags_of, text_of
from tests.factories import a_user

pytestmark = pytest.mark.django_db
HOME = reverse("models_registry:model_list")
NEW_PASSWORD = {"password1": "staple battery horse", "password2": "staple battery horse"}


def sign_in(client, login="ada", password=PASSWORD, path="/signin", **more):
    return client.post(path, {"login": login, "password": password, **more})


@pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.org", "Ada@Example.ORG", " ada "])
@pytest.mark.parametrize("path", ["/signin", "/accounts/login/"])
def test_user_name_and_address_both_sign_in(client, ada, login, path):
    answer = sign_in(client, login, path=path)
    assert (answer.status_code, answer["Location"]) == (302, HOME)


def test_pages_that_need_an_account_lead_through_the_sign_in_and_back(client, ada):
    answer = client.get("/user-center/key")
    assert answer["Location"] == "/signin?next=/user-center/key"
    assert b'value="/user-center/key"' in client.get(answer["Location"]).content
    assert sign_in(client, next="/user-center/key")["Location"] == "/user-center/key"


@pytest.mark.parametrize(
    "next_page",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\x00"],
)
def test_nobody_is_sent_to_another_host(client, ada, next_page):
    assert sign_in(client, next=next_page)["Location"] == HOME


def test_known_and_unknown_accounts_get_the_same_refusal(client, ada):
    known, unknown = sign_in(client, "ada", "wrong"), sign_in(client, "bob", "wrong")
    known_mail = sign_in(client, "ada@example.org", "wrong")
    unknown_mail = sign_in(client, "bob@example.org", "wrong")
    pages = {text_of(answer) for answer in (known, unknown, known_mail, unknown_mail)}
    assert len(pages) == 1
    assert {known.status_code, unknown.status_code} == {200}


@pytest.mark.parametrize("login", ["ada", "ada@example.org", "nobody", "nobody@example.org"])
def test_a_refusal_checks_one_password_whoever_is_named(client, ada, login, monkeypatch):
    """An answer takes as long as its password checks, so their number must not tell."""
    from django.contrib.auth import hashers

    checks = []
    hasher = hashers.get_hasher()
    encode = type(hasher).encode
    monkeypatch.setattr(
        type(hasher), "encode", lambda self, *args: checks.append(1) or encode(self, *args)
    )
    sign_in(client, login, "wrong")
    assert len(checks) == 1


def test_the_sixth_wrong_password_for_an_account_is_not_even_checked(client, ada):
    for _ in range(5):
        sign_in(client, password="wrong")
    assert b"Too many failed sign-ins" in sign_in(client).content
    assert client.get("/user-center").status_code == 302


def test_the_limit_is_the_same_for_accounts_that_do_not_exist(client):
    for _ in range(5):
        sign_in(client, "nobody", "wrong")
    assert b"Too many failed sign-ins" in sign_in(client, "nobody").content


def test_one_address_may_not_try_many_accounts(client, ada):
    for number in range(10):
        sign_in(client, f"name{number}", "wrong")
    assert b"Too many failed sign-ins" in sign_in(client).content


def test_right_passwords_do_not_use_up_the_limit(client, ada):
    for _ in range(8):
        sign_in(client)
        client.post("/accounts/logout/")
    assert sign_in(client)["Location"] == HOME


def test_very_many_attempts_get_a_page_of_their_own(client, ada):
    answers = [sign_in(client, "x", "") for _ in range(31)]
    assert answers[-1].status_code == 429
    assert b"Too many attempts" in answers[-1].content


def test_the_client_address_comes_from_trusted_proxies_alone(client, ada, change_env):
    change_env(trusted_proxies=1)
    for number in range(12):
        client.post(
            "/signin",
            {"login": f"name{number}", "password": "wrong"},
            headers={"x-forwarded-for": f"203.0.113.{number}, 198.51.100.7"},
        )
    answer = client.post(
        "/signin",
        {"login": "ada", "password": PASSWORD},
        headers={"x-forwarded-for": "203.0.113.99, 198.51.100.7"},
    )
    assert b"Too many failed sign-ins" in answer.content
    assert AuditEntry.objects.filter(ip_address="198.51.100.7").exists()


def test_a_locked_account_does_not_get_in(client, ada):
    ada.is_active = False
    ada.save()
    answer = sign_in(client)
    assert answer["Location"] == "/accounts/inactive/"
    assert client.get("/user-center").status_code == 302


def test_sign_in_sign_out_and_failures_are_noted_without_the_password(client, ada):
    sign_in(client, "x" * 200, "a secret guess")
    sign_in(client)
    client.post("/accounts/logout/")
    assert tags_of() == [
        "accounts:session:fail",
        "accounts:session:begin",
        "accounts:session:end",
    ]
    failed = AuditEntry.objects.get(tag="accounts:session:fail")
    assert failed.data == {"name": "x" * 80}
    assert (failed.ip_address, failed.channel, failed.actor) == ("127.0.0.1", "web", None)
    assert "a secret guess" not in str(list(AuditEntry.objects.values()))


def test_signing_out_needs_a_post(client, ada):
    sign_in(client)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/user-center").status_code == 200


def test_signing_in_sets_the_language_of_the_account(client, ada):
    ada.language = "zh-hans"
    ada.save()
    assert sign_in(client).cookies["django_language"].value == "zh-hans"


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
        # A mail goes out either way, so the time that it takes is no sign either.
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


class TestGitHubSignIn:
    """Optional: only where a client id is set."""

    def test_without_a_client_id_there_is_no_such_way_in(self, client):
        assert b"GitHub" not in client.get("/signin").content.split(b"<main")[1].split(b"</main")[0]
        assert client.get("/accounts/github/login/").status_code == 404


def test_csrf_is_required_to_sign_in(ada):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403
