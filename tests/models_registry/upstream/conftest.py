"""Upstream in the aggregate layout."""

from __future__ import annotations

import pytest

from models_registry.sync.follow_upstream import follow_upstream
from tests.factories import llm_record, written
from tests.models_registry.upstream.removed_models import AGGREGATE, NAMES
from tests.models_registry.upstream_fixtures import path


@pytest.fixture
def aggregate(github) -> str:
    """Upstream keeps three language models in one file, and the hub has seen it."""
    text = written(*(llm_record(name) for name in NAMES))
    github.commit({path("alpha"): None, path("beta"): None, AGGREGATE: text})
    follow_upstream()
    return text
