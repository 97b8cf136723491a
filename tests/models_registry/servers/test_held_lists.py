"""Which revision a server holds: it is asked, and compared."""

from __future__ import annotations

import dataclasses
import json

import pytest

from models_registry.catalogue import fleet, history
from models_registry.models import ServerList
from models_registry.servers import held_lists
from tests.factories import a_model, a_person, image_record, llm_record, written
from tests.models_registry.pages.fleet_pages import cells, seen, shown
from tests.standins.xinference import XinferenceServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(client):
    person = a_person("keeper", "update_catalogue")
    client.force_login(person)
    return person


@pytest.fixture
def server(settings):
    started = XinferenceServer()
    settings.ENV = dataclasses.replace(settings.ENV, xinference_endpoint=started.url)
    yield started
    started.stop()


def test_a_server_that_is_asked_shows_what_it_holds(client, keeper, server):
    a_model("one", definition=written(llm_record("one", updated_at=1_780_000_001)))
    a_model("two", definition=written(llm_record("two", updated_at=1_780_000_002)))
    changed = [llm_record("three", updated_at=1_780_000_003)]
    a_model("three", definition=written(*changed))
    server.known["LLM"] = [
        {"model_name": "one", "updated_at": 1_780_000_001},
        {"model_name": "two", "updated_at": 1_780_000_002},
        {"model_name": "theirs", "updated_at": 1_780_000_009},
    ]
    answer = client.post("/launch_model/fleet/ask", follow=True)
    assert "The server answered" in answer.content.decode()
    method, path = next(one[:2] for one in server.asked if "LLM" in one[1])
    assert (method, path) == ("GET", "/v1/model_registrations/LLM?detailed=true")
    assert cells()[server.url]["llm"] == "1 behind"
    server.known["LLM"].append({"model_name": "three", "updated_at": 1_780_000_003})
    client.post("/launch_model/fleet/ask")
    assert cells()[server.url]["llm"] == "current, taken in full"
    assert ServerList.objects.filter(model_type="llm").count() == 1


def test_a_server_that_knows_most_of_a_revision_is_said_to(keeper, server):
    for number in range(4):
        a_model(f"m-{number}")
    records = json.loads(history.body_of(history.newest("llm")))
    known = [
        {**one, "updated_at": one["updated_at"] + 9 * (i == 0)} for i, one in enumerate(records)
    ]
    server.known["LLM"] = known
    found = held_lists.ask_server(by=keeper)
    assert found["llm"] == fleet.Holding(4, 0.75, version="4.1.0")
    assert cells()[server.url]["llm"] == "current, 75 %, taken in full"
    server.known["LLM"] = [{**one, "updated_at": 1} for one in records]
    assert held_lists.ask_server(by=keeper)["llm"] == fleet.Holding(None, version="4.1.0")
    assert cells()[server.url]["llm"] == "unknown"


def test_a_server_with_the_list_for_its_version_is_said_to_have_it(client, keeper, server):
    spec = {**llm_record()["model_specs"][0], "model_format": "fp4"}
    a_model("plain", definition=written(llm_record("plain", updated_at=1_780_000_001)))
    fp4 = llm_record("with-fp4", model_specs=[spec], updated_at=1_780_000_002)
    a_model("with-fp4", definition=written(fp4))
    answer = client.get("/api/models/download?model_type=llm&xinference_version=1.16.0")
    server.release = "1.16.0"
    server.known["LLM"] = answer.json()
    found = held_lists.ask_server(by=keeper)
    assert found["llm"] == fleet.Holding(1, 1.0, release="1.16.0", version="1.16.0")
    assert cells()[server.url]["llm"] == "current, taken in full"


def test_variants_of_a_world_model_are_known_under_their_own_names():
    record = {
        "model_family": "family", "updated_at": 5,
        "model_specs": [{"model_name": "family-a"}, {"model_name": "family-b"}],
    }  # fmt: skip
    assert held_lists.stamps("world", [record]) == {"family-a": {5}, "family-b": {5}}
    assert held_lists.stamps("world", [{"model_family": "f", "updated_at": 5}]) == {"f": {5}}
    two = [image_record("x", updated_at=1), image_record("x", updated_at=2), {"model_name": "y"}]
    assert held_lists.stamps("image", two) == {"x": {1, 2}}


def test_a_server_that_is_away_or_odd_is_said(client, keeper, server):
    a_model("one")
    server.refusal = (400, "unsupported model type")
    page = client.post("/launch_model/fleet/ask", follow=True).content.decode()
    assert "known for 0 of 7 types" in page
    server.stop()
    page = client.post("/launch_model/fleet/ask", follow=True).content.decode()
    assert "can&#x27;t be reached" in page
    assert not ServerList.objects.exists()


def test_a_revision_that_is_a_guess_is_shown_as_one(client, keeper):
    seen("asked", how="server", revision=3, share=0.75)
    seen("exactly", "image", how="server", revision=4, share=1.0)
    page = shown(client)
    assert "≈ r3</b>" in page
    assert "<b>r4</b>" in page
