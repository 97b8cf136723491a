"""What waits for upstream or GitHub goes on by itself, and a fault sends nothing twice."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from models_registry.actions.edit import edit as edit_model
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.definitions.upstream_files.layouts import AGGREGATE_PATHS
from models_registry.models import (
    PullRequest,
    UpstreamChange,
    Visibility,
)
from models_registry.sync.follow_upstream import follow_upstream
from models_registry.upstream import polling, worker
from models_registry.upstream import worker as outbox
from tests.factories import image_record, llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream_fixtures import HUB_TOKEN, path
from tests.standins.github import _invalid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


AGGREGATE = AGGREGATE_PATHS["llm"]


def upstream_in(layout: str, github) -> str:
    """Where the model alpha stands; the hub has seen it there."""
    if layout == "split":
        return path("alpha")
    both = written(llm_record("alpha"), llm_record("beta"))
    github.commit({path("alpha"): None, path("beta"): None, AGGREGATE: both})
    follow_upstream()
    return AGGREGATE


def last_error(name: str = "alpha") -> str:
    return UpstreamChange.objects.filter(name=name).latest("pk").error_text


def let_time_pass() -> None:
    """Send what is due by itself two hours from now, with nobody who asks for it."""
    later = timezone.now() + timedelta(hours=2)
    for pk in list(worker.due(later).values_list("pk", flat=True)):
        PullRequest.objects.filter(pk=pk).update(next_attempt_at=timezone.now())
    worker.send_due()


def register_paint(by) -> None:
    definition = written(image_record("paint"))
    register("image", Submission(definition=definition, visibility=Visibility.PUBLIC), by=by)


@pytest.mark.parametrize("layout", ["split", "aggregate"])
@pytest.mark.parametrize("text", ["[\n  {,\n", b"\xff\xfe"])
def test_a_broken_file_upstream_lets_its_own_models_wait_and_no_others(
    github, maintainer, layout, text
):
    place = upstream_in(layout, github)
    good = github.file(place)
    edit("alpha", maintainer, context_length=4096)
    register_paint(maintainer)
    github.commit({place: text})
    send()
    assert dict(UpstreamChange.objects.values_list("name", "state")) == {
        "alpha": "waiting", "paint": "open",
    }  # fmt: skip
    assert place in last_error()
    assert "The fault is upstream's" in last_error()
    (pull,) = github.pulls
    changed = github.git("diff", "--name-only", "main", pull["head"]["sha"]).splitlines()
    assert len(changed) == 1
    assert "/image/" in changed[0]
    github.commit({place: good})
    let_time_pass()
    assert set(states()) == {"open"}
    (pull,) = github.pulls
    records = json.loads(github.file(place, pull["head"]["sha"]))
    assert records[0]["context_length"] == 4096
    assert last_error() == ""


def test_a_change_that_waits_was_not_merged_with_the_rest_of_its_pull_request(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    register_paint(maintainer)
    send()
    assert states() == ["open", "open"]
    good = github.file(path("alpha"))
    github.commit({path("alpha"): "[{"})
    edit_model(
        the_model("paint"),
        Submission(definition=written(image_record("paint", model_family="other"))),
        by=maintainer,
        base_revision=1,
    )
    send()
    github.merge(1)
    polling.poll()
    assert github.file(path("alpha")) == "[{"
    github.commit({path("alpha"): good})
    let_time_pass()
    let_time_pass()
    assert len(github.pulls) == 2
    (record,) = json.loads(github.file(path("alpha"), github.pulls[1]["head"]["sha"]))
    assert record["context_length"] == 4096


def test_an_open_pull_request_whose_file_breaks_upstream_stays_as_it_is(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    before = github.pulls[0]["head"]["sha"]
    github.commit({path("alpha"): "[{"})
    edit("alpha", maintainer, context_length=8192)
    send()
    (pull,) = github.open_pulls()
    assert pull["head"]["sha"] == before
    assert path("alpha") in last_error()


def archived(github):
    github.fault = lambda verb, address: "archived" if verb != "GET" else None
    return lambda: setattr(github, "fault", None)


def locked(github):
    github.fault = lambda verb, address: "conflict" if address.endswith("/git/trees") else None
    return lambda: setattr(github, "fault", None)


def revoked(github):
    login = github.revoke(HUB_TOKEN)
    return lambda: github.people.update({HUB_TOKEN: login})


def renamed_branch(github):
    github.git("update-ref", "refs/heads/kept", github.head())
    github.git("update-ref", "-d", "refs/heads/main")
    return lambda: github.git("update-ref", "refs/heads/main", github.head("kept"))


def unreachable(github):
    name, github.name = github.name, "xorbitsai/elsewhere"
    return lambda: setattr(github, "name", name)


@pytest.mark.parametrize("cause", [archived, locked, revoked, renamed_branch, unreachable])
def test_a_passing_cause_is_shown_and_retried_automatically(github, maintainer, cause):
    mend = cause(github)
    edit("alpha", maintainer, context_length=4096)
    send()
    assert github.pulls == []
    assert last_error()
    for _ in range(3):
        let_time_pass()
    assert github.pulls == []
    mend()
    let_time_pass()
    assert states() == ["open"]
    assert len(github.pulls) == 1
    assert last_error() == ""


def test_what_github_cannot_do_for_a_day_is_still_tried_afterwards(github, maintainer):
    github.fault = lambda verb, address: "502 before" if verb != "GET" else None
    edit("alpha", maintainer, context_length=4096)
    for _ in range(worker.MAX_ATTEMPTS + 1):
        let_time_pass()
    assert states() == ["failed"]
    github.fault = None
    let_time_pass()
    assert states() == ["open"]


def test_a_refusal_that_no_repetition_can_mend_is_not_retried(github, maintainer):
    original = github._carry_out

    def refuse(verb, path, query, content, token):
        if verb == "POST" and path.endswith("/git/refs"):
            raise _invalid("Repository rule violations found")
        return original(verb, path, query, content, token)

    github._carry_out = refuse
    edit("alpha", maintainer, context_length=4096)
    send()
    assert states() == ["failed"]
    assert "rule violations" in UpstreamChange.objects.get().error_text
    github.log.clear()
    send()
    assert [verb for verb, _ in github.log if verb != "GET"] == []


@pytest.mark.parametrize("kind", ["502 before", "502 after", "cut before", "cut after"])
@pytest.mark.parametrize(
    ("verb", "route"),
    [
        ("POST", "/git/trees"),
        ("POST", "/git/commits"),
        ("POST", "/git/refs"),
        ("POST", "/pulls"),
    ],
)
def test_a_fault_at_any_write_ends_in_one_pull_request(github, maintainer, kind, verb, route):
    faults = [kind]

    def fault(asked_verb, asked_path):
        is_it = asked_verb == verb and asked_path.endswith(route)
        return faults.pop() if is_it and faults else None

    github.fault = fault
    edit("alpha", maintainer, context_length=4096)
    send()
    assert faults == []
    send()
    assert len(github.pulls) == 1
    assert states() == ["open"]


def test_a_missing_repository_is_reported_and_a_retry_continues(github, maintainer):
    name, github.name = github.name, "xorbitsai/elsewhere"
    edit("alpha", maintainer, context_length=4096)
    send()
    assert states() == ["failed"]
    assert "404" in UpstreamChange.objects.get().error_text
    github.name = name
    outbox.retry(UpstreamChange.objects.get())
    send()
    assert states() == ["open"]


def test_a_revoked_token_is_reported_and_a_retry_with_a_good_one_continues(github, maintainer):
    login = github.revoke(HUB_TOKEN)
    edit("alpha", maintainer, context_length=4096)
    send()
    assert states() == ["failed"]
    assert "wrong, revoked or expired" in UpstreamChange.objects.get().error_text
    assert HUB_TOKEN not in UpstreamChange.objects.get().error_text
    github.people[HUB_TOKEN] = login
    outbox.retry(UpstreamChange.objects.get())
    send()
    assert states() == ["open"]
