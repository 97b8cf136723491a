"""A model that was renamed here, at upstream: one pull request, and no second model."""

from __future__ import annotations

import json

import pytest

from models_registry.actions.delete import delete
from models_registry.actions.rename import rename
from models_registry.models import (
    FormerName,
    PullRequest,
    RegisteredModel,
    SourceText,
    UpstreamChange,
    UpstreamFile,
)
from models_registry.sync.follow_upstream import follow_upstream
from models_registry.upstream import polling
from models_registry.upstream.patch import patch_of
from tests.factories import llm_record, served, written
from tests.models_registry.sync.source_lists import update
from tests.models_registry.upstream.deliveries import edit, send, states, the_model
from tests.models_registry.upstream.removed_models import AGGREGATE
from tests.models_registry.upstream_fixtures import *  # noqa: F403
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


@pytest.fixture(params=["split", "aggregate"])
def layout(github, request) -> str:
    """Upstream's layout; the hub has seen it."""
    if request.param == "aggregate":
        text = written(llm_record("alpha"), llm_record("beta"))
        github.commit({path("alpha"): None, path("beta"): None, AGGREGATE: text})
        follow_upstream()
    return request.param


def at(layout: str, name: str) -> str:
    return path(name) if layout == "split" else AGGREGATE


def on_branch(github, layout: str) -> dict[str, dict]:
    """Name → record of what the pull request would make of upstream."""
    [pull] = github.open_pulls()
    files = github.files(pull["head"]["sha"])
    texts = [text for where, text in files.items() if where.endswith(".json")]
    return {record["model_name"]: record for text in texts for record in json.loads(text)}


def here() -> list[str]:
    live = RegisteredModel.objects.public().order_by("name")
    return list(live.values_list("name", flat=True))


def test_one_pull_request_renames_and_is_merged(github, maintainer, layout):
    rename(the_model("alpha"), "omega", by=maintainer)
    send()
    [pull] = github.open_pulls()
    assert pull["title"] == 'ENH: rename model "alpha" to "omega"'
    assert "### Renames `alpha` to `omega` (llm)" in pull["body"]
    assert sorted(on_branch(github, layout)) == ["beta", "omega"]
    github.merge(pull["number"])
    polling.poll_one(PullRequest.objects.get())
    follow_upstream()
    assert here() == ["beta", "omega"]
    assert states() == ["merged"]
    assert UpstreamFile.objects.get(model__name="omega").name_key == "omega"


def test_what_people_edit_upstream_meanwhile_is_kept_and_nothing_comes_back(
    github, maintainer, layout
):
    rename(the_model("alpha"), "omega", by=maintainer)
    send()
    edited = llm_record("alpha", model_description="By hand.")
    text = written(edited) if layout == "split" else written(edited, llm_record("beta"))
    github.commit({at(layout, "alpha"): text})
    follow_upstream()
    assert here() == ["beta", "omega"]
    assert "By hand." in the_model("omega").published_revision.definition
    send()
    branch = on_branch(github, layout)
    assert sorted(branch) == ["beta", "omega"]
    assert branch["omega"]["model_description"] == "By hand."
    assert len(github.open_pulls()) == 1
    follow_upstream()
    assert here() == ["beta", "omega"]


def test_a_pull_request_that_is_open_goes_on_under_the_new_name(github, maintainer, layout):
    edit("alpha", maintainer, context_length=4096)
    send()
    [first] = github.open_pulls()
    rename(the_model("alpha"), "omega", by=maintainer)
    send()
    [pull] = github.open_pulls()
    assert pull["number"] == first["number"]
    branch = on_branch(github, layout)
    assert sorted(branch) == ["beta", "omega"]
    assert branch["omega"]["context_length"] == 4096


def test_a_pull_request_that_was_merged_under_the_former_name(github, maintainer, layout):
    """Upstream was quicker: the renaming becomes a pull request of its own."""
    edit("alpha", maintainer, context_length=4096)
    send()
    [first] = github.open_pulls()
    rename(the_model("alpha"), "omega", by=maintainer)
    github.merge(first["number"])
    follow_upstream()
    send()
    [pull] = github.open_pulls()
    assert pull["number"] != first["number"]
    branch = on_branch(github, layout)
    assert sorted(branch) == ["beta", "omega"]
    assert branch["omega"]["context_length"] == 4096
    assert here() == ["beta", "omega"]
    assert "conflict" not in states()


def test_renaming_back_leaves_nothing_to_do_upstream(github, maintainer, layout):
    model = the_model("alpha")
    rename(model, "omega", by=maintainer)
    send()
    rename(model, "alpha", by=maintainer)
    send()
    assert github.open_pulls() == []
    follow_upstream()
    assert here() == ["alpha", "beta"]


def test_a_renamed_model_that_is_deleted_is_removed_upstream(github, maintainer, layout):
    model = the_model("alpha")
    rename(model, "omega", by=maintainer)
    delete(the_model("omega"), by=maintainer)
    send()
    assert sorted(on_branch(github, layout)) == ["beta"]
    follow_upstream()
    assert here() == ["beta"]


@pytest.mark.parametrize("is_followed", [False, True])
def test_upstream_has_another_model_under_the_new_name(github, maintainer, layout, is_followed):
    rename(the_model("alpha"), "omega", by=maintainer)
    other = llm_record("omega", model_description="Somebody else's.")
    text = written(other)
    if layout == "aggregate":
        text = written(llm_record("alpha"), llm_record("beta"), other)
    github.commit({at(layout, "omega"): text})
    if is_followed:
        follow_upstream()
    send()
    follow_upstream()
    assert github.open_pulls() == []
    assert states() == ["conflict"]
    assert "Somebody else's." not in the_model("omega").published_revision.definition


def test_a_source_has_another_model_under_the_new_name(maintainer):
    update(llm_record("alpha"))
    rename(the_model("alpha"), "omega", by=maintainer)
    other = llm_record("omega", model_description="Somebody else's.")
    outcome = update(llm_record("alpha"), other)
    assert [conflict["name"] for conflict in outcome.conflicts] == ["omega"]
    assert "Somebody else's." not in the_model("omega").published_revision.definition


@pytest.mark.parametrize("name", ["alpha", "ALPHA"])
def test_a_new_model_with_the_former_name(github, maintainer, layout, name):
    """It waits for the name, and then it is a model of its own; the rest of upstream goes on."""
    rename(the_model("alpha"), "omega", by=maintainer)
    send()
    github.merge(1)
    polling.poll_one(PullRequest.objects.get())
    follow_upstream()
    ours = the_model("omega").published_revision
    other = llm_record(name, model_description="Another.", updated_at=1_990_000_000)

    def commit(text: str) -> None:
        beta = llm_record("beta", model_description=text, updated_at=1_990_000_000)
        files = {at(layout, name): written(other), at(layout, "beta"): written(beta)}
        if layout == "aggregate":
            files = {AGGREGATE: written(json.loads(ours.definition)[0], beta, other)}
        github.commit(files)

    def taken_from_source():
        return update(json.loads(ours.definition)[0], other)

    commit("First.")
    report = follow_upstream()
    assert [note.path for note in report.failures] == [at(layout, name)]
    assert "First." in the_model("beta").published_revision.definition
    assert [row["name"] for row in taken_from_source().conflicts] == [name]
    assert the_model("omega").published_revision == ours
    FormerName.objects.update(answers_until="2020-01-01T00:00Z")
    commit("Second.")
    follow_upstream()
    assert here() == sorted([name, "beta", "omega"])
    assert "Another." in the_model(name).published_revision.definition
    assert the_model("omega").published_revision == ours
    assert taken_from_source().conflicts == []


def test_a_source_with_the_former_name_brings_no_second_model(github, maintainer):
    """Also long after upstream has the new one, as from the package of an older release."""
    rename(the_model("alpha"), "omega", by=maintainer)
    old = [llm_record(name) for name in ("alpha", "beta")]
    outcome = update(*old, is_whole=True)
    assert (outcome.new, outcome.removed) == ([], [])
    assert here() == ["beta", "omega"]
    send()
    github.merge(1)
    polling.poll_one(PullRequest.objects.get())
    FormerName.objects.update(answers_until="2020-01-01T00:00Z")
    update(llm_record("alpha", context_length=77), old[1], is_whole=True)
    assert here() == ["beta", "omega"]
    # Another source, which the hub has never read before.
    SourceText.objects.all().delete()
    before = the_model("omega").published_revision
    outcome = update(llm_record("alpha", context_length=78), old[1], is_whole=True)
    assert (outcome.kept, here()) == (["omega"], ["beta", "omega"])
    assert the_model("omega").published_revision == before
    assert {record["model_name"] for record in served()} == {"beta", "omega"}


def test_a_model_that_upstream_never_had_is_added_under_its_new_name(github, maintainer):
    update(llm_record("gamma"))
    rename(the_model("gamma"), "delta", by=maintainer)
    send()
    assert states() == ["open"]
    assert sorted(on_branch(github, "split")) == ["alpha", "beta", "delta"]


def test_the_patch_moves_the_file(github, maintainer):
    rename(the_model("alpha"), "omega", by=maintainer)
    patch = patch_of(UpstreamChange.objects.get())
    assert f"+++ b/{path('omega')}" in patch
    assert f"--- a/{path('alpha')}" in patch
    assert "deleted file mode" in patch
