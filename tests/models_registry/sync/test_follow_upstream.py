"""What people change upstream comes into the hub, and what differs goes there once more."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from models_registry.actions.delete import delete
from models_registry.actions.expiry import set_expiry
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.definitions.upstream_files.layouts import AGGREGATE_PATHS
from models_registry.models import (
    RegisteredModel,
    UpstreamChange,
    UpstreamFile,
    UpstreamPath,
    Visibility,
)
from models_registry.sync.follow_upstream import (
    follow_upstream,
    last_synced_at,
    record_expired,
    record_leftovers,
)
from models_registry.upstream.errors import GatewayError, TryAgain
from tests.factories import llm_record, written
from tests.models_registry.upstream.deliveries import (
    edit,
    in_the_hub,
    merge_behind_its_back,
    send,
    states,
    the_model,
)
from tests.models_registry.upstream_fixtures import *  # noqa: F403
from tests.models_registry.upstream_fixtures import path

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
    assert last_synced_at() > moment
    UpstreamPath.objects.update(seen_at=moment)
    github.fault = lambda verb, asked: "502 before"
    with pytest.raises(GatewayError):
        follow_upstream()
    assert last_synced_at() == moment
    github.fault = None
    github.commit({path("alpha"): written(llm_record("alpha", context_length=5))})
    follow_upstream()
    assert last_synced_at() > moment


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


def test_a_model_deleted_here_does_not_come_back_while_its_removal_is_on_the_way(
    github, maintainer
):
    delete(the_model("alpha"), by=maintainer)
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
    for name in ("alpha", "beta"):
        moment = timezone.now() + timedelta(days=1)
        set_expiry(the_model(name), moment, by=maintainer)
    assert record_expired() == 0
    RegisteredModel.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert record_expired() == 2
    assert record_expired() == 0
    send()
    titles = sorted(pull["title"] for pull in github.pulls)
    assert titles == ["FEAT: [model] alpha removed", "FEAT: [model] beta removed"]


def test_leftover_differences_are_gathered_into_one_pull_request(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    edit("beta", maintainer, context_length=4096)
    UpstreamChange.objects.all().delete()
    assert record_leftovers() is not None
    assert record_leftovers() is None
    send()
    (pull,) = github.pulls
    assert pull["title"] == "ENH: update models JSON [llm]"
    assert states() == ["open", "open"]


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


@pytest.mark.django_db(transaction=True)
def test_a_model_that_was_merged_while_upstream_was_looked_at_does_not_expire(github, maintainer):
    definition = written(llm_record("gamma"))
    submission = Submission(definition=definition, visibility=Visibility.PUBLIC)
    register("llm", submission, by=maintainer)
    send()
    github.commit({path("alpha"): written(llm_record("alpha", context_length=5))})
    merged = merge_behind_its_back(github)
    follow_upstream()
    assert merged
    assert states() == ["merged"]
    assert not the_model("gamma").is_expired()
    assert json.loads(the_model("alpha").published_revision.definition)[0]["context_length"] == 5


def test_a_model_that_is_wanted_again_does_not_expire_since_its_removal_was_merged(
    github, maintainer
):
    set_expiry(the_model("alpha"), timezone.now() - timedelta(days=1), by=maintainer)
    send()
    set_expiry(the_model("alpha"), None, by=maintainer)
    edit("alpha", maintainer, context_length=4096)
    github.merge(1)
    follow_upstream()
    assert not the_model("alpha").is_expired()
    send()
    send()
    (pull,) = github.open_pulls()
    assert pull["title"] == "FEAT: [model] alpha support"


def test_a_model_deleted_here_does_not_come_back_with_an_aggregate(github, maintainer):
    place = AGGREGATE_PATHS["llm"]
    both = written(llm_record("alpha"), llm_record("beta"))
    github.commit({path("alpha"): None, path("beta"): None, place: both})
    follow_upstream()
    delete(the_model("alpha"), by=maintainer)
    changed = written(llm_record("alpha"), llm_record("beta", context_length=5))
    github.commit({place: changed})
    follow_upstream()
    assert not RegisteredModel.objects.filter(name="alpha").exists()
    assert in_the_hub("beta")[0] == 5
    send()
    assert github.pulls[0]["title"] == "FEAT: [model] alpha removed"


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
