"""What must hold after a life of faults: nothing lost, nothing twice, no hand edit reverted."""

from __future__ import annotations

import json
from collections.abc import Iterable

from models_registry.models import (
    ChangeState,
    PullRequest,
    PullRequestState,
    RegisteredModel,
    UpstreamChange,
    Visibility,
)
from tests.faults.random_history import Life, value_of
from tests.faults.upstream_files import Key, UpstreamFiles

SENT = {ChangeState.OPEN, ChangeState.MERGED, ChangeState.CLOSED}
OVER = {ChangeState.MERGED, ChangeState.CLOSED, ChangeState.NOTHING, ChangeState.CANCELLED}


def check(life: Life, *, gathering: bool) -> None:
    """Hold hub and upstream against what was meant, when all is settled."""
    check_changes(life)
    check_pull_requests(life, gathering=gathering)
    check_models(life)
    check_history(life.files)


def hub_models() -> dict[Key, list[dict]]:
    """What the hub publishes."""
    found = RegisteredModel.objects.select_related("published_revision")
    return {
        (model.model_type, model.name): json.loads(model.published_revision.definition)
        for model in found.filter(visibility=Visibility.PUBLIC)
        if model.published_revision and not model.is_expired()
    }


def check_changes(life: Life) -> None:
    """Every change that somebody made is there, and came to an end."""
    rows = {change.key: change for change in UpstreamChange.objects.all()}
    assert set(life.keys) <= set(rows)
    unfinished = [
        (change.name, change.state, change.last_error)
        for change in rows.values()
        if change.state not in OVER
    ]
    assert unfinished == []
    for change in rows.values():
        assert change.pull_request_id is not None


def check_pull_requests(life: Life, *, gathering: bool) -> None:
    """There is one pull request for each group of changes that was sent, and none besides.

    A group is what the outbox put together: the changes of one model until its pull request is
    over, and, while changes are gathered, those of one person within that time. A group of which
    nothing was left, before it was opened, has none.
    """
    github = life.github
    rows = {}
    for row in PullRequest.objects.exclude(number=None):
        twin = rows.setdefault(row.number, row)
        assert twin == row, [
            (one.pk, one.number, one.state, one.branch, one.head_repository, one.commits)
            for one in (row, twin)
        ]
    assert sorted(rows) == [pull["number"] for pull in github.pulls]
    branches = [pull["head"]["ref"] for pull in github.pulls]
    assert len(branches) == len(set(branches))
    groups: dict[int, set[Key]] = {}
    for change in UpstreamChange.objects.select_related("pull_request"):
        # The commit tells which pull request a change went out with.
        assert not change.commit or change.commit in change.pull_request.commits, change
        if change.state in SENT:
            assert change.commit, life.story((change.model_type, change.name))
            groups.setdefault(change.pull_request_id, set())
        if change.commit:
            groups.setdefault(change.pull_request_id, set()).add((change.model_type, change.name))
    for row in PullRequest.objects.filter(number=None):
        groups.pop(row.pk, None)
        assert row.state == PullRequestState.DROPPED, row
        assert not row.changes.filter(state__in=SENT).exists(), row
        assert row.branch not in github.branches()
    for number, row in rows.items():
        if row.pk not in groups:
            # It ended with somebody else's commit, before the hub had noted what was in it.
            assert github.pulls[number - 1]["head"]["sha"] not in row.commits, row
            groups[row.pk] = touched_models(life.files, github.pulls[number - 1]["head"]["sha"])
    assert {row.pk for row in rows.values()} == set(groups)
    assert len(github.pulls) == len(groups)
    for pull in github.pulls:
        row = rows[pull["number"]]
        assert row.branch == pull["head"]["ref"]
        touched = touched_models(life.files, pull["head"]["sha"])
        assert touched <= groups[row.pk], (pull["number"], touched, groups[row.pk])
        if not gathering:
            assert len(groups[row.pk]) == 1


def touched_models(files: UpstreamFiles, head: str) -> set[Key]:
    """What a pull request changes: its merge, else its branch since it left main."""
    git = files.github.git
    merges = [
        line.split() for line in git("rev-list", "--first-parent", "--parents", "main").splitlines()
    ]
    merge = next((one for one in merges if one[2:] == [head]), None)
    before, after = (merge[1], merge[0]) if merge else (git("merge-base", "main", head), head)
    old, new = files.records(before), files.records(after)
    return {key for key in {*old, *new} if old.get(key) != new.get(key)}


def check_disjoint(life: Life) -> None:
    """No two open pull requests change the same model, so that no change is sent twice."""
    with life.github.lock:
        heads = [(one["number"], one["head"]["sha"]) for one in life.github.open_pulls()]
        seen: dict[Key, int] = {}
        for number, head in heads:
            for key in touched_models(life.files, head):
                assert key not in seen, f"{key} is in #{seen[key]} and in #{number}"
                seen[key] = number


def check_models(life: Life) -> None:
    """Upstream and the hub have what was meant, and every hand edit."""
    there, here = life.files.records(), hub_models()
    for key in {*there, *here, *life.alive}:
        assert there.get(key) == here.get(key), life.story(key)
        assert (key in there) == (key in life.alive), life.story(key)
    for key, records in there.items():
        (record,) = records
        missing = [m for m in life.marks.get(key, []) if m not in record["model_description"]]
        assert missing == [], life.story(key)
        meant = {(life.hub_values.get(key) or [0])[-1], (life.clashes.get(key) or [0])[-1]}
        assert value_of(key, record) in meant, life.story(key)
    texts = life.github.files()
    spelt = sum(text.count('"guidance_scale": 3.0') for text in texts.values())
    assert spelt == len([key for key in life.alive if key[0] == "image"])
    assert not any("\\u" in text for text in texts.values())


def check_history(files: UpstreamFiles) -> None:
    """`updated_at` never went back, and moved only where something else did."""
    commits = files.github.git("rev-list", "--first-parent", "--reverse", "main").splitlines()
    before: dict[Key, list[dict]] = {}
    for commit in commits:
        after = files.records(commit)
        for key in before.keys() & after.keys():
            _check_stamps(commit, key, before[key], after[key])
        before = after


def _check_stamps(commit: str, key: Key, before: Iterable[dict], after: Iterable[dict]) -> None:
    for old, new in zip(before, after, strict=True):
        assert new["updated_at"] >= old["updated_at"], (commit, key)
        if new["updated_at"] != old["updated_at"]:
            assert {**new, "updated_at": 0} != {**old, "updated_at": 0}, (commit, key)
