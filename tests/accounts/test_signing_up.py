"""Making an account by the front door: rules, rights, mails, and what it tells of others."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.models import User
from tests.accounts.conftest import PASSWORD, tags_of, text_of
from tests.factories import a_user

pytestmark = pytest.mark.django_db
HOME = reverse("models_registry:model_list")


@pytest.fixture
def mandatory(settings):
    """A hub that confirms addresses."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def sign_up(client, username="grace", email="grace@example.org", password=PASSWORD, **more):
    data = {"username": username, "email": email, "password1": password, "password2": password}
    return client.post("/signup", {**data, **more})


def test_a_new_account_is_signed_in_and_comes_to_the_model_list(client):
    answer = sign_up(client)
    assert (answer.status_code, answer["Location"]) == (302, HOME)
    assert client.get("/user-center").status_code == 200
    assert tags_of() == ["accounts:account:create", "accounts:session:begin"]


def test_a_new_account_may_register_models(client):
    sign_up(client)
    assert User.objects.get().has_perm("models_registry.register_model")
    assert not User.objects.get().has_perm("models_registry.register_public_model")


def test_a_setting_takes_that_right_from_new_accounts(client, settings):
    settings.NEW_ACCOUNT_GROUPS = []
    sign_up(client)
    assert not User.objects.get().has_perm("models_registry.register_model")


def test_a_hub_without_the_group_still_takes_people_in(client):
    Group.objects.all().delete()
    assert sign_up(client).status_code == 302


@pytest.mark.parametrize(
    "username",
    [
        "ab",
        "x" * 41,
        "has space",
        "-begins",
        ".begins",
        "a@b.org",
        "ünïcode",
        "new\nline",
        "a/b",
        "",
    ],
)
def test_a_user_name_outside_the_rule_is_refused(client, username):
    assert sign_up(client, username=username).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["abc", "Grace.H_1-x", "7up", "x" * 40])
def test_a_user_name_inside_the_rule_is_taken(client, username):
    sign_up(client, username=username)
    assert User.objects.get().username == username


def test_two_user_names_never_differ_in_case_alone(client):
    a_user("Grace", email="other@example.org")
    assert b"This user name is taken" in sign_up(client, username="gRACE").content


def test_a_reserved_name_is_refused(client):
    assert b"reserved" in sign_up(client, username="Admin").content


@pytest.mark.parametrize("password", ["short", "password123", "1234567890123", "grace@example.org"])
def test_a_weak_password_is_refused(client, password):
    assert sign_up(client, password=password).status_code == 200
    assert not User.objects.exists()


def test_a_closed_hub_takes_nobody_in(client, change_env):
    change_env(open_registration=False)
    assert b"Registration is closed" in client.get("/signup").content
    assert b"Registration is closed" in sign_up(client).content
    assert b"/signup" not in client.get("/signin").content.split(b"<main")[1]
    assert not User.objects.exists()


def test_after_signing_up_one_gets_where_one_wanted_to_go(client):
    assert sign_up(client, next="/user-center")["Location"] == "/user-center"


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_nobody_is_sent_to_another_host(client, next_page):
    assert sign_up(client, next=next_page)["Location"] == HOME


class TestWithConfirmation:
    """A hub that confirms addresses."""

    @pytest.fixture(autouse=True)
    def _mandatory(self, mandatory):
        pass

    def test_the_link_in_the_mail_opens_the_account(self, client, mailoutbox, settings):
        assert sign_up(client)["Location"] == "/accounts/confirm-email/"
        assert client.get("/user-center").status_code == 302
        (mail,) = mailoutbox
        assert mail.to == ["grace@example.org"]
        link = re.search(r"https?://\S+", mail.body)[0]
        assert link.startswith(settings.SITE_URL + "/accounts/confirm-email/")
        path = link.removeprefix(settings.SITE_URL)
        assert b"Confirm" in client.get(path).content
        assert client.post(path).status_code == 302
        assert client.get("/user-center").status_code == 200
        assert "accounts:email:confirm" in tags_of()

    def test_the_link_names_the_hub_whatever_host_the_request_named(
        self, client, mailoutbox, settings
    ):
        settings.ALLOWED_HOSTS = ["*"]
        data = {"username": "grace", "email": "g@example.org"}
        data |= {"password1": PASSWORD, "password2": PASSWORD}
        client.post("/signup", data, headers={"host": "evil.example"})
        assert "evil.example" not in mailoutbox[0].body
        assert settings.SITE_URL in mailoutbox[0].body

    def test_without_confirmation_nobody_signs_in(self, client, mailoutbox):
        sign_up(client)
        client.post("/accounts/logout/")
        answer = client.post("/signin", {"login": "grace", "password": PASSWORD})
        assert answer["Location"] == "/accounts/confirm-email/"
        assert client.get("/user-center").status_code == 302

    def test_known_and_unknown_addresses_get_the_same_answer(self, client, mailoutbox):
        a_user("known", email="known@example.org")
        EmailAddress.objects.create(
            user=User.objects.get(), email="known@example.org", verified=True, primary=True
        )
        unknown = sign_up(client, username="first", email="unknown@example.org")
        page = text_of(client.get(unknown["Location"])).replace("unknown@", "known@")
        client.cookies.clear()
        known = sign_up(client, username="second", email="KNOWN@example.org")
        assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])
        assert text_of(client.get(known["Location"])) == page
        assert not User.objects.filter(username="second").exists()
        assert [mail.to for mail in mailoutbox] == [["unknown@example.org"], ["known@example.org"]]
        assert "You have an account already" in mailoutbox[1].subject

    def test_a_wrong_link_says_so(self, client):
        assert b"This link does not work" in client.get("/accounts/confirm-email/x:y:z/").content


class TestWithoutConfirmation:
    """A hub that takes addresses as they are given."""

    def test_known_and_unknown_addresses_get_the_same_answer(self, client):
        a_user("known", email="known@example.org")
        unknown = sign_up(client, username="first", email="unknown@example.org")
        client.post("/accounts/logout/")
        known = sign_up(client, username="second", email="Known@example.org")
        assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])
        assert client.get("/user-center").status_code == 200

    def test_the_address_stays_with_the_account_that_had_it_first(self, client):
        known = a_user("known", email="known@example.org")
        sign_up(client, username="second", email="known@example.org")
        assert User.objects.get(email__iexact="known@example.org") == known
        address = EmailAddress.objects.get(user__username="second")
        assert (address.email, address.verified, address.primary) == (
            "known@example.org",
            False,
            False,
        )

    def test_whoever_confirms_the_address_gets_it(self, client, mailoutbox, settings):
        squatter = a_user("squatter", email="mine@example.org")
        EmailAddress.objects.create(user=squatter, email="mine@example.org", primary=True)
        sign_up(client, username="owner", email="mine@example.org")
        link = re.search(r"https?://\S+", mailoutbox[0].body)[0]
        client.post(link.removeprefix(settings.SITE_URL))
        squatter.refresh_from_db()
        assert squatter.email == ""
        assert not EmailAddress.objects.filter(user=squatter).exists()
        assert User.objects.get(username="owner").email == "mine@example.org"

    def test_a_confirmed_address_is_not_taken_by_a_second_link(self, client):
        owner = a_user("owner", email="mine@example.org")
        EmailAddress.objects.create(
            user=owner, email="mine@example.org", primary=True, verified=True
        )
        other = a_user("other", email="")
        second = EmailAddress.objects.create(user=other, email="mine@example.org")
        from allauth.account.models import EmailConfirmationHMAC

        client.post(f"/accounts/confirm-email/{EmailConfirmationHMAC.create(second).key}/")
        second.refresh_from_db()
        owner.refresh_from_db()
        assert not second.verified
        assert owner.email == "mine@example.org"


def test_signing_up_often_is_slowed_down(client):
    answers = [sign_up(client, username=f"name{n}", email="x").status_code for n in range(12)]
    assert answers[:10] == [200] * 10
    assert answers[10:] == [429] * 2
