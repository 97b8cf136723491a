"""A source with two language models, and somebody who may update from it."""

from __future__ import annotations

import pytest

from tests.factories import a_person, llm_record
from tests.standins.hub import as_source


@pytest.fixture
def source(settings):
    with as_source(settings, llm=[llm_record("alpha"), llm_record("beta")]) as hub:
        yield hub


@pytest.fixture
def keeper():
    return a_person("keeper", "update_catalogue", "change_public_model")
