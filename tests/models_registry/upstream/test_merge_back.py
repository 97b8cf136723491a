"""Edits that people make upstream come into the hub, and are not taken back."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from models_registry.actions.expiry import set_expiry
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import (
    UpstreamChange,
    UpstreamFile,
    Visibility,
)
from models_registry.sync.follow_upstream import (
    follow_upstream,
)
from models_registry.upstream import polling
from tests.factories import decide_upstream, llm_record, written
from tests.models_registry.upstream.deliveries import (
    edit,
    in_the_hub,
    merge_behind_its_back,
    send,
    states,
    the_model,
)
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_a_hand_edit_upstream_is_kept_and_comes_into_the_hub(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    theirs = written(llm_record("alpha", model_description="Edited by hand."))
    github.commit({path("alpha"): theirs})
    send()
    (pull,) = github.pulls
    (sent,) = json.loads(github.file(path("alpha"), pull["head"]["sha"]))
    assert (sent["context_length"], sent["model_description"]) == (4096, "Edited by hand.")
    assert "model_description" not in "".join(
        line for line in github.diff(1).splitlines() if line[:1] in "+-"
    )
    published = the_model("alpha").published_revision
    assert published.author_name == "upstream"
    assert json.loads(published.definition) == [sent]


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_read_upstream_too_early_does_not_take_back_what_was_recorded_since(
    github, maintainer
):
    edit("alpha", maintainer, context_length=4096)
    done = []

    def learn() -> None:
        follow_upstream()
        connection.close()

    def edit_meanwhile(verb: str, address: str) -> None:
        if "/git/blobs/" in address and not done:
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


def test_a_hand_edit_is_joined_with_a_change_in_an_open_pull_request(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.commit({path("alpha"): written(llm_record("alpha", model_description="By hand."))})
    follow_upstream()
    (record,) = json.loads(the_model("alpha").published_revision.definition)
    assert (record["context_length"], record["model_description"]) == (4096, "By hand.")
    send()
    github.merge(1)
    (merged,) = json.loads(github.file(path("alpha")))
    assert (merged["context_length"], merged["model_description"]) == (4096, "By hand.")


def test_a_merge_seen_before_its_pull_request_was_looked_at_is_no_conflict(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.merge(1)
    edit("alpha", maintainer, context_length=8192)
    follow_upstream()
    send()
    send()
    assert states() == ["merged", "open"]
    assert len(github.open_pulls()) == 1


@pytest.mark.django_db(transaction=True)
def test_an_older_look_at_upstream_does_not_take_back_what_was_merged_since(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.commit({path("alpha"): written(llm_record("alpha", model_description="By hand."))})
    merged = merge_behind_its_back(github)
    follow_upstream()
    assert merged
    assert states() == ["merged"]
    records = [
        json.loads(revision.definition)[0]
        for revision in the_model("alpha").revisions.order_by("number")
    ]
    assert [revision["context_length"] for revision in records] == [32768, 4096, 4096]
    assert records[-1]["model_description"] == "By hand."


def test_a_hand_edit_reaches_a_model_whose_change_wants_what_upstream_had(github, maintainer):
    set_expiry(the_model("alpha"), timezone.now() - timedelta(days=1), by=maintainer)
    set_expiry(the_model("alpha"), None, by=maintainer)
    theirs = written(llm_record("alpha", model_description="By hand."))
    github.commit({path("alpha"): theirs})
    follow_upstream()
    github.commit({path("alpha"): theirs.replace("By hand.", "By hand, again.")})
    send()
    assert set(states()) <= {"nothing", "cancelled"}
    assert github.pulls == []
    follow_upstream()
    (record,) = json.loads(the_model("alpha").published_revision.definition)
    assert record["model_description"] == "By hand, again."


def test_hand_edits_before_and_after_a_merge_are_no_conflict(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    first = written(llm_record("alpha", model_description="One."))
    github.commit({path("alpha"): first})
    follow_upstream()
    assert in_the_hub("alpha") == (4096, "One.")
    github.merge(1)
    merged = github.file(path("alpha"))
    github.commit({path("alpha"): merged.replace("One.", "One. Two.")})
    polling.poll()
    follow_upstream()
    assert in_the_hub("alpha") == (4096, "One. Two.")
    send()
    assert states() == ["merged"]


@pytest.mark.parametrize("looks_first", ["poll", "follow"])
def test_a_change_that_came_too_late_for_its_pull_request_keeps_all_hand_edits(
    github, maintainer, looks_first
):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.commit({path("alpha"): written(llm_record("alpha", model_description="One."))})
    follow_upstream()
    github.merge(1)
    edit("alpha", maintainer, context_length=8192)
    merged = github.file(path("alpha"))
    github.commit({path("alpha"): merged.replace("One.", "One. Two.")})
    for look in (polling.poll, follow_upstream) if looks_first == "poll" else (follow_upstream,):
        look()
    send()
    send()
    assert states() == ["merged", "open"]
    assert in_the_hub("alpha") == (8192, "One. Two.")
    github.merge(2)
    (record,) = json.loads(github.file(path("alpha")))
    assert (record["context_length"], record["model_description"]) == (8192, "One. Two.")


def test_an_added_model_that_was_merged_and_edited_on_both_sides_since_is_no_conflict(
    github, maintainer
):
    definition = written(llm_record("gamma"))
    submission = Submission(definition=definition, visibility=Visibility.PUBLIC)
    register("llm", submission, by=maintainer)
    send()
    github.merge(1)
    edit("gamma", maintainer, context_length=4096)
    added = github.file(path("gamma"))
    github.commit({path("gamma"): added.replace("is a small", "is, by hand, a small")})
    follow_upstream()
    assert in_the_hub("gamma") == (4096, "gamma is, by hand, a small language model.")
    send()
    assert states() == ["merged", "open"]


def test_a_model_whose_removal_was_decided_and_taken_back_keeps_the_hand_edits(github, maintainer):
    set_expiry(the_model("alpha"), timezone.now() - timedelta(days=1), by=maintainer)
    github.commit({path("alpha"): written(llm_record("alpha", model_description="By hand."))})
    send()
    change = UpstreamChange.objects.get(state="conflict")
    decide_upstream(change, "ours", by=maintainer)
    send()
    assert github.pulls[0]["title"] == "FEAT: [model] alpha removed"
    set_expiry(the_model("alpha"), None, by=maintainer)
    edit("alpha", maintainer, context_length=4096)
    send()
    (sent,) = json.loads(github.file(path("alpha"), github.pulls[0]["head"]["sha"]))
    assert (sent["context_length"], sent["model_description"]) == (4096, "By hand.")
    assert in_the_hub("alpha") == (4096, "By hand.")
