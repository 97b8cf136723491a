"""Recorded changes of upstream's files, made again: in the hub, by a maintainer, to a pull request.

By default some cases of each kind. All 79, in both layouts, take a quarter of an hour:

    .venv/bin/pytest -m faults tests/journeys/test_replay.py
"""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from models_registry import publication
from models_registry.actions.delete import delete
from models_registry.actions.edit import edit
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.changes import changing
from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.upstream_files.layouts import split_path
from models_registry.definitions.upstream_files.placing import definitions_in, standard
from models_registry.errors import InvalidDefinition, NothingChanged
from models_registry.models import RegisteredModel, UpstreamChange, Visibility
from models_registry.upstream.patch import file_patch
from tests.factories import a_user
from tests.models_registry.replay import Case, cases
from tests.standins.github import GitHubStandIn
from tests.upstream_data import UPSTREAM

pytestmark = pytest.mark.django_db
TOKEN = "ghp_" + "r" * 36
ALL = cases(UPSTREAM)
# One of each kind, and those in which something is unlike the others.
SOME = {"002", "018", "034", "090", "138"}


# These files were not in the standard layout before: people's tool rewrote them as a whole, while
# the hub touches only what changes.
REWRITTEN: set[str] = {"018", "030", "124"}


def each_case() -> list:
    """All cases; those beyond the usual ones take too long for every day."""
    marked = []
    for case in ALL:
        number = case.facts["id"][:3]
        marks = [] if number in SOME else [pytest.mark.faults]
        marked.append(pytest.param(case, id=number, marks=marks))
    return marked


@pytest.fixture
def github(tmp_path, settings):
    """Upstream without any file yet."""
    standin = GitHubStandIn(tmp_path)
    standin.knows(TOKEN, "hub-bot")
    settings.ENV = dataclasses.replace(
        settings.ENV, github_api_url=standin.url, github_token=TOKEN, gather_seconds=3600
    )
    yield standin
    standin.stop()


@pytest.mark.parametrize("case", each_case())
def test_a_recorded_change_comes_out_as_it_was_in_the_aggregate_layout(case, github, tmp_path):
    before = case.before
    github.commit(before, message="Before")
    after = made_by_people(case, before, tmp_path)
    head = carry_out(case, before, github, tmp_path)
    meant = {path for path in after if in_any_order(after[path]) != in_any_order(before[path])}
    marked = {one["file"] for one in case.facts["changes"] if is_unmarked(one["after"])}
    touched = changed_files(github, head)
    assert meant <= touched <= meant | marked
    for path in touched:
        ours = github.file(path, head)
        if case.facts["byte_exact"] and case.facts["id"][:3] not in REWRITTEN:
            assert file_patch(path, bare(after[path]), bare(ours))[:2000] == ""
        else:
            assert in_any_order(ours) == in_any_order(after[path])


@pytest.mark.parametrize("case", each_case())
def test_a_recorded_change_comes_out_as_it_was_in_the_split_layout(case, github, tmp_path):
    before = case.before
    files, wanted = {}, {}
    for path, text in before.items():
        model_type = path.split("/")[2]
        names = {record_name(record) for record in json.loads(text)}
        for name, definition in definitions_in(text, names).items():
            files[split_path(model_type, name)] = standard(definition)
    for path, definitions in case.wanted(before).items():
        for name, definition in definitions.items():
            wanted[split_path(path.split("/")[2], name)] = definition or ""
    github.commit(files, message="Before")
    head = carry_out(case, before, github, tmp_path)
    meant = {path for path in wanted if content(wanted[path]) != content(files.get(path, ""))}
    marked = {path for path in wanted if any(map(is_unmarked, json.loads(wanted[path] or "[]")))}
    touched = changed_files(github, head)
    assert meant <= touched <= meant | marked
    for path in touched:
        ours = github.file(path, head) or ""
        assert file_patch(path, bare(wanted[path]), bare(ours))[:2000] == ""


def carry_out(case: Case, before: dict[str, str], github: GitHubStandIn, folder: Path) -> str:
    """Import upstream, make the change in the hub and send it; the head of the pull request.

    The hub sends nothing if a recorded commit only raised time stamps; then it is main's head.
    """
    checkout = folder / "checkout"
    subprocess.run(["git", "clone", "-q", str(github.git_dir), str(checkout)], check=True)
    call_command("import_catalogue", f"dir:{checkout}", verbosity=0)
    maintainer = a_user("ada", is_superuser=True)
    for path, definitions in case.wanted(before).items():
        for name, wanted in definitions.items():
            change(path.split("/")[2], name, wanted, by=maintainer)
    call_command("send_changes", verbosity=0)
    assert set(UpstreamChange.objects.values_list("state", "last_error")) <= {("open", "")}
    if not github.pulls:
        return github.head()
    (pull,) = github.pulls
    recorded = re.sub(r" \(#\d+\)$", "", case.facts["title"])
    if case.facts["kind"] != "sync" and not recorded.startswith("chore:"):
        # Its models stood in no order that one can tell.
        assert sorted(pull["title"].split('"')) == sorted(recorded.split('"'))
    return pull["head"]["sha"]


def change(model_type: str, name: str, wanted: str | None, *, by) -> None:
    """What a maintainer does in the hub."""
    model = RegisteredModel.objects.filter(model_type=model_type, name=name).first()
    try:
        if wanted is None:
            delete(model, by=by)
        elif model is None:
            submission = Submission(definition=wanted, visibility=Visibility.PUBLIC)
            register(model_type, submission, by=by)
        else:
            number = model.published_revision.number
            edit(model, Submission(definition=wanted), by=by, base_revision=number)
    except NothingChanged:
        pass
    except InvalidDefinition:
        assert name in REFUSED_TODAY[model_type].split()
        publish_all_the_same(model_type, name, wanted, by=by)


# Definitions that were good then, and that today's schema refuses.
REFUSED_TODAY = {
    "audio": "whisper-base-mlx whisper-base.en-mlx whisper-large-v3-mlx whisper-large-v3-turbo-mlx "
    "whisper-medium-mlx whisper-medium.en-mlx whisper-small-mlx whisper-small.en-mlx "
    "whisper-tiny-mlx whisper-tiny.en-mlx",
    "image": "FLUX.1-Kontext-dev FLUX.2-klein-9B",
    "llm": "GLM-4.6 speech_campplus_sv_zh-cn_16k-common",
    "video": "CogVideoX-2b CogVideoX-5b HunyuanVideo Wan2.1-1.3B Wan2.1-14B Wan2.1-flf2v-14B-720p "
    "Wan2.1-i2v-14B-480p Wan2.1-i2v-14B-720p Wan2.2-A14B Wan2.2-i2v-A14B Wan2.2-ti2v-5B",
}


def publish_all_the_same(model_type: str, name: str, wanted: str, *, by) -> None:
    """Publish what a hub of that time would have, under all the rules but today's schema."""
    model, _ = RegisteredModel.objects.get_or_create(
        model_type=model_type,
        name=name,
        name_key=name.casefold(),
        defaults={"visibility": Visibility.PUBLIC},
    )
    with changing([model]) as change:
        publication.publish(model, publication.Content(definition=wanted, readme=""), by=by)
        change.touch(model, by=by)


def made_by_people(case: Case, before: dict[str, str], folder: Path) -> dict[str, str]:
    """The files after the recorded commit, by its own diff."""
    work = folder / "recorded"
    for path, text in before.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(text.encode())
    diff = (case.folder / "expected.diff").read_bytes()
    subprocess.run(["git", "apply", "-p1"], cwd=work, input=diff, check=True)
    return {path: (work / path).read_bytes().decode() for path in before}


def changed_files(github: GitHubStandIn, head: str) -> set[str]:
    return set(github.git("diff", "--name-only", "main", head).splitlines())


def is_unmarked(record: dict | None) -> bool:
    """Whether a record lacks what the hub adds to what it publishes."""
    return record is not None and not {"featured", "updated_at"} <= set(record)


def content(text: str) -> list:
    """The records of a text without their time stamps; an empty text has no records."""
    return [{"featured": False, **record, "updated_at": 0} for record in json.loads(text or "[]")]


def in_any_order(text: str) -> list[str]:
    return sorted(json.dumps(record, sort_keys=True) for record in content(text))


def bare(text: str) -> str:
    """The text without what the hub sets in what it publishes: time stamps, marks of the usual."""
    return re.sub(r',\n +"(updated_at": \d+|featured": false)', "", text)
