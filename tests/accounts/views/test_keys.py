"""The keys page: GitHub token and access tokens, made, shown once, removed."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import AccessToken, GitHubToken, Scope
from hub.models import AuditEntry
from tests.accounts.conftest import GITHUB_TOKEN, PASSWORD, tags_of
from tests.accounts.strangers import opens
from tests.factories import a_user


def make(client, name="CI", scope="read", lifetime="90"):
    data = {"name": name, "scope": scope, "lifetime": lifetime}
    return client.post("/user-center/key/token", data)


def test_a_token_is_shown_once_and_opens_the_api(signed_in, client):
    answer = make(signed_in)
    raw = re.search(r"xhub_[A-Za-z0-9_-]{40}", answer.content.decode())[0]
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    assert raw not in signed_in.get("/user-center/key").content.decode()
    assert client.get("/api/models", headers={"x-models-token": raw}).status_code == 200
    page = signed_in.get("/user-center/key").content.decode()
    assert raw[:9] in page
    assert f"…{raw[-4:]}" in page


@pytest.mark.parametrize(("lifetime", "days"), [("30", 30), ("90", 90), ("365", 365)])
def test_a_token_ends_after_the_chosen_time(signed_in, lifetime, days):
    make(signed_in, lifetime=lifetime)
    left = AccessToken.objects.get().expires_at - timezone.now()
    assert timedelta(days=days, minutes=-1) < left <= timedelta(days=days)


def test_a_token_may_live_until_it_is_revoked(signed_in):
    signed_in.post("/accounts/reauthenticate/", {"password": PASSWORD})
    make(signed_in, lifetime="none", scope="write")
    token = AccessToken.objects.get()
    assert (token.expires_at, token.scope) == (None, Scope.WRITE)


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 81}, {"scope": "admin"}, {"lifetime": "9999"}]
)
def test_wrong_choices_make_no_token(signed_in, wrong):
    assert make(signed_in, **wrong).status_code == 422
    assert not AccessToken.objects.exists()


def test_a_name_with_markup_is_shown_as_text(signed_in):
    assert b"<b>CI</b>" not in make(signed_in, name="<b>CI</b>").content


def test_a_revoked_token_is_gone_from_the_page_and_noted(signed_in, ada):
    make(signed_in)
    token = AccessToken.objects.get()
    signed_in.post(f"/user-center/key/token/{token.pk}/revoke")
    assert b"<strong>CI</strong>" not in signed_in.get("/user-center/key").content
    assert tags_of(ada)[-2:] == ["accounts:token:create", "accounts:token:revoke"]


def test_tokens_of_others_can_not_be_revoked(signed_in):
    token, raw = tokens.issue(by=a_user("eve"), name="x", scope=Scope.READ, expires_at=None)
    assert signed_in.post(f"/user-center/key/token/{token.pk}/revoke").status_code == 404
    assert tokens.resolve(raw)


def test_there_is_an_end_to_the_number_of_tokens(signed_in, monkeypatch):
    monkeypatch.setattr(tokens, "MAX_PERSONAL_TOKENS", 2)
    assert [make(signed_in).status_code for _ in range(3)] == [201, 201, 422]


def save(client, token=GITHUB_TOKEN):
    return client.post("/user-center/key/github", {"github_token": token})


def test_a_github_token_is_checked_saved_and_described(signed_in, github_api):
    github_api.knows(GITHUB_TOKEN, "adalovelace", expires="2030-12-31 23:59:59 UTC")
    assert save(signed_in).status_code == 302
    page = signed_in.get("/user-center/key").content.decode()
    for shown in ["adalovelace", "repo, workflow", "2030", f"…{GITHUB_TOKEN[-4:]}"]:
        assert shown in page
    assert GITHUB_TOKEN not in page


def test_a_refused_github_token_is_not_repeated_on_the_page(signed_in, github_api):
    answer = save(signed_in)
    assert answer.status_code == 422
    assert b"does not accept" in answer.content
    assert GITHUB_TOKEN.encode() not in answer.content
    assert not GitHubToken.objects.exists()


def test_without_network_the_page_says_that_nothing_was_saved(signed_in, change_env):
    change_env(github_api_url="http://127.0.0.1:9")
    answer = save(signed_in)
    assert b"was not saved" in answer.content
    assert not GitHubToken.objects.exists()


def test_a_github_token_can_be_removed(signed_in, ada, github_api):
    github_api.knows(GITHUB_TOKEN)
    save(signed_in)
    signed_in.post("/user-center/key/github/remove")
    assert not GitHubToken.objects.exists()
    assert tags_of(ada)[-1] == "accounts:github_token:forget"
    assert GITHUB_TOKEN not in str(list(AuditEntry.objects.values()))


def test_a_token_with_too_few_rights_is_saved_with_a_warning(signed_in, github_api):
    github_api.knows(GITHUB_TOKEN, scopes="read:user")
    save(signed_in)
    assert b"Too few rights" in signed_in.get("/user-center/key").content


ENDLESS = {"name": "CI", "scope": "write", "lifetime": "none"}


def test_a_write_token_without_end_asks_for_the_password(signed_in):
    answer = signed_in.post("/user-center/key/token", ENDLESS)
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not AccessToken.objects.exists()
    wrong = signed_in.post(answer["Location"], {"password": "wrong"})
    assert wrong.status_code == 200
    assert not AccessToken.objects.exists()
    made = signed_in.post(answer["Location"], {"password": PASSWORD})
    raw = re.search(r"xhub_[\w-]{40}", made.content.decode())[0]
    assert made.status_code == 201
    assert opens(raw)
    token = AccessToken.objects.get()
    assert (token.name, token.scope, token.expires_at) == ("CI", "write", None)


@pytest.mark.parametrize("other", [{"scope": "read"}, {"lifetime": "365"}])
def test_other_tokens_ask_for_nothing(signed_in, other):
    assert signed_in.post("/user-center/key/token", ENDLESS | other).status_code == 201
