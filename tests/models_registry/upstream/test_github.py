"""The gateway to GitHub: commits, forks, and repositories that get another name."""

from __future__ import annotations

import dataclasses

import pytest

from models_registry.models import (
    PullRequest,
    UpstreamChange,
)
from tests.models_registry.upstream.deliveries import edit, send, states
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_the_committer_is_the_owner_of_the_token(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    head = github.pulls[0]["head"]["sha"]
    shown = github.git("show", "-s", "--format=%an|%cn|%ce", head)
    assert shown == "ada|hub-bot|1007+hub-bot@users.noreply.github.com"
    assert "Signed-off-by" not in github.git("show", "-s", "--format=%B", head)


def test_commits_are_signed_off_where_the_operator_wants_it(github, maintainer, settings):
    settings.ENV = dataclasses.replace(settings.ENV, sign_off=True)
    edit("alpha", maintainer, context_length=4096)
    send()
    head = github.pulls[0]["head"]["sha"]
    trailer = github.git("show", "-s", "--format=%(trailers:key=Signed-off-by)", head)
    author = github.git("show", "-s", "--format=%an <%ae>", head)
    assert trailer.strip() == f"Signed-off-by: {author}"


def test_a_token_without_rights_sends_from_a_fork(github, maintainer):
    github.writers.clear()
    edit("alpha", maintainer, context_length=4096)
    send()
    (pull,) = github.pulls
    assert pull["head"]["label"].startswith("hub-bot:")
    assert github.forks == {"hub-bot/inference"}


def test_a_token_that_github_says_may_push_but_may_not_sends_from_a_fork(github, maintainer):
    github.powerless.update(github.people)
    edit("alpha", maintainer, context_length=4096)
    send()
    assert github.pulls[0]["head"]["label"].startswith("hub-bot:")


def test_a_renamed_repository_is_found_under_its_new_name(github, maintainer):
    github.former_names.add(github.name)
    github.name = "xorbitsai/renamed"
    edit("alpha", maintainer, context_length=4096)
    send()
    assert len(github.pulls) == 1
    assert PullRequest.objects.get().repository == "xorbitsai/renamed"


def test_a_change_goes_onto_its_branch_after_the_repository_was_renamed(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.rename("inference-org/renamed")
    revision = edit("alpha", maintainer, context_length=8192)
    send()
    (pull,) = github.pulls
    assert github.file(path("alpha"), pull["head"]["sha"]) == revision.definition
    assert states() == ["open", "open"]
    github.merge(1)
    send()
    assert states() == ["merged", "merged"]
    assert github.head(PullRequest.objects.get().branch) is None


@pytest.mark.parametrize("route", ["/git/trees", "/git/commits", "/git/refs", "/pulls", "/forks"])
def test_a_repository_that_is_renamed_in_the_midst_of_a_delivery_is_found_again(
    github, maintainer, route
):
    if route == "/forks":
        github.writers.clear()

    def rename(verb: str, address: str) -> None:
        if verb == "POST" and address.endswith(route) and not github.former_names:
            github.rename("xorbitsai/renamed")

    github.fault = rename
    edit("alpha", maintainer, context_length=4096)
    send()
    assert states() == ["waiting"]
    assert "renamed" in UpstreamChange.objects.get().error_text
    send()
    assert states() == ["open"]
    assert len(github.pulls) == 1
