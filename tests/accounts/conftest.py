"""Fixtures of the accounts room."""

from __future__ import annotations

import dataclasses
import re

import pytest

from hub.models import AuditEntry
from tests.factories import a_user
from tests.standins.github_api import GitHubApi

PASSWORD = "correct horse battery"
GITHUB_TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ0123"


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
    """The tags of the audit log, oldest first; with a user, those of his deeds."""
    found = AuditEntry.objects.order_by("pk")
    if user is not None:
        found = found.filter(actor=user)
    return list(found.values_list("tag", flat=True))


def text_of(answer):
    """A page without the values of its fields, which differ from request to request."""
    return re.sub(r'value="[^"]*"', "", answer.content.decode())
