"""The table in docs/releases.md: what the loaders of each release take from the lists."""

from __future__ import annotations

import os

import pytest

from models_registry.definitions.checks import release_rules
from tests.releases import matrix, wheels

pytestmark = pytest.mark.django_db

# `python -m tests.releases matrix` measures all of them, and writes the table.
IS_WRITTEN = os.environ.get("RELEASES_TABLE") == "write"
TRIED = release_rules.RELEASES if IS_WRITTEN else ("1.13.0", "3.0.0", "3.4.0")


@pytest.fixture(scope="module")
def models():
    """The models of the newest catalogue that lists may have."""
    if not wheels.is_kept(release_rules.RELEASES[-1]):
        pytest.skip("no packages are here: `python -m tests.releases fetch`")
    return matrix.catalogue()


@pytest.fixture(scope="module")
def lines():
    """What was measured, which becomes the table at the end, if it is to be written."""
    made = {}
    yield made
    if IS_WRITTEN and len(made) == len(TRIED):
        matrix.write([made[release] for release in TRIED])


@pytest.mark.parametrize("release", TRIED)
def test_a_server_takes_all_that_it_can_use_and_starts_again(release, models, lines):
    if not wheels.is_kept(release):
        pytest.skip(f"the package of {release} is not here: `python -m tests.releases fetch`")
    rows = matrix.measured(release, models)
    for kind, row in rows.items():
        assert row.errors == [], kind
        # Everything in the list for the release is taken, and nothing acceptable is left out of it:
        # what its loader takes is left out only where the server would not start with it.
        assert row.stated == row.in_stated, kind
        stopping = 2 if kind == "audio" and release_rules.key(release) < (3, 2, 0) else 0
        assert row.stated >= row.accepted - stopping, kind
    lines[release] = matrix.line(release, rows)
    if not IS_WRITTEN:
        assert matrix.lines_in_docs()[release] == lines[release]
