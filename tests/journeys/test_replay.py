"""Recorded changes of upstream's files, made again: in the hub, by a maintainer, to a pull request.

By default some cases of each kind. All 79, in both layouts, take about half an hour:

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

from models_registry import publication, use_cases
from models_registry.catalogue import build
from models_registry.definitions.kinds import record_name
from models_registry.definitions.layouts import split_path
from models_registry.definitions.placing import definitions_in, standard
from models_registry.errors import InvalidDefinition, NothingChanged
from models_registry.models import RegisteredModel, Visibility
from models_registry.outbox_tables import UpstreamChange
from models_registry.upstream.outgoing import note_change
from models_registry.use_cases import Submission
from tests.conftest import UPSTREAM
from tests.factories import a_user
from tests.models_registry.replay import Case, cases
from tests.standins.github import GitHubStandIn

pytestmark = pytest.mark.django_db
TOKEN = "ghp_" + "r" * 36
ALL = cases(UPSTREAM) if UPSTREAM.is_dir() else []
# One of each kind, and those in which something is unlike the others.
SOME = {"002", "018", "034", "090", "138"}


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
    head = carry_out(case, before, github, tmp_path)
    after = made_by_people(case, before, tmp_path)
    assert changed_files(github, head) == sorted(p for p in after if after[p] != before[p])
    for path, text in after.items():
        assert_same(github.file(path, head), text, case, path)


@pytest.mark.parametrize("case", each_case())
def test_a_recorded_change_comes_out_as_it_was_in_the_split_layout(case, github, tmp_path):
    before = case.before
    files, expected = {}, {}
    for path, text in before.items():
        model_type = path.split("/")[2]
        names = {record_name(record) for record in json.loads(text)}
        for name, definition in definitions_in(text, names).items():
            files[split_path(model_type, name)] = standard(definition)
    for path, definitions in case.wanted(before).items():
        for name, definition in definitions.items():
            expected[split_path(path.split("/")[2], name)] = definition
    github.commit(files, message="Before")
    head = carry_out(case, before, github, tmp_path)
    differing = [
        path
        for path, text in expected.items()
        if without_stamps(text or "") != without_stamps(files.get(path, ""))
    ]
    assert changed_files(github, head) == sorted(differing)
    for path in differing:
        assert without_stamps(github.file(path, head) or "") == without_stamps(expected[path] or "")


def carry_out(case: Case, before: dict[str, str], github: GitHubStandIn, folder: Path) -> str:
    """Import what upstream has, change it in the hub, send it; the head of the pull request."""
    checkout = folder / "checkout"
    subprocess.run(["git", "clone", "-q", str(github.git_dir), str(checkout)], check=True)
    call_command("import_catalogue", f"dir:{checkout}", verbosity=0)
    maintainer = a_user("ada", is_superuser=True)
    for path, definitions in case.wanted(before).items():
        for name, wanted in definitions.items():
            change(path.split("/")[2], name, wanted, by=maintainer)
    call_command("send_changes", verbosity=0)
    states = set(UpstreamChange.objects.values_list("state", "last_error"))
    assert states == {("open", "")}
    (pull,) = github.pulls
    recorded = re.sub(r" \(#\d+\)$", "", case.facts["title"])
    if case.facts["kind"] != "sync" and not recorded.startswith("chore:"):
        assert pull["title"] == recorded
    return pull["head"]["sha"]


def change(model_type: str, name: str, wanted: str | None, *, by) -> None:
    """What a maintainer does in the hub."""
    model = RegisteredModel.objects.filter(model_type=model_type, name=name).first()
    try:
        if wanted is None:
            use_cases.delete(model, by=by)
        elif model is None:
            submission = Submission(definition=wanted, visibility=Visibility.PUBLIC)
            use_cases.register(model_type, submission, by=by)
        else:
            number = model.published_revision.number
            use_cases.edit(model, Submission(definition=wanted), by=by, base_revision=number)
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
    publication.publish(model, publication.Content(definition=wanted, readme=""), by=by)
    build.rebuild([model_type])
    note_change(RegisteredModel.objects.get(pk=model.pk), by=by)


def made_by_people(case: Case, before: dict[str, str], folder: Path) -> dict[str, str]:
    """The files after the recorded commit, by its own diff."""
    work = folder / "recorded"
    for path, text in before.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(text.encode())
    diff = (case.folder / "expected.diff").read_bytes()
    subprocess.run(["git", "apply", "-p1"], cwd=work, input=diff, check=True)
    return {path: (work / path).read_bytes().decode() for path in before}


def changed_files(github: GitHubStandIn, head: str) -> list[str]:
    return sorted(github.git("diff", "--name-only", "main", head).splitlines())


def assert_same(ours: str, theirs: str, case: Case, path: str) -> None:
    assert without_stamps(ours) == without_stamps(theirs)


def without_stamps(text: str) -> str:
    """The text with every time the same."""
    return re.sub(r'"updated_at": \d+', '"updated_at": 0', text)
