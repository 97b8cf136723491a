"""A folder with a catalogue, for tests of imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import llm_record, written
from tests.models_registry.sync.imports import LLM_DIR


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue with two language models."""
    models = tmp_path / LLM_DIR
    models.mkdir(parents=True)
    for name in ("alpha", "beta"):
        (models / f"{name}.json").write_text(written(llm_record(name)), encoding="utf-8")
    return tmp_path
