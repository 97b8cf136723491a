"""Fixtures for the tests of `accounts`."""

from __future__ import annotations

import dataclasses
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from accounts import tokens
from accounts.models import GitHubToken, OwnServer, Scope, User
from hub.models import AuditEntry
from tests.accounts.credentials import GITHUB_TOKEN, PASSWORD  # noqa: F401 - for the tests
from tests.accounts.strangers import api_sign_in, sign_up
from tests.factories import a_user
from tests.standins.github_api import GitHubApi


@pytest.fixture
def ada(db):
    """An account with a password, without any right."""
    return a_user("ada")


@pytest.fixture
def signed_in(client, ada):
    """A browser in which Ada is signed in."""
    client.force_login(ada)
    return client


@pytest.fixture
def change_env(settings):
    """A function that replaces values read from the environment, for this test."""

    def change(**values):
        settings.ENV = dataclasses.replace(settings.ENV, **values)

    return change


@pytest.fixture
def github_api(change_env):
    """GitHub, as the hub sees it in this test."""
    api = GitHubApi()
    change_env(github_api_url=api.url)
    yield api
    api.stop()


def tags_of(user=None):
    """The tags of the audit log, oldest first; with a user, only the tags of their actions."""
    found = AuditEntry.objects.order_by("pk")
    if user is not None:
        found = found.filter(actor=user)
    return list(found.values_list("tag", flat=True))


def text_of(answer):
    """A page without the values of its fields, which differ from request to request."""
    return re.sub(r'value="[^"]*"', "", answer.content.decode())


@pytest.fixture
def stranger():
    """The account that a stranger has made with the victim's address, and all that opens it."""
    browser = sign_up()
    user = User.objects.get(username="stranger")
    _, personal = tokens.issue(by=user, name="t", scope=Scope.WRITE, expires_at=None)
    pair = api_sign_in().json()["data"]
    SocialAccount.objects.create(user=user, provider="github", uid="666")
    GitHubToken.objects.create(user=user, sealed="x", last4="last", login="stranger")
    OwnServer.objects.create(user=user, address="http://evil.example")
    EmailAddress.objects.create(user=user, email="stranger@example.org")
    return browser, user, personal, pair
