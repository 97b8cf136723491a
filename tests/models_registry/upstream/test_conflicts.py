"""A maintainer decides between the hub's change and upstream's, and the change goes on."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection
from django.db.models import F

from models_registry.errors import InvalidParameter, NotAllowed
from models_registry.models import PullRequest, RegisteredModel, UpstreamChange
from models_registry.sync.follow_upstream import follow_upstream
from models_registry.upstream import polling
from models_registry.upstream.conflicts import conflicts, resolve, sides
from tests.factories import a_user, decide_upstream, llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, states
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


@pytest.fixture
def change(github, maintainer) -> UpstreamChange:
    """Both sides changed the context length, and upstream the description as well."""
    edit("alpha", maintainer, context_length=4096)
    theirs = llm_record("alpha", context_length=1, model_description="By hand.")
    github.commit({path("alpha"): written(theirs)})
    send()
    return UpstreamChange.objects.get()


def published() -> dict:
    model = RegisteredModel.objects.get(name="alpha")
    return json.loads(model.published_revision.definition)[0]


def test_the_hubs_side_goes_on_as_a_pull_request_that_keeps_the_rest(change, github, maintainer):
    (conflict,) = conflicts(change)
    assert (conflict.ours, conflict.theirs) == ("4096", "1")
    decide_upstream(change, "ours", by=maintainer)
    send()
    (pull,) = github.pulls
    (sent,) = json.loads(github.file(path("alpha"), pull["head"]["sha"]))
    assert (sent["context_length"], sent["model_description"]) == (4096, "By hand.")
    assert published() == sent


def test_upstreams_side_comes_into_the_hub_and_nothing_is_sent(change, github, maintainer):
    assert len(conflicts(change)) == 1
    decide_upstream(change, "theirs", by=maintainer)
    send()
    assert github.pulls == []
    assert states() == ["nothing"]
    assert published() == json.loads(github.file(path("alpha")))[0]


def test_a_place_without_a_decision_is_named(change, maintainer):
    with pytest.raises(InvalidParameter, match="/0/context_length"):
        resolve(change, {}, by=maintainer, version=sides(change).version)


def test_who_may_not_edit_the_model_may_not_decide(change):
    with pytest.raises(NotAllowed):
        resolve(change, {}, by=a_user("bob"), version=sides(change).version)


def test_what_would_be_invalid_together_is_held_and_chosen_as_a_whole(github, maintainer):
    (spec,) = llm_record("alpha")["model_specs"]
    source = spec["model_src"]["huggingface"]
    named = {"huggingface": {**source, "model_file_name_template": "a-{quantization}.gguf"}}
    edit("alpha", maintainer, model_specs=[{**spec, "model_src": named}])
    send()
    github.merge(1)
    polling.poll()
    gguf = {**spec, "model_format": "ggufv2", "model_src": named}
    edit("alpha", maintainer, model_specs=[gguf])
    github.commit({path("alpha"): written(llm_record("alpha", model_specs=[spec]))})
    send()
    change = UpstreamChange.objects.order_by("-pk").first()
    assert (change.state, len(github.pulls)) == ("conflict", 1)
    assert "do not form a valid definition together" in change.error_text
    assert len(conflicts(change)) == 1
    decide_upstream(change, "theirs", by=maintainer)
    assert published()["model_specs"] == [spec]


def test_a_decided_conflict_in_an_open_pull_request_can_be_merged(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    edit("alpha", maintainer, context_length=8192)
    send()
    assert not github.is_mergeable(1)
    change = UpstreamChange.objects.get(state="conflict")
    assert len(conflicts(change)) == 1
    decide_upstream(change, "ours", by=maintainer)
    send()
    assert github.is_mergeable(1)


def test_a_decision_for_what_the_branch_has_already_can_be_merged(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    follow_upstream()
    change = UpstreamChange.objects.get(state="conflict")
    decide_upstream(change, "ours", by=maintainer)
    send()
    assert github.is_mergeable(1)


@pytest.mark.django_db(transaction=True)
def test_only_the_newest_change_is_shown_in_conflict(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    done = []

    def change_once_more() -> None:
        edit("alpha", maintainer, context_length=8192)
        connection.close()

    def fault(verb: str, address: str) -> None:
        if "/git/blobs/" in address and not done:
            done.append(threading.Thread(target=change_once_more))
            done[0].start()
            done[0].join(20)

    github.fault = fault
    send()
    send()
    assert states() == ["cancelled", "conflict"]
    change = UpstreamChange.objects.get(state="conflict")
    decide_upstream(change, "ours", by=maintainer)
    send()
    assert states() == ["cancelled", "open"]


def test_a_model_in_conflict_keeps_no_other_from_being_sent(change, github, maintainer):
    edit("beta", maintainer, context_length=4096)
    UpstreamChange.objects.update(pull_request=change.pull_request)
    PullRequest.objects.update(wanted_version=F("wanted_version") + 1)
    send()
    assert states() == ["conflict", "open"]
    (pull,) = github.pulls
    assert pull["title"] == 'ENH: update model "beta" JSON'
