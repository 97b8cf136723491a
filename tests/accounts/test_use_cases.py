"""Tokens are saved, told and forgotten."""

from __future__ import annotations

import logging
import re

import pytest

from accounts import use_cases, vault
from accounts.errors import GitHubTokenRefused
from accounts.models import AccessToken, GitHubToken
from hub.models import AuditEntry
from models_registry.upstream.tokens import tokens_for
from tests.accounts.conftest import GITHUB_TOKEN

pytestmark = pytest.mark.django_db


def test_a_new_token_is_told_without_itself(signed_in, ada, mailoutbox):
    form = {"name": "http://evil.example", "scope": "write", "lifetime": "90"}
    raw = re.search(rb"xhub_[\w-]{40}", signed_in.post("/user-center/key/token", form).content)[0]
    (mail,) = mailoutbox
    assert mail.to == [ada.email]
    assert AccessToken.objects.get().first_characters in mail.body
    assert raw.decode() not in mail.body
    assert "evil" not in mail.body


def test_a_saved_github_key_is_told(signed_in, ada, github_api, mailoutbox):
    github_api.knows(GITHUB_TOKEN, "adalovelace")
    signed_in.post("/user-center/key/github", {"github_token": GITHUB_TOKEN})
    assert GitHubToken.objects.get().login in mailoutbox[-1].body
    assert GITHUB_TOKEN not in mailoutbox[-1].body


def test_a_saved_token_is_sealed_and_shows_its_last_four_characters(ada, github_api, caplog):
    github_api.knows(GITHUB_TOKEN)
    with caplog.at_level(logging.DEBUG):
        use_cases.save_github_token(GITHUB_TOKEN, by=ada)
    row = GitHubToken.objects.filter(user=ada).values().get()
    assert vault.unseal(row["sealed"]) == GITHUB_TOKEN
    assert row["last4"] == GITHUB_TOKEN[-4:]
    assert GITHUB_TOKEN not in str(row)
    assert GITHUB_TOKEN not in str(list(AuditEntry.objects.values()))
    assert GITHUB_TOKEN not in caplog.text


def test_a_refused_token_leaves_the_earlier_one(ada, github_api):
    github_api.knows(GITHUB_TOKEN)
    use_cases.save_github_token(GITHUB_TOKEN, by=ada)
    with pytest.raises(GitHubTokenRefused):
        use_cases.save_github_token("ghp_" + "x" * 36, by=ada)
    assert [token.secret for token in tokens_for(ada)] == [GITHUB_TOKEN]


def test_a_forgotten_token_is_gone(ada, github_api):
    github_api.knows(GITHUB_TOKEN)
    use_cases.save_github_token(GITHUB_TOKEN, by=ada)
    use_cases.forget_github_token(by=ada)
    assert tokens_for(ada) == []
    assert not GitHubToken.objects.exists()
