"""The end of a pull request: merged, closed, emptied, or gone with its branch."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from models_registry.actions.delete import delete
from models_registry.actions.expiry import set_expiry
from models_registry.actions.register import register
from models_registry.actions.restore import restore
from models_registry.actions.submission import Submission
from models_registry.models import (
    PullRequest,
    UpstreamChange,
    UpstreamFile,
    Visibility,
)
from models_registry.upstream import polling
from tests.factories import llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, states, the_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_a_branch_deleted_by_hand_ends_its_pull_request(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.git("update-ref", "-d", f"refs/heads/{PullRequest.objects.get().branch}")
    github.close(1)
    edit("alpha", maintainer, context_length=8192)
    send()
    assert len(github.open_pulls()) == 1
    assert states() == ["closed", "open"]


def test_a_pull_request_whose_answer_was_lost_is_closed_when_its_change_is_taken_back(
    github, maintainer
):
    before = the_model("alpha").published_revision.number
    edit("alpha", maintainer, context_length=4096)
    github.fault = lambda verb, address: (
        "cut after" if verb == "POST" and address.endswith("/pulls") else None
    )
    send()
    github.fault = None
    assert PullRequest.objects.get().number is None
    assert len(github.open_pulls()) == 1
    restore(the_model("alpha"), before, by=maintainer, base_revision=before + 1)
    send()
    assert github.open_pulls() == []
    assert github.head(PullRequest.objects.get().branch) is None
    assert PullRequest.objects.get().number == 1


def test_a_merged_pull_request_advances_the_base_and_its_branch_is_deleted(github, maintainer):
    revision = edit("alpha", maintainer, context_length=4096)
    send()
    github.merge(1)
    send()
    assert states() == ["merged"]
    assert UpstreamFile.objects.get(model__name="alpha").text == revision.definition
    assert github.head(PullRequest.objects.get().branch) is None
    edit("alpha", maintainer, context_length=8192)
    send()
    assert len(github.pulls) == 2


def test_a_change_knows_when_it_was_opened_and_merged(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    change = UpstreamChange.objects.get()
    opened = change.opened_at
    assert change.created_at <= opened <= timezone.now()
    assert change.merged_at is None
    PullRequest.objects.update(wanted_version=9)
    send()
    change.refresh_from_db()
    assert change.opened_at == opened, "it is opened once"
    github.merge(1)
    github.pulls[0]["merged_at"] = "2030-05-06T07:08:09Z"
    send()
    change.refresh_from_db()
    assert change.merged_at == datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC), "GitHub's own time"


def test_a_closed_change_was_never_merged(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.close(1)
    send()
    assert UpstreamChange.objects.get().merged_at is None


def test_a_closed_pull_request_is_shown_and_not_opened_again(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.close(1)
    send()
    send()
    assert states() == ["closed"]
    assert len(github.pulls) == 1
    edit("alpha", maintainer, context_length=8192)
    send()
    assert len(github.open_pulls()) == 1


def test_a_change_taken_back_closes_its_pull_request(github, maintainer):
    before = the_model("alpha").published_revision.number
    edit("alpha", maintainer, context_length=4096)
    send()
    restore(the_model("alpha"), before, by=maintainer, base_revision=before + 1)
    send()
    assert github.open_pulls() == []
    assert set(states()) == {"nothing"}


def test_a_branch_that_was_made_for_nothing_is_deleted(github, maintainer):
    before = the_model("alpha").published_revision.number
    edit("alpha", maintainer, context_length=4096)
    github.fault = lambda verb, address: (
        "cut before" if verb == "POST" and address.endswith("/pulls") else None
    )
    send()
    github.fault = None
    branch = PullRequest.objects.get().branch
    assert github.head(branch) is not None
    restore(the_model("alpha"), before, by=maintainer, base_revision=before + 1)
    send()
    assert github.head(branch) is None
    assert github.pulls == []


def test_a_commit_that_missed_its_pull_request_is_forgotten(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.fault = lambda verb, address: "cut before" if verb == "PATCH" else None
    edit("alpha", maintainer, context_length=8192)
    send()
    github.fault = None
    github.merge(1)
    send()
    assert states() == ["merged", "open"]
    late = UpstreamChange.objects.select_related("pull_request").first()
    assert late.pull_request.number == 2
    assert set(late.pull_request.commits) == {late.commit}


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_is_overtaken_by_a_merge_leaves_the_late_change_to_the_next(
    github, maintainer
):
    edit("alpha", maintainer, context_length=4096)
    send()
    edit("alpha", maintainer, context_length=8192)
    done = []

    def see() -> None:
        polling.poll_one(PullRequest.objects.get())
        connection.close()

    def merge_meanwhile(verb: str, address: str) -> None:
        if verb == "POST" and address.endswith("/git/commits") and not done:
            done.append(github.merge(1))
            worker = threading.Thread(target=see)
            worker.start()
            worker.join(20)

    github.fault = merge_meanwhile
    send()
    github.fault = None
    send()
    assert states() == ["merged", "open"]
    assert [pull["merged"] for pull in github.pulls] == [True, False]
    late = UpstreamChange.objects.select_related("pull_request").first()
    assert late.pull_request.number == 2
    assert late.commit in late.pull_request.commits


@pytest.mark.parametrize("end", ["merge", "close"])
def test_a_change_that_was_pushed_just_after_the_end_of_its_pull_request_is_sent_again(
    github, maintainer, end
):
    edit("alpha", maintainer, context_length=4096)
    send()
    delete(the_model("alpha"), by=maintainer)
    done = []

    def end_meanwhile(verb: str, address: str) -> None:
        if verb == "PATCH" and "/git/refs/" in address and not done:
            done.append(getattr(github, end)(1) or True)

    github.fault = end_meanwhile
    send()
    github.fault = None
    send()
    assert done
    assert states() == ["merged" if end == "merge" else "closed", "open"]
    (pull,) = github.open_pulls()
    assert pull["title"] == "FEAT: [model] alpha removed"


def test_a_pull_request_that_is_merged_before_it_can_be_closed_is_taken_back(github, maintainer):
    submission = Submission(definition=written(llm_record("gamma")), visibility=Visibility.PUBLIC)
    register("llm", submission, by=maintainer)
    send()
    set_expiry(the_model("gamma"), timezone.now() - timedelta(days=1), by=maintainer)
    done = []

    def merge_meanwhile(verb: str, address: str) -> None:
        if verb == "PATCH" and address.endswith("/pulls/1") and not done:
            done.append(github.merge(1))

    github.fault = merge_meanwhile
    send()
    github.fault = None
    send()
    assert done
    assert states() == ["merged", "open"]
    (pull,) = github.open_pulls()
    assert pull["title"] == "FEAT: [model] gamma removed"


def test_one_of_several_models_that_was_taken_back_too_late_is_removed_again(github, maintainer):
    for name in ("gamma", "delta"):
        submission = Submission(definition=written(llm_record(name)), visibility=Visibility.PUBLIC)
        register("llm", submission, by=maintainer)
    send()
    assert len(github.pulls) == 1
    delete(the_model("gamma"), by=maintainer)
    done = []

    def merge_meanwhile(verb: str, address: str) -> None:
        if verb == "PATCH" and "/git/refs/" in address and not done:
            done.append(github.merge(1))

    github.fault = merge_meanwhile
    send()
    github.fault = None
    send()
    assert done
    assert states() == ["merged", "merged", "open"]
    (pull,) = github.open_pulls()
    assert pull["title"] == "FEAT: [model] gamma removed"
