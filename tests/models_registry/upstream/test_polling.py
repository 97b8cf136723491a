"""The poll of pull requests: what was closed or opened again is seen."""

from __future__ import annotations

import pytest

from models_registry.models import PullRequest
from models_registry.upstream import polling, worker
from tests.models_registry.upstream.deliveries import edit, send, states
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_a_pull_request_that_is_opened_again_is_seen_by_the_poll(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.close(1)
    polling.poll()
    assert states() == ["closed"]
    github.reopen(1)
    polling.poll()
    assert states() == ["open"]
    assert PullRequest.objects.get().state == "open"


@pytest.mark.parametrize("first", ["poll", "delivery"])
def test_a_change_goes_onto_the_pull_request_that_was_opened_again(github, maintainer, first):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.close(1)
    polling.poll()
    revision = edit("alpha", maintainer, context_length=8192)
    github.reopen(1)
    if first == "poll":
        polling.poll()
        send()
    else:
        worker.send_due(at_once=True)
        worker.send_due(at_once=True)
    (pull,) = github.pulls
    assert github.file(path("alpha"), pull["head"]["sha"]) == revision.definition
    assert states() == ["open", "open"]
    assert sorted(PullRequest.objects.values_list("state", flat=True)) == ["dropped", "open"]


def test_other_models_of_the_same_change_go_out_by_themselves(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.close(1)
    polling.poll()
    edit("beta", maintainer, context_length=8192)
    edit("alpha", maintainer, context_length=8192)
    github.reopen(1)
    send()
    send()
    titles = [pull["title"] for pull in github.open_pulls()]
    assert titles == ['ENH: update model "alpha" JSON', 'ENH: update model "beta" JSON']
