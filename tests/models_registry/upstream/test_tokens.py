"""Which token sends a pull request: the person's own, else the hub's."""

from __future__ import annotations

import dataclasses

import pytest

from accounts.models import GitHubToken
from accounts.vault import seal
from models_registry.models import (
    PullRequest,
    UpstreamChange,
)
from tests.models_registry.upstream.deliveries import edit, send, states
from tests.standins.github import _Answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


OWN_TOKEN = "ghp_" + "p" * 36


@pytest.mark.parametrize("what", ["push and fork", "open"])
def test_a_token_that_may_do_nothing_leaves_it_to_the_hubs(github, maintainer, what):
    token = GitHubToken.objects.create(
        user=maintainer, sealed=seal(OWN_TOKEN), last4="pppp", login="ada-gh", scopes=None
    )
    github.knows(OWN_TOKEN, token.login, may_push=False)
    if what == "open":
        original = github._carry_out

        def refuse(verb, path, query, content, token):
            if verb == "POST" and path.endswith("/pulls") and token == OWN_TOKEN:
                raise _Answer(403, {"message": "Resource not accessible"})
            return original(verb, path, query, content, token)

        github._carry_out = refuse
    else:
        github.forkless.add(token.login)
    edit("alpha", maintainer, context_length=4096)
    send()
    (pull,) = github.pulls
    assert pull["user"]["login"] == "hub-bot"
    assert states() == ["open"]


def test_without_a_token_changes_wait_and_say_so(github, maintainer, settings):
    settings.ENV = dataclasses.replace(settings.ENV, github_token="")
    edit("alpha", maintainer, context_length=4096)
    send()
    assert states() == ["waiting"]
    assert "no GitHub token" in UpstreamChange.objects.get().error_text
    assert github.log == []


def test_a_persons_own_token_is_used_and_the_hubs_where_it_was_revoked(github, maintainer):
    token = "ghp_" + "p" * 36
    GitHubToken.objects.create(
        user=maintainer, sealed=seal(token), last4="pppp", login="ada-gh", scopes=["repo"]
    )
    edit("alpha", maintainer, context_length=4096)
    send()
    assert github.pulls[0]["user"]["login"] == "hub-bot"
    github.knows(token, "ada-gh")
    edit("beta", maintainer, context_length=4096)
    send()
    pull = github.pulls[1]
    assert pull["user"]["login"] == "ada-gh"
    logins = PullRequest.objects.order_by("number").values_list("token_login", flat=True)
    assert list(logins) == ["", "ada-gh"]
    written_by = github.git("show", "-s", "--format=%ae", pull["head"]["sha"])
    assert written_by == "ada-gh@users.noreply.github.com"
    GitHubToken.objects.update(github_id=583231)
    edit("beta", maintainer, context_length=2048)
    send()
    written_by = github.git("show", "-s", "--format=%ae", github.pulls[1]["head"]["sha"])
    assert written_by == "583231+ada-gh@users.noreply.github.com"
