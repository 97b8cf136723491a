"""`github:OWNER/REPO@REF`: a catalogue straight from a repository."""

from __future__ import annotations

import dataclasses

import pytest

from models_registry.errors import SourceUnavailable
from models_registry.sync.sources.github import read_github
from models_registry.sync.sources.reader import read_source
from tests.factories import llm_record, written
from tests.standins.github import GitHubStandIn


def catalogue(count: int) -> dict[str, str]:
    return {
        f"xinference/model/llm/models/m-{number}.json": written(
            llm_record(f"m-{number}", model_description="Grüße")
        )
        for number in range(count)
    }


@pytest.fixture
def github(tmp_path, settings):
    standin = GitHubStandIn(tmp_path)
    settings.ENV = dataclasses.replace(settings.ENV, github_api_url=standin.url, github_token="")
    yield standin
    standin.stop()


@pytest.mark.parametrize("makes_archives", [True, False])
@pytest.mark.parametrize("count", [3, 30])
def test_all_files_come_byte_for_byte(github, count, makes_archives):
    github.makes_archives = makes_archives
    files = catalogue(count)
    other = {"README.md": "#", "xinference/model/schemas/llm.schema.json": "{}"}
    github.commit({**files, **other})
    tree = read_source(f"github:{github.name}@main")
    assert tree.files == files
    assert tree.label == f"github:{github.name}@main"


def test_many_files_come_in_one_archive(github):
    github.commit(catalogue(30))
    read_github(github.name)
    assert len(github.log) == 2


def test_an_older_commit_can_be_read(github):
    old = github.commit(catalogue(1))
    github.commit(catalogue(2))
    assert len(read_github(f"{github.name}@{old}").files) == 1


@pytest.mark.parametrize(
    "source", ["nobody/nothing@main", "xorbitsai/inference@no-such", "x", "a/b@../x", "a/b?c"]
)
def test_what_is_not_there_is_refused_in_words(github, source):
    github.commit(catalogue(1))
    with pytest.raises(SourceUnavailable):
        read_github(source)


def test_a_repository_without_models_is_refused(github):
    github.commit({"README.md": "#"})
    with pytest.raises(SourceUnavailable, match="no folder"):
        read_github(github.name)
