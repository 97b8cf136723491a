"""Upstream's layout is upstream's own matter: no revision here, and no pull request undoes it."""

from __future__ import annotations

import json
import re

import pytest
from django.core.management import call_command

from models_registry.actions.delete import delete
from models_registry.definitions.upstream_files.layouts import AGGREGATE_PATHS
from models_registry.models import PullRequest, UpstreamChange, UpstreamFile
from models_registry.sync.follow_upstream import follow_upstream
from models_registry.upstream.patch import patch_of
from tests.factories import llm_record, written
from tests.models_registry.upstream.deliveries import edit, send, the_model
from tests.models_registry.upstream_fixtures import *  # noqa: F403
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]

LAYOUTS = {
    "tabs": lambda records: json.dumps(records, indent="\t"),
    "four spaces and CRLF": lambda records: json.dumps(records, indent=4).replace("\n", "\r\n"),
    "one line": lambda records: json.dumps(records, separators=(",", ":")) + "\n",
}


def reformat(github, layout):
    """Upstream's file of alpha in another layout; its text."""
    text = LAYOUTS[layout](json.loads(github.file(path("alpha"))))
    github.commit({path("alpha"): text})
    return text


def published(name="alpha"):
    revision = the_model(name).published_revision
    return revision.number, revision.definition


@pytest.fixture(params=LAYOUTS)
def layout(request):
    return request.param


def test_another_layout_makes_no_revision_and_is_what_was_last_seen(github, layout):
    before = published()
    text = reformat(github, layout)
    report = follow_upstream()
    assert (report.updated, report.unchanged) == ([], ["llm/alpha"])
    assert published() == before
    assert UpstreamFile.objects.get(model__name="alpha").text == text
    assert not UpstreamChange.objects.exists()


def test_a_later_edit_here_touches_only_what_it_changes_upstream(github, maintainer, layout):
    text = reformat(github, layout)
    follow_upstream()
    for length in (4096, 8192):
        edit("alpha", maintainer, context_length=length)
        patch = patch_of(UpstreamChange.objects.latest("pk"))
        send()
        sent = github.file(path("alpha"), PullRequest.objects.get().branch)
        assert without_stamps(sent) == without_stamps(text.replace("32768", str(length)))
        assert [line for line in patch.split("\n") if line.startswith("-")][1:] == [
            f"-{line}" for line in text.rstrip("\n").split("\n") if is_edited(line)
        ]
    github.merge(1)
    send()
    before = published()
    follow_upstream()
    assert published() == before


def test_a_hand_edit_after_another_layout_comes_here_as_it_is(github, layout):
    text = reformat(github, layout)
    follow_upstream()
    text = text.replace("32768", "4096")
    github.commit({path("alpha"): text})
    report = follow_upstream()
    assert report.updated == ["llm/alpha"]
    assert published()[1] == text


def test_another_layout_while_a_pull_request_is_open_is_kept_in_it(github, maintainer, layout):
    edit("alpha", maintainer, context_length=4096)
    send()
    before = published()
    text = reformat(github, layout)
    follow_upstream()
    send()
    assert published() == before
    github.merge(1)
    assert without_stamps(github.file(path("alpha"))) == without_stamps(
        text.replace("32768", "4096")
    )


def test_an_import_by_command_makes_no_revision_of_a_layout(github, tmp_path, layout):
    before = published()
    text = reformat(github, layout)
    folder = tmp_path / "other" / path("alpha")
    folder.parent.mkdir(parents=True)
    folder.write_bytes(text.encode())
    call_command("import_catalogue", f"dir:{tmp_path / 'other'}", verbosity=0)
    assert published() == before


def test_a_model_deleted_here_stays_deleted_in_another_layout(github, maintainer, layout):
    delete(the_model("alpha"), by=maintainer)
    send()
    github.close(1)
    send()
    reformat(github, layout)
    follow_upstream()
    assert "alpha" not in {file.model.name for file in UpstreamFile.objects.exclude(model=None)}


def test_an_aggregate_in_another_layout(github, maintainer):
    records = [llm_record("alpha"), llm_record("beta")]
    github.commit(
        {path("alpha"): None, path("beta"): None, AGGREGATE_PATHS["llm"]: written(*records)}
    )
    follow_upstream()
    before = published()
    text = json.dumps(records, indent="\t") + "\n"
    github.commit({AGGREGATE_PATHS["llm"]: text})
    follow_upstream()
    assert published() == before
    edit("alpha", maintainer, context_length=4096)
    send()
    github.merge(1)
    merged = github.file(AGGREGATE_PATHS["llm"])
    assert without_stamps(merged) == without_stamps(text.replace("32768", "4096", 1))


def without_stamps(text):
    """A text but for the times that the hub writes itself."""
    return re.sub(r'("updated_at":\s*)\d+', r"\1…", text)


def is_edited(line):
    """Whether an edit of the context length touches this line, with the time stamp."""
    return "context_length" in line or "updated_at" in line
