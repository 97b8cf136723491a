"""What people change upstream comes into the hub, and what differs goes there once more."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from models_registry import use_cases
from models_registry.definitions.layouts import AGGREGATE_PATHS
from models_registry.following import (
    follow_upstream,
    last_look,
    note_expired,
    note_leftovers,
)
from models_registry.models import RegisteredModel, UpstreamFile, Visibility
from models_registry.outbox_tables import PullRequest, UpstreamChange, UpstreamPath
from models_registry.upstream import pulls
from models_registry.upstream.errors import GatewayError, TryAgain
from models_registry.upstream.resolving import resolve
from models_registry.use_cases import Submission
from tests.factories import llm_record, written
from tests.models_registry.upstream.conftest import *  # noqa: F403
from tests.models_registry.upstream.conftest import path
from tests.models_registry.upstream.test_delivery import edit, send, states, the_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_nothing_new_upstream_costs_a_few_requests_and_no_blob(github):
    follow_upstream()
    github.log.clear()
    assert follow_upstream() is None
    assert not [asked for _, asked in github.log if "/blobs/" in asked]
    assert len(github.log) <= 6


def test_a_look_is_dated_whether_it_finds_something_or_not_and_one_in_vain_is_not(github):
    follow_upstream()
    moment = timezone.now() - timedelta(hours=1)
    UpstreamPath.objects.update(seen_at=moment)
    assert follow_upstream() is None
    assert last_look() > moment
    UpstreamPath.objects.update(seen_at=moment)
    github.fault = lambda verb, asked: "502 before"
    with pytest.raises(GatewayError):
        follow_upstream()
    assert last_look() == moment
    github.fault = None
    github.commit({path("alpha"): written(llm_record("alpha", context_length=5))})
    follow_upstream()
    assert last_look() > moment


def test_new_and_changed_models_of_upstream_come_into_the_hub_byte_for_byte(github):
    changed = written(llm_record("alpha", context_length=1.0))
    github.commit({path("alpha"): changed, path("delta"): written(llm_record("delta"))})
    report = follow_upstream()
    assert (report.added, report.updated) == (["llm/delta"], ["llm/alpha"])
    assert the_model("alpha").published_revision.definition == changed
    assert not UpstreamChange.objects.exists()


def test_only_changed_files_are_read(github):
    github.commit({path("alpha"): written(llm_record("alpha", context_length=5))})
    github.log.clear()
    follow_upstream()
    assert len([asked for _, asked in github.log if "/blobs/" in asked]) == 1


def test_a_model_that_upstream_removed_expires(github):
    github.commit({path("alpha"): None})
    follow_upstream()
    assert the_model("alpha").is_expired()
    assert not UpstreamFile.objects.filter(model__name="alpha").exists()
    assert not the_model("beta").is_expired()


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


def test_a_model_deleted_here_does_not_come_back_while_its_removal_is_on_the_way(
    github, maintainer
):
    use_cases.delete(the_model("alpha"), by=maintainer)
    follow_upstream()
    assert not RegisteredModel.objects.filter(name="alpha").exists()


def test_an_aggregate_is_followed_too(github):
    text = written(llm_record("alpha"), llm_record("beta"), llm_record("omega"))
    github.commit({path("alpha"): None, path("beta"): None, AGGREGATE_PATHS["llm"]: text})
    follow_upstream()
    assert the_model("omega").published_revision
    assert not the_model("alpha").is_expired()
    github.commit({AGGREGATE_PATHS["llm"]: written(llm_record("beta"), llm_record("omega"))})
    follow_upstream()
    assert the_model("alpha").is_expired()
    assert not the_model("beta").is_expired()


def test_an_expired_model_is_removed_upstream_and_a_restored_one_comes_back(github, maintainer):
    model = the_model("alpha")
    use_cases.set_expiry(model, timezone.now() + timedelta(days=1), by=maintainer)
    assert note_expired() == 0
    RegisteredModel.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert note_expired() == 2
    assert note_expired() == 0
    send()
    titles = sorted(pull["title"] for pull in github.pulls)
    assert titles == ["FEAT: [model] alpha removed", "FEAT: [model] beta removed"]


def test_leftover_differences_are_gathered_into_one_pull_request(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    edit("beta", maintainer, context_length=4096)
    UpstreamChange.objects.all().delete()
    assert note_leftovers() is not None
    assert note_leftovers() is None
    send()
    (pull,) = github.pulls
    assert pull["title"] == "ENH: update models JSON [llm]"
    assert states() == ["open", "open"]


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


def test_a_hub_without_an_import_follows_nothing(github):
    RegisteredModel.objects.all().delete()
    UpstreamFile.objects.all().delete()
    assert follow_upstream() is None
    assert not RegisteredModel.objects.exists()


def test_many_new_models_come_in_one_archive(github):
    github.commit({path(f"m-{n}"): written(llm_record(f"m-{n}")) for n in range(25)})
    github.log.clear()
    assert len(follow_upstream().added) == 25
    assert len(github.log) < 10


def merge_behind_its_back(github):
    """While the hub reads a file of upstream, its pull request is merged, and a worker sees it."""
    merged = []

    def see() -> None:
        pulls.look_at(PullRequest.objects.get())
        connection.close()

    def fault(verb: str, asked: str) -> None:
        if "/git/blobs/" in asked and not merged:
            merged.append(github.merge(1))
            worker = threading.Thread(target=see)
            worker.start()
            worker.join(20)

    github.fault = fault
    return merged


@pytest.mark.django_db(transaction=True)
def test_a_model_that_was_merged_while_upstream_was_looked_at_does_not_expire(github, maintainer):
    definition = written(llm_record("gamma"))
    submission = Submission(definition=definition, visibility=Visibility.PUBLIC)
    use_cases.register("llm", submission, by=maintainer)
    send()
    github.commit({path("alpha"): written(llm_record("alpha", context_length=5))})
    merged = merge_behind_its_back(github)
    follow_upstream()
    assert merged
    assert states() == ["merged"]
    assert not the_model("gamma").is_expired()
    assert json.loads(the_model("alpha").published_revision.definition)[0]["context_length"] == 5


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
        json.loads(one.definition)[0] for one in the_model("alpha").revisions.order_by("number")
    ]
    assert [one["context_length"] for one in records] == [32768, 4096, 4096]
    assert records[-1]["model_description"] == "By hand."


def test_a_model_that_is_wanted_again_does_not_expire_since_its_removal_was_merged(
    github, maintainer
):
    use_cases.set_expiry(the_model("alpha"), timezone.now() - timedelta(days=1), by=maintainer)
    send()
    use_cases.set_expiry(the_model("alpha"), None, by=maintainer)
    edit("alpha", maintainer, context_length=4096)
    github.merge(1)
    follow_upstream()
    assert not the_model("alpha").is_expired()
    send()
    send()
    (pull,) = github.open_pulls()
    assert pull["title"] == "FEAT: [model] alpha support"


def test_a_hand_edit_reaches_a_model_whose_change_wants_what_upstream_had(github, maintainer):
    use_cases.set_expiry(the_model("alpha"), timezone.now() - timedelta(days=1), by=maintainer)
    use_cases.set_expiry(the_model("alpha"), None, by=maintainer)
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


def in_the_hub(name: str) -> tuple[int, str]:
    (record,) = json.loads(the_model(name).published_revision.definition)
    return record["context_length"], record["model_description"]


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
    pulls.poll()
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
    for look in (pulls.poll, follow_upstream) if looks_first == "poll" else (follow_upstream,):
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
    use_cases.register("llm", submission, by=maintainer)
    send()
    github.merge(1)
    edit("gamma", maintainer, context_length=4096)
    added = github.file(path("gamma"))
    github.commit({path("gamma"): added.replace("is a small", "is, by hand, a small")})
    follow_upstream()
    assert in_the_hub("gamma") == (4096, "gamma is, by hand, a small language model.")
    send()
    assert states() == ["merged", "open"]


def test_a_model_deleted_here_does_not_come_back_with_an_aggregate(github, maintainer):
    place = AGGREGATE_PATHS["llm"]
    both = written(llm_record("alpha"), llm_record("beta"))
    github.commit({path("alpha"): None, path("beta"): None, place: both})
    follow_upstream()
    use_cases.delete(the_model("alpha"), by=maintainer)
    changed = written(llm_record("alpha"), llm_record("beta", context_length=5))
    github.commit({place: changed})
    follow_upstream()
    assert not RegisteredModel.objects.filter(name="alpha").exists()
    assert in_the_hub("beta")[0] == 5
    send()
    assert github.pulls[0]["title"] == "FEAT: [model] alpha removed"


def test_a_model_whose_removal_was_decided_and_taken_back_keeps_the_hand_edits(github, maintainer):
    use_cases.set_expiry(the_model("alpha"), timezone.now() - timedelta(days=1), by=maintainer)
    github.commit({path("alpha"): written(llm_record("alpha", model_description="By hand."))})
    send()
    change = UpstreamChange.objects.get(state="conflict")
    resolve(change, {"": "ours"}, by=maintainer)
    send()
    assert github.pulls[0]["title"] == "FEAT: [model] alpha removed"
    use_cases.set_expiry(the_model("alpha"), None, by=maintainer)
    edit("alpha", maintainer, context_length=4096)
    send()
    (sent,) = json.loads(github.file(path("alpha"), github.pulls[0]["head"]["sha"]))
    assert (sent["context_length"], sent["model_description"]) == (4096, "By hand.")
    assert in_the_hub("alpha") == (4096, "By hand.")


def test_a_repository_that_is_renamed_while_it_is_listed_does_not_look_empty(github, maintainer):
    github.commit({path("alpha"): written(llm_record("alpha", context_length=5))})
    asked_trees = []

    def rename(verb: str, asked: str) -> None:
        asked_trees.extend([asked] if "/git/trees/" in asked else [])
        if len(asked_trees) == 3 and not github.former_names:
            github.rename("xorbitsai/renamed")

    github.fault = rename
    with pytest.raises(TryAgain, match="renamed"):
        follow_upstream()
    assert not the_model("alpha").is_expired()
    assert not the_model("beta").is_expired()
    follow_upstream()
    assert in_the_hub("alpha")[0] == 5
