"""A hub of its own for each test."""

from __future__ import annotations

import pytest

from tests.journeys.processes import installation


@pytest.fixture
def environment(tmp_path):
    return installation(tmp_path)


@pytest.fixture
def prepared_environment(tmp_path, prepared_var):
    """The environment of a hub that is ready to be served."""
    return installation(tmp_path, prepared_var)
