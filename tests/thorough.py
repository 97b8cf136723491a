"""Tests that look at a part every day, and at everything with `pytest -m faults`."""

from __future__ import annotations

import pytest

some_or_all = pytest.mark.parametrize(
    "thorough", [False, pytest.param(True, marks=pytest.mark.faults)], ids=["some", "all"]
)
