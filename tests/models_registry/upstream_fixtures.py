"""A hub that talks to a GitHub with two models in it, both of which the hub has imported."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.factories import a_user, llm_record, written
from tests.standins.github import GitHubStandIn

HUB_TOKEN = "ghp_" + "h" * 36


def path(name: str) -> str:
    return f"xinference/model/llm/models/{name}.json"


@pytest.fixture
def github(tmp_path: Path, settings) -> Iterator[GitHubStandIn]:
    """Upstream, with two language models; the hub's own token may push."""
    standin = GitHubStandIn(tmp_path)
    standin.knows(HUB_TOKEN, "hub-bot")
    files = {path(name): written(llm_record(name)) for name in ("alpha", "beta")}
    standin.commit({**files, "README.md": "# Xinference\n"}, message="Begin")
    settings.ENV = dataclasses.replace(
        settings.ENV, github_api_url=standin.url, github_token=HUB_TOKEN, gather_seconds=60
    )
    yield standin
    standin.stop()


@pytest.fixture
def imported(github: GitHubStandIn, tmp_path: Path, db) -> None:
    """The hub has what upstream has."""
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "-q", str(github.git_dir), str(checkout)], check=True)
    call_command("import_catalogue", f"dir:{checkout}", verbosity=0)


@pytest.fixture
def maintainer(db):
    """Somebody who may do everything to public models."""
    return a_user("ada", is_superuser=True)
