"""Every request to GitHub is one that GitHub documents, and the stand-in answers as documented."""

from __future__ import annotations

import dataclasses
import json
import os

import pytest

from models_registry.actions.delete import delete
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import PullRequest, Visibility
from models_registry.sync.follow_upstream import follow_upstream
from models_registry.upstream import polling
from tests.factories import llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, the_model
from tests.models_registry.upstream_fixtures import path
from tests.standins import openapi
from tests.standins.openapi import Description, Exchange

GOOD = Exchange(
    verb="POST",
    target="/repos/xorbitsai/inference/pulls",
    headers={
        "User-Agent": "x",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Authorization": "token ghp_x",
        "Content-Type": "application/json",
    },
    content={"title": "t", "head": "me:branch", "base": "main", "body": "b"},
    status=201,
    answer={"number": 1, "state": "open"},
)


@pytest.fixture(scope="session")
def description() -> Description:
    """What GitHub documents, fetched by `make test`."""
    if not openapi.FILE.exists():
        message = f"{openapi.FILE} is missing; python -m tests.standins.openapi fetches it with npm"
        if os.environ.get(openapi.REQUIRED):
            pytest.fail(message)
        pytest.skip(message)
    return Description(json.loads(openapi.FILE.read_text(encoding="utf-8")))


@pytest.mark.django_db
@pytest.mark.usefixtures("imported")
def test_all_that_a_delivery_asks_is_documented_and_so_are_the_answers(
    description, github, maintainer, settings
):
    go_through_everything(github, maintainer, settings)
    wrong = [
        problem
        for exchange in github.exchanges
        for problem in [
            *description.problems_of_request(exchange),
            *([] if exchange.fault else description.problems_of_answer(exchange)),
        ]
    ]
    assert sorted(set(wrong)) == []
    operations = {
        description.operation_of(exchange.verb, exchange.target) for exchange in github.exchanges
    }
    assert operations == OPERATIONS


# All that the hub asks of GitHub's API in this room. What is new here must be asked above, too.
OPERATIONS = {
    "GET /user",
    "GET /repos/{owner}/{repo}",
    "GET /repos/{owner}/{repo}/git/ref/{ref}",
    "GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
    "GET /repos/{owner}/{repo}/git/trees/{tree_sha}",
    "GET /repos/{owner}/{repo}/git/blobs/{file_sha}",
    "GET /repos/{owner}/{repo}/tarball/{ref}",
    "POST /repos/{owner}/{repo}/git/trees",
    "POST /repos/{owner}/{repo}/git/commits",
    "POST /repos/{owner}/{repo}/git/refs",
    "PATCH /repos/{owner}/{repo}/git/refs/{ref}",
    "DELETE /repos/{owner}/{repo}/git/refs/{ref}",
    "GET /repos/{owner}/{repo}/pulls",
    "POST /repos/{owner}/{repo}/pulls",
    "GET /repos/{owner}/{repo}/pulls/{pull_number}",
    "PATCH /repos/{owner}/{repo}/pulls/{pull_number}",
    "POST /repos/{owner}/{repo}/forks",
    "POST /repos/{owner}/{repo}/merge-upstream",
}


def go_through_everything(github, maintainer, settings) -> None:
    """All that can happen between the hub and GitHub, so that everything is asked once."""
    settings.ENV = dataclasses.replace(settings.ENV, gather_seconds=0)
    submission = Submission(definition=written(llm_record("gamma")), visibility=Visibility.PUBLIC)
    register("llm", submission, by=maintainer)
    edit("alpha", maintainer, context_length=4096)
    delete(the_model("beta"), by=maintainer)
    send()
    number = PullRequest.objects.get(changes__name="alpha").number
    github.commit({"README.md": "# Moved on\n"})
    edit("alpha", maintainer, context_length=8192, model_description="Größer.")
    send()
    github.fault = lambda verb, address: "502 after" if verb == "POST" else None
    edit("gamma", maintainer, context_length=8192)
    send()
    github.fault = None
    polling.poll()
    polling.poll()
    assert 304 in {exchange.status for exchange in github.exchanges}
    github.merge(number)
    polling.poll()
    delete(the_model("gamma"), by=maintainer)
    send()
    github.commit({path(f"m-{n}"): written(llm_record(f"m-{n}")) for n in range(25)})
    follow_upstream()
    github.writers.clear()
    edit("m-1", maintainer, context_length=4096)
    send()
    edit("m-1", maintainer, context_length=8192)
    send()
    github.rename("xorbitsai/renamed")
    edit("m-2", maintainer, context_length=4096)
    send()
    assert all(not exchange.last_error for exchange in PullRequest.objects.all())


# What the gateway reads of an answer, and could not do without.
RELIED_ON = {
    ("GET /user", 200): ["login"],
    ("GET /repos/{owner}/{repo}", 200): ["full_name"],
    ("GET /repos/{owner}/{repo}/git/ref/{ref}", 200): ["object/sha"],
    ("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", 200): ["tree/sha"],
    ("GET /repos/{owner}/{repo}/git/trees/{tree_sha}", 200): [
        "tree/path", "tree/type", "tree/sha", "truncated",
    ],
    ("GET /repos/{owner}/{repo}/git/blobs/{file_sha}", 200): ["content"],
    ("POST /repos/{owner}/{repo}/git/trees", 201): ["sha"],
    ("POST /repos/{owner}/{repo}/git/commits", 201): ["sha"],
    ("GET /repos/{owner}/{repo}/pulls", 200): [
        "number", "html_url", "state", "merged_at", "title", "body", "head/ref", "head/sha",
    ],
    ("GET /repos/{owner}/{repo}/pulls/{pull_number}", 200): [
        "number", "html_url", "state", "merged_at", "merged", "title", "body", "head/sha",
    ],
    ("POST /repos/{owner}/{repo}/pulls", 201): ["number", "html_url", "state", "head/sha"],
    ("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", 200): ["number", "state", "head/sha"],
    ("POST /repos/{owner}/{repo}/forks", 202): ["full_name"],
}  # fmt: skip


def test_github_promises_what_the_gateway_relies_on(description):
    missing = [
        (operation, place)
        for (operation, status), places in RELIED_ON.items()
        for place in places
        if not description.is_sure(operation, status, place)
    ]
    assert missing == []


def test_a_good_request_has_no_problem(description):
    assert description.problems_of_request(GOOD) == []
    assert description.problems_of_answer(GOOD) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": "/repos/xorbitsai/inference/pull"}, "no operation"),
        ({"verb": "PUT"}, "no operation"),
        ({"target": "/repos/xorbitsai/inference/pulls?force=1"}, "no parameter 'force'"),
        ({"content": None}, "needs a body"),
        ({"content": {"title": "t", "head": "h"}}, "'base' is a required property"),
        ({"content": GOOD.content | {"titel": "t"}}, "'titel' was unexpected"),
        ({"content": GOOD.content | {"title": 1}}, "1 is not of type 'string'"),
        ({"headers": {**GOOD.headers, "Authorization": ""}}, "needs a token"),
        ({"headers": {**GOOD.headers, "Accept": "*/*"}}, "must accept GitHub's JSON"),
        ({"headers": {**GOOD.headers, "X-GitHub-Api-Version": "1"}}, "must ask for version"),
        ({"headers": {**GOOD.headers, "User-Agent": ""}}, "needs a User-Agent"),
        (
            {
                "target": "/repos/o/r/git/trees",
                "content": {"tree": [{"path": "a", "mode": "777", "type": "blob", "sha": None}]},
            },
            "'777' is not one of",
        ),
        ({"verb": "GET", "target": "/repos/o/r/pulls?state=any", "content": None}, "'any' is not"),
        ({"verb": "GET", "target": "/repos/o/r/pulls/one", "content": None}, "'one' is not of"),
        ({"verb": "DELETE", "target": "/repos/o/r/git/refs/heads/a/b"}, "takes no body"),
    ],
)
def test_a_wrong_request_is_reported(description, change, message):
    problems = description.problems_of_request(dataclasses.replace(GOOD, **change))
    assert any(message in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": 200}, "never answered with 200"),
        ({"answer": {"number": "1"}}, "'1' is not of type 'integer'"),
        ({"answer": {"nummer": 1}}, "'nummer' was unexpected"),
        ({"answer": {"head": {"sha": None}}}, "None is not of type 'string'"),
        ({"status": 422, "answer": {"text": "no"}}, "'text' was unexpected"),
    ],
)
def test_a_wrong_answer_is_reported(description, change, message):
    problems = description.problems_of_answer(dataclasses.replace(GOOD, **change))
    assert any(message in problem for problem in problems), problems
