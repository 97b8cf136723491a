"""Changes are gathered into pull requests."""

from __future__ import annotations

import pytest

from tests.models_registry.upstream.deliveries import edit, send, states
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_changes_of_one_person_within_a_short_while_share_a_pull_request(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    edit("beta", maintainer, context_length=4096)
    send()
    (pull,) = github.pulls
    assert pull["title"] == 'ENH: update 2 models JSON ("alpha", "beta")'


def test_a_second_change_of_a_model_goes_onto_the_same_branch(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    github.commit({"README.md": "# Moved on\n"})
    revision = edit("alpha", maintainer, context_length=8192)
    send()
    (pull,) = github.pulls
    head = pull["head"]["sha"]
    assert github.file(path("alpha"), head) == revision.definition
    assert "README.md" not in github.diff(1)
    assert states() == ["open", "open"]
