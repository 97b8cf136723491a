"""A maintainer decides between the hub's change and upstream's, and the change goes on."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection
from django.db.models import F

from models_registry.errors import InvalidParameter, NotAllowed
from models_registry.following import follow_upstream
from models_registry.models import RegisteredModel, UpstreamFile
from models_registry.outbox_tables import PullRequest, UpstreamChange
from models_registry.upstream import pulls
from models_registry.upstream.resolving import conflicts, resolve
from tests.factories import a_user, llm_record, written
from tests.models_registry.upstream.conftest import path
from tests.models_registry.upstream.test_delivery import edit, send, states

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
    resolve(change, {conflict.key: "ours"}, by=maintainer)
    send()
    (pull,) = github.pulls
    (sent,) = json.loads(github.file(path("alpha"), pull["head"]["sha"]))
    assert (sent["context_length"], sent["model_description"]) == (4096, "By hand.")
    assert published() == sent


def test_upstreams_side_comes_into_the_hub_and_nothing_is_sent(change, github, maintainer):
    (conflict,) = conflicts(change)
    resolve(change, {conflict.key: "theirs"}, by=maintainer)
    send()
    assert github.pulls == []
    assert states() == ["nothing"]
    assert published() == json.loads(github.file(path("alpha")))[0]


def test_a_place_without_a_decision_is_named(change, maintainer):
    with pytest.raises(InvalidParameter, match="/0/context_length"):
        resolve(change, {}, by=maintainer)


def test_who_may_not_edit_the_model_may_not_decide(change):
    with pytest.raises(NotAllowed):
        resolve(change, {}, by=a_user("bob"))


def test_what_would_be_invalid_together_is_held_and_chosen_as_a_whole(github, maintainer):
    (spec,) = llm_record("alpha")["model_specs"]
    source = spec["model_src"]["huggingface"]
    named = {"huggingface": {**source, "model_file_name_template": "a-{quantization}.gguf"}}
    edit("alpha", maintainer, model_specs=[{**spec, "model_src": named}])
    send()
    github.merge(1)
    pulls.poll()
    gguf = {**spec, "model_format": "ggufv2", "model_src": named}
    edit("alpha", maintainer, model_specs=[gguf])
    github.commit({path("alpha"): written(llm_record("alpha", model_specs=[spec]))})
    send()
    change = UpstreamChange.objects.order_by("-pk").first()
    assert (change.state, len(github.pulls)) == ("conflict", 1)
    assert "no valid definition together" in change.last_error
    (conflict,) = conflicts(change)
    resolve(change, {conflict.key: "theirs"}, by=maintainer)
    assert published()["model_specs"] == [spec]


def test_a_decided_conflict_in_an_open_pull_request_can_be_merged(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    edit("alpha", maintainer, context_length=8192)
    send()
    assert not github.is_mergeable(1)
    change = UpstreamChange.objects.get(state="conflict")
    (conflict,) = conflicts(change)
    resolve(change, {conflict.key: "ours"}, by=maintainer)
    send()
    assert github.is_mergeable(1)


def test_a_decision_for_what_the_branch_has_already_can_be_merged(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    follow_upstream()
    change = UpstreamChange.objects.get(state="conflict")
    resolve(change, {conflicts(change)[0].key: "ours"}, by=maintainer)
    send()
    assert github.is_mergeable(1)


@pytest.mark.django_db(transaction=True)
def test_a_conflict_is_told_of_the_newest_change_alone(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    github.commit({path("alpha"): written(llm_record("alpha", context_length=1))})
    done = []

    def change_once_more() -> None:
        edit("alpha", maintainer, context_length=8192)
        connection.close()

    def fault(verb: str, asked: str) -> None:
        if "/git/blobs/" in asked and not done:
            done.append(threading.Thread(target=change_once_more))
            done[0].start()
            done[0].join(20)

    github.fault = fault
    send()
    send()
    assert states() == ["cancelled", "conflict"]
    change = UpstreamChange.objects.get(state="conflict")
    resolve(change, {conflicts(change)[0].key: "ours"}, by=maintainer)
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


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_read_upstream_too_early_does_not_take_back_what_was_learnt_since(
    github, maintainer
):
    edit("alpha", maintainer, context_length=4096)
    done = []

    def learn() -> None:
        follow_upstream()
        connection.close()

    def edit_meanwhile(verb: str, asked: str) -> None:
        if "/git/blobs/" in asked and not done:
            theirs = llm_record("alpha", model_description="By hand.")
            done.append(github.commit({path("alpha"): written(theirs)}))
            worker = threading.Thread(target=learn)
            worker.start()
            worker.join(20)

    github.fault = edit_meanwhile
    send()
    assert github.pulls == []
    assert '"By hand."' in UpstreamFile.objects.get(model__name="alpha").text
    send()
    (sent,) = json.loads(github.file(path("alpha"), github.pulls[0]["head"]["sha"]))
    assert (sent["context_length"], sent["model_description"]) == (4096, "By hand.")
