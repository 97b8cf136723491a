"""Branches that others touch or move while the hub sends to them."""

from __future__ import annotations

import dataclasses
import json

import pytest

from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import (
    PullRequest,
    UpstreamChange,
    Visibility,
)
from tests.factories import llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_a_branch_that_somebody_pushed_to_is_not_changed(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    branch = PullRequest.objects.get().branch
    foreign = github.commit({"README.md": "# Theirs\n"}, branch=branch)
    edit("alpha", maintainer, context_length=8192)
    send()
    assert github.head(branch) == foreign
    pull_request = PullRequest.objects.get()
    assert pull_request.state == "stopped"
    assert "Somebody else has pushed" in pull_request.error_text
    edit("alpha", maintainer, context_length=2048)
    assert "Somebody else has pushed" in UpstreamChange.objects.first().error_text
    github.close(1)
    send()
    (pull,) = github.open_pulls()
    sent = github.file(path("alpha"), pull["head"]["sha"])
    assert sent == the_model("alpha").published_revision.definition


def test_a_push_to_a_branch_whose_pull_request_is_not_known_yet_stops_until_it_is_over(
    github, maintainer
):
    edit("alpha", maintainer, context_length=4096)
    github.fault = lambda verb, address: (
        "cut after" if verb == "POST" and address.endswith("/pulls") else None
    )
    send()
    github.fault = None
    github.commit({"README.md": "# Theirs\n"}, branch=PullRequest.objects.get().branch)
    send()
    row = PullRequest.objects.get()
    assert (row.state, row.number) == ("stopped", 1)
    github.merge(1)
    send()
    assert PullRequest.objects.get(pk=row.pk).state == "merged"
    assert (len(github.pulls), states()) == (1, ["nothing"])


def test_a_branch_that_git_can_no_longer_merge_is_brought_up_to_date(github, maintainer, settings):
    settings.ENV = dataclasses.replace(settings.ENV, gather_seconds=0)
    place = "xinference/model/llm/llm_family.json"
    text = written(llm_record("alpha"), llm_record("beta"))
    github.commit({path("alpha"): None, path("beta"): None, place: text})
    for name in ("gamma", "delta"):
        submission = Submission(definition=written(llm_record(name)), visibility=Visibility.PUBLIC)
        register("llm", submission, by=maintainer)
        send()
    github.merge(1)
    assert not github.is_mergeable(2)
    for _ in range(3):
        send()
    assert github.is_mergeable(2)
    github.merge(2)
    names = [record["model_name"] for record in json.loads(github.file(place))]
    assert names == ["alpha", "beta", "gamma", "delta"]
    github.log.clear()
    send()
    send()
    assert {verb for verb, _ in github.log} <= {"GET", "DELETE"}


def test_a_branch_that_was_moved_back_to_an_older_commit_of_the_hub_is_moved_on(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    branch = PullRequest.objects.get().branch
    first = github.head(branch)
    edit("alpha", maintainer, context_length=8192)
    send()
    github.git("update-ref", f"refs/heads/{branch}", first)
    revision = edit("alpha", maintainer, context_length=2048)
    send()
    assert github.file(path("alpha"), branch) == revision.definition
    assert github.git("rev-list", "--count", f"main..{branch}") == "2"
