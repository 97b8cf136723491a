"""Signing in and out, and what that tells of accounts."""

import pytest
from django.urls import reverse

from hub.models import AuditEntry
from tests.accounts.conftest import PASSWORD, text_of

pytestmark = pytest.mark.django_db
HOME = reverse("models_registry:model_list")


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


def test_signing_out_needs_a_post(client, ada):
    sign_in(client)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/user-center").status_code == 200


def test_signing_in_sets_the_language_of_the_account(client, ada):
    ada.language = "zh-hans"
    ada.save()
    assert sign_in(client).cookies["django_language"].value == "zh-hans"


class TestGitHubSignIn:
    """Optional: only where a client id is set."""

    def test_without_a_client_id_there_is_no_such_way_in(self, client):
        assert b"GitHub" not in client.get("/signin").content.split(b"<main")[1].split(b"</main")[0]
        assert client.get("/accounts/github/login/").status_code == 404


def test_csrf_is_required_to_sign_in(ada):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403
