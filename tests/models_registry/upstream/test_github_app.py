"""The hub opens pull requests as a GitHub App, without anybody's token."""

from __future__ import annotations

import dataclasses
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from accounts.models import GitHubQuota, GitHubTokenOwner
from models_registry.models import UpstreamChange
from models_registry.sync.follow_upstream import follow_upstream
from models_registry.upstream import github_app, polling
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream.test_openapi import description  # noqa: F401 - a fixture
from tests.models_registry.upstream_fixtures import path
from tests.standins.github import APP_LOGIN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported", "app")]

KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
WRITES = {"contents": "write", "pull_requests": "write", "metadata": "read"}
TOKEN_REQUEST = ("POST", "/app/installations/4711/access_tokens")


@pytest.fixture
def app(github, settings):
    """The hub has an app, which is installed upstream, and no token."""
    github.installs("123", KEY.public_key(), 4711, **WRITES)
    settings.ENV = dataclasses.replace(
        settings.ENV, github_token="", github_app_id="123", github_app_key=PEM,
        github_app_installation=4711,
    )  # fmt: skip
    github_app.forget()


def test_a_change_becomes_a_pull_request_of_the_app(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    (pull,) = github.pulls
    assert (states(), pull["user"]["login"]) == (["open"], APP_LOGIN)
    assert pull["head"]["label"].startswith("xorbitsai:")
    assert github.log.count(TOKEN_REQUEST) == 1
    assert ("GET", "/user") not in github.log
    # One limit for all tokens of the installation, and no row for each of them.
    assert GitHubQuota.objects.filter(account="app:4711").exists()
    assert not GitHubTokenOwner.objects.exists()


def test_all_that_an_app_asks_is_documented(github, maintainer, description):  # noqa: F811
    edit("alpha", maintainer, context_length=4096)
    send()
    github.merge(1)
    polling.poll()
    github.commit({path("beta"): json.dumps([])})
    follow_upstream()
    wrong = [
        problem
        for exchange in github.exchanges
        for problem in [
            *description.problems_of_request(exchange), *description.problems_of_answer(exchange)
        ]
    ]  # fmt: skip
    assert sorted(set(wrong)) == []
    asked = {description.operation_of(one.verb, one.target) for one in github.exchanges}
    assert "POST /app/installations/{installation_id}/access_tokens" in asked


def test_a_token_is_used_until_it_ends_soon(github, maintainer):
    for length in (4096, 8192):
        edit("alpha", maintainer, context_length=length)
        send()
    assert github.log.count(TOKEN_REQUEST) == 1
    github_app.forget()
    github.app_token_seconds = 300
    for length in (16_384, 32_768):
        edit("alpha", maintainer, context_length=length)
        send()
    assert github.log.count(TOKEN_REQUEST) > 2


def test_upstream_is_followed_with_the_apps_token(github):
    changed = json.loads(github.file(path("alpha")))
    changed[0]["context_length"] = 777
    github.commit({path("alpha"): json.dumps(changed)})
    follow_upstream()
    assert '"context_length": 777' in the_model("alpha").published_revision.definition
    assert github.log.count(TOKEN_REQUEST) == 1


@pytest.mark.parametrize("what", ["key", "installation", "permission", "server"])
def test_what_is_wrong_is_said_and_the_change_goes_out_later(github, maintainer, settings, what):
    if what == "key":
        github.apps["123"] = (_other(), 4711, WRITES)
    elif what == "installation":
        settings.ENV = dataclasses.replace(settings.ENV, github_app_installation=1)
    elif what == "permission":
        github.writers.clear()
    else:
        github.fault = lambda verb, address: "502 before" if "access_tokens" in address else None
    edit("alpha", maintainer, context_length=4096)
    send()
    change = UpstreamChange.objects.get()
    assert change.state in {"failed", "waiting"}
    expected = {"key": "app no token (401)", "installation": "app no token (404)"}
    assert expected.get(what, "GitHub") in change.error_text
    assert PEM[:40] not in change.error_text
    github.installs("123", KEY.public_key(), 4711, **WRITES)
    github.fault = None
    settings.ENV = dataclasses.replace(settings.ENV, github_app_installation=4711)
    github_app.forget()
    send()
    assert states() == ["open"]


def _other():
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048).public_key()
