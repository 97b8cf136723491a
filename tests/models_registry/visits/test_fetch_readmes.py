"""`manage.py fetch_readmes`: READMEs of source repositories at once."""

from __future__ import annotations

import dataclasses
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from models_registry.visits import lanes, rounds
from tests.factories import a_model, a_user
from tests.models_registry.visits.visit_fixtures import (
    README,
    a_repository,
    definition_of,
    hubs,  # noqa: F401 - a fixture
    record_of,
    visits_on,  # noqa: F401 - a fixture
)

pytestmark = pytest.mark.django_db


def fetched(*names):
    out = StringIO()
    call_command("fetch_readmes", *names, stdout=out, stderr=StringIO(), verbosity=0)
    return out.getvalue().splitlines()[-1]


def test_all_or_some_are_fetched_and_a_second_run_fetches_nothing(visits_on):  # noqa: F811
    for name in ("one", "two"):
        visits_on.hugging_face[f"many/{name}"] = a_repository()
        definition = definition_of(name, [f"many/{name}", f"many/{name}-awq"])
        a_model(name, definition=definition, readme="")
    assert fetched("llm/two") == "fetched 1 READMEs, 0 repositories not read"
    assert record_of("many/two").readme == README
    assert fetched() == "fetched 1 READMEs, 0 repositories not read"
    assert fetched() == "fetched 0 READMEs, 0 repositories not read"
    asked = [path for path in visits_on.paths if path.endswith("?blobs=true")]
    assert len(asked) == 2, "no others than the first repository of each model"


def test_it_waits_as_long_as_the_hub_asks_for(visits_on, monkeypatch):  # noqa: F811
    for number in range(6):
        visits_on.hugging_face[f"many/m{number}"] = a_repository()
        name = f"m{number}"
        a_model(name, definition=definition_of(name, [f"many/{name}"]), readme="")
    visits_on.limit = (3, 3600.0)
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        visits_on.limit = None
        lanes.VisitedHub.objects.update(paused_until=None)

    monkeypatch.setattr(rounds.time, "sleep", sleep)
    assert fetched() == "fetched 6 READMEs, 0 repositories not read"
    assert len(slept) == 1
    assert 3500 < slept[0] <= 3600


def test_private_models_and_a_hub_without_visits_are_refused(visits_on, settings):  # noqa: F811
    a_model("mine", visibility="private", owner=a_user())
    with pytest.raises(
        CommandError, match="No published public or enterprise model has the name mine"
    ):
        fetched("mine")
    settings.ENV = dataclasses.replace(settings.ENV, source_visits=False)
    with pytest.raises(CommandError, match="HUB_SOURCE_VISITS"):
        fetched()
    assert visits_on.requests == []
