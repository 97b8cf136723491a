"""Workers killed at any line, and a GitHub that fails: one pull request for each change."""

from __future__ import annotations

import json
import os
import random
import time

import pytest

from tests.factories import llm_record
from tests.faults.conftest import NAMES, Hub
from tests.faults.upstream_files import UpstreamFiles
from tests.standins.github import GitHubStandIn

FAULTS = ["502 before", "502 after", "cut before", "cut after", "primary", "secondary", "429"]
WRITES = [
    ("POST", "/git/trees"),
    ("POST", "/git/commits"),
    ("POST", "/git/refs"),
    ("POST", "/pulls"),
]


def settled(hub: Hub) -> dict:
    """Let workers run until nothing is due; what the hub says then."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        hub.run("send")
        state = hub.run("state")
        if state["due"] == 0 and state["unsent"] == 0:
            return state
        time.sleep(0.2)
    raise AssertionError(state)


# What a kill leaves at GitHub does not depend on the layout of upstream's files.
@pytest.mark.parametrize("files", ["split"], indirect=True)
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("verb", "route"), WRITES)
def test_a_worker_killed_at_a_write_leaves_one_pull_request(
    hub, github, files, verb, route, moment
):
    kills = [moment]

    def fault(asked_verb: str, asked: str) -> str | None:
        if asked_verb != verb or not asked.endswith(route) or not kills:
            return None
        if kills.pop() == "before":
            hub.kill()
            return "cut before"
        killed_after.append(True)
        return "kill after"

    killed_after: list[bool] = []
    github.fault = fault
    github.kill = hub.kill
    hub.run("edit", name="model-0", context_length=4096)
    assert hub.run("send") is None
    state = settled(hub)
    assert len(github.pulls) == 1
    assert [one["state"] for one in state["changes"]] == ["open"]
    sent = files.records(github.pulls[0]["head"]["sha"])["llm", "model-0"]
    assert sent == json.loads(state["models"]["model-0"])


@pytest.mark.parametrize("files", ["split"], indirect=True)
def test_two_workers_at_once_open_one_pull_request_for_each_change(hub, second_hub, github):
    for number in range(6):
        hub.run("edit", name=f"model-{number}", context_length=4096)
    hub.begin("send")
    second_hub.begin("send")
    counts = [hub.end(), second_hub.end()]
    assert None not in counts
    settled(hub)
    assert len(github.pulls) == 6
    creations = [
        asked for asked in github.log if asked[0] == "POST" and asked[1].endswith("/pulls")
    ]
    assert len(creations) == 6


@pytest.mark.parametrize(
    "files", ["split", pytest.param("aggregate", marks=pytest.mark.faults)], indirect=True
)
def test_many_changes_through_faults_kills_and_hand_edits_lose_nothing(hub, github, files):
    run_through_faults(hub, github, files, changes=20, seed=1)


@pytest.mark.faults
def test_three_hundred_changes_through_faults_kills_and_hand_edits_lose_nothing(hub, github, files):
    seed = int(os.environ.get("FAULT_SEED", "7"))
    run_through_faults(hub, github, files, changes=300, seed=seed)


def run_through_faults(
    hub: Hub, github: GitHubStandIn, files: UpstreamFiles, *, changes: int, seed: int
) -> None:
    chance = random.Random(seed)

    def fault(verb: str, asked: str) -> str | None:
        roll = chance.random()
        if roll < 0.03:
            hub.kill()
            return "cut before"
        if roll < 0.05:
            return "kill after"
        return chance.choice(FAULTS) if roll < 0.15 else None

    github.kill = hub.kill
    by_hand: dict[str, str] = {}
    alive, number = set(NAMES), 0
    merged = 0
    for round_ in range(changes):
        github.fault = None
        roll = chance.random()
        name = chance.choice(sorted(alive))
        if roll < 0.15:
            number += 1
            record = llm_record(f"new-{number}")
            assert hub.run("register", record=record)
            alive.add(f"new-{number}")
        elif roll < 0.2 and len(alive) > 5 and name not in by_hand:
            hub.run("delete", name=name)
            alive.discard(name)
        else:
            assert hub.run("edit", name=name, context_length=1000 + round_)
        if chance.random() < 0.3:
            name = chance.choice(sorted(alive))
            if ("llm", name) in files.records():
                by_hand[name] = f"By hand {round_}"
                files.edit(("llm", name), {"model_description": by_hand[name]})
        github.fault = fault
        hub.run("send")
        if chance.random() < 0.2:
            github.fault = None
            settled(hub)
            for pull in github.open_pulls():
                if chance.random() < 0.5 and github.is_mergeable(pull["number"]):
                    github.merge(pull["number"])
                    merged += 1
            hub.run("follow")
    github.fault = None
    settled(hub)
    for _ in range(40):
        for pull in github.open_pulls():
            if github.is_mergeable(pull["number"]):
                github.merge(pull["number"])
        hub.run("follow")
        state = settled(hub)
        if not github.open_pulls():
            break
    hub.run("follow")
    state = settled(hub)
    told = [one for one in state["changes"] if one["state"] not in ("merged", "nothing")]
    assert told == []
    assert merged > 0
    labels = [pull["head"]["label"] for pull in github.pulls]
    assert len(labels) == len(set(labels))
    assert len(github.pulls) == len([one for one in state["pulls"] if one["number"]])
    there = files.records()
    assert {("llm", name) for name in alive} == set(there)
    for name in alive:
        assert there["llm", name] == json.loads(state["models"][name]), name
    for name, text in by_hand.items():
        assert there["llm", name][0]["model_description"] == text
