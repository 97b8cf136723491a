"""Upstream's real files: all of them beside this checkout, or the sample in tests/data."""

from __future__ import annotations

from tests.environment import ROOT

_WHOLE = ROOT.parent / "shared" / "upstream"
IS_WHOLE = _WHOLE.is_dir()
UPSTREAM = _WHOLE if IS_WHOLE else ROOT / "tests" / "data" / "upstream"


def of_all(count: int) -> int:
    """How many a test must find at least: that count in all the files, one in the sample."""
    return count if IS_WHOLE else 1
