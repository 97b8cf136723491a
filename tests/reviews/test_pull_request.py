"""The patch that a reviewer reads is the patch that git applies."""

from __future__ import annotations

import json
import subprocess

import pytest

from models_registry.actions.edit import edit as edit_model
from models_registry.actions.submission import Submission
from models_registry.models import UpstreamFile, UpstreamPath
from reviews.models import Proposal
from reviews.pull_request import preview
from tests.factories import a_model, llm_record, written
from tests.reviews.conftest import a_next_round, a_proposal

PATH = "xinference/model/llm/models/tiny-llm.json"


def applied(folder, before: str | None, patch: str) -> str:
    """The file after `git apply`."""
    file = folder / PATH
    file.parent.mkdir(parents=True)
    if before is not None:
        file.write_bytes(before.encode())
    done = subprocess.run(
        ["git", "apply", "-p1", "-"], cwd=folder, input=patch.encode(), capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return file.read_bytes().decode()


def test_a_new_model_is_a_new_file(proposal, tmp_path):
    found = preview(proposal)
    assert (found.title, found.path) == ("FEAT: [model] tiny-llm support", PATH)
    assert found.is_new
    assert applied(tmp_path, None, found.patch) == proposal.definition


@pytest.mark.parametrize(
    "before",
    [
        written(llm_record()),
        written(llm_record(model_lang=["中文"])).rstrip("\n"),
    ],
)
def test_an_update_is_a_patch_of_what_upstream_has(author, tmp_path, before):
    model = a_model(owner=author)
    UpstreamFile.objects.create(model=model, path=PATH, layout="split", text=before, source="t")
    edit = a_next_round(Proposal.objects.get(model=model), author)
    found = preview(Proposal.objects.get(pk=edit.pk))
    assert found.title == 'ENH: update model "tiny-llm" JSON'
    assert applied(tmp_path, before, found.patch) == edit.definition
    kinds = {kind for kind, _line in found.lines}
    assert {"head", "hunk", "added", "gone"} <= kinds


def test_nothing_that_upstream_has_already_makes_a_pull_request(author):
    proposal = a_proposal(author)
    UpstreamFile.objects.create(
        model=proposal.model, path=PATH, layout="split", text=proposal.definition, source="t"
    )
    assert preview(Proposal.objects.get(pk=proposal.pk)) is None


def test_enterprise_models_never_go_upstream(author):
    model = a_model(visibility="enterprise", owner=author)
    revision = edit_model(model, Submission(readme="# B\n"), by=author, base_revision=1)
    assert preview(revision) is None


def test_in_the_aggregate_layout_one_record_changes_and_nothing_else(author, tmp_path):
    path = "xinference/model/llm/llm_family.json"
    other, old = llm_record("other"), llm_record()
    before = written(other, old)
    UpstreamPath.objects.create(path=path, text=before)
    model = a_model(owner=author)
    UpstreamFile.objects.create(
        model=model, path=path, layout="aggregate", text=written(old), source="t"
    )
    edit = a_next_round(Proposal.objects.get(model=model), author)
    found = preview(Proposal.objects.get(pk=edit.pk))
    assert found.path == path
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(before)
    subprocess.run(
        ["git", "apply", "-p1", "-"], cwd=tmp_path, input=found.patch.encode(), check=True
    )
    after = json.loads(file.read_text())
    assert after == [other, json.loads(edit.definition)[0]]
    assert file.read_text().startswith(written(other).removesuffix("\n]\n"))
