"""People who are signed in, and a source of models."""

from __future__ import annotations

import pytest

from tests.factories import a_person, image_record, llm_record
from tests.standins.hub import as_source


@pytest.fixture
def ada(client):
    person = a_person("ada")
    client.force_login(person)
    return person


@pytest.fixture
def source(settings):
    models = [llm_record("alpha"), llm_record("beta")]
    with as_source(settings, llm=models, image=[image_record("picture")]) as hub:
        yield hub


@pytest.fixture
def keeper(client):
    person = a_person("keeper", "update_catalogue", "Registrars")
    client.force_login(person)
    return person
