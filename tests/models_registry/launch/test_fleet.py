"""The fleet page: rows, badges, filters, and asking the server."""

from __future__ import annotations

import dataclasses
import json

import pytest

from models_registry.catalogue import fleet, history, pinning
from models_registry.catalogue_tables import ServerList
from models_registry.launch import fleet_page, holdings
from tests.factories import a_model, a_person, image_record, llm_record, written
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


def seen(place: str, model_type: str = "llm", revision: int | None = 1, **fields) -> None:
    ServerList.objects.create(
        how=fields.pop("how", "download"), place=place, model_type=model_type, revision=revision,
        **fields,
    )  # fmt: skip


def shown(client, query: str = "") -> str:
    answer = client.get(f"/launch_model/fleet{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def cells(**filters) -> dict[str, dict[str, str]]:
    found = fleet_page.read(fleet_page.Choices(**filters))
    return {
        one.place: {
            model_type: cell.label
            for (model_type, _, _), cell in zip(found.columns, one.cells, strict=True)
            if cell
        }
        for one in found.servers
    }


def test_a_server_is_a_row_with_a_column_for_each_type(client, keeper):
    a_model("one")
    a_model("two")
    a_model("picture", model_type="image")
    seen("10.0.0.1", "llm", 2, agent="python-requests/2.32.3", user_name="ada")
    seen("10.0.0.1", "image", 1, agent="python-requests/2.32.3", user_name="ada")
    seen("10.0.0.2", "llm", 1)
    seen("http://xinference:9997", "llm", None, how="server")
    seen("host:/data", "llm", 2, how="folder")
    assert cells() == {
        "10.0.0.1": {"llm": "current", "image": "current"},
        "10.0.0.2": {"llm": "1 behind"},
        "http://xinference:9997": {"llm": "unknown"},
        "host:/data": {"llm": "current"},
    }
    page = shown(client)
    assert "python-requests/2.32.3 · ada" in page
    assert "4 servers" in page
    assert "1 without the served revision" in page


def test_after_a_roll_back_those_with_a_newer_list_are_ahead(client, keeper):
    a_model("one")
    a_model("two")
    seen("10.0.0.1", "llm", 2)
    pinning.pin("llm", 1, by=None)
    assert cells() == {"10.0.0.1": {"llm": "1 ahead"}}
    assert cells(state="current") == {}
    assert "A list is rolled back" in shown(client)


def test_rows_are_filtered_by_words_type_and_state(client, keeper):
    a_model("one")
    a_model("two")
    seen("10.0.0.1", "llm", 2, agent="curl/8")
    seen("10.0.0.2", "llm", 1, user_name="Ada")
    seen("10.0.0.2", "audio", None, user_name="Ada")
    assert set(cells(text="CURL")) == {"10.0.0.1"}
    assert set(cells(text="ada 10.0")) == {"10.0.0.2"}
    assert cells(model_type="audio") == {"10.0.0.2": {"audio": "unknown"}}
    assert set(cells(state="behind")) == {"10.0.0.2"}
    assert set(cells(state="current")) == {"10.0.0.1"}
    assert set(cells(state="unknown", model_type="llm")) == set()
    assert "Nothing fits these filters" in shown(client, "?q=nobody&type=llm&state=behind")
    assert "10.0.0.1" in shown(client, "?type=toys&state=odd&page=x")


def test_what_a_client_calls_itself_is_text_alone(client, keeper):
    seen("10.0.0.1", agent="<script>alert(1)</script>")
    page = shown(client)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_many_servers_come_in_pages(client, keeper, django_assert_max_num_queries):
    for number in range(60):
        seen(f"10.0.1.{number}")
    with django_assert_max_num_queries(12):
        assert 'href="/launch_model/fleet?q=10.0&amp;page=2"' in shown(client, "?q=10.0")
    assert shown(client, "?page=2").count('<code title="10.0.1.') == 10


def test_without_rows_and_without_the_setting(client, keeper, settings):
    assert "No server was seen yet" in shown(client)
    settings.ENV = dataclasses.replace(settings.ENV, fleet=False)
    assert client.get("/launch_model/fleet").status_code == 404
    assert "/launch_model/fleet" not in client.get("/launch_model/llm").content.decode()


# --- Asking the server ------------------------------------------------------------------------


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
    assert cells()[server.url]["llm"] == "current"
    assert ServerList.objects.filter(model_type="llm").count() == 1


def test_a_server_that_knows_most_of_a_revision_is_said_to(keeper, server):
    for number in range(4):
        a_model(f"m-{number}")
    records = json.loads(history.body_of(history.newest("llm")))
    known = [
        {**one, "updated_at": one["updated_at"] + 9 * (i == 0)} for i, one in enumerate(records)
    ]
    server.known["LLM"] = known
    found = holdings.ask_server(by=keeper)
    assert found["llm"] == fleet.Holding(4, 0.75)
    assert cells()[server.url]["llm"] == "current, 75 %"
    server.known["LLM"] = [{**one, "updated_at": 1} for one in records]
    assert holdings.ask_server(by=keeper)["llm"] == fleet.Holding(None)
    assert cells()[server.url]["llm"] == "unknown"


def test_variants_of_a_world_model_are_known_under_their_own_names():
    record = {
        "model_family": "family", "updated_at": 5,
        "model_specs": [{"model_name": "family-a"}, {"model_name": "family-b"}],
    }  # fmt: skip
    assert holdings.stamps("world", [record]) == {"family-a": {5}, "family-b": {5}}
    assert holdings.stamps("world", [{"model_family": "f", "updated_at": 5}]) == {"f": {5}}
    two = [image_record("x", updated_at=1), image_record("x", updated_at=2), {"model_name": "y"}]
    assert holdings.stamps("image", two) == {"x": {1, 2}}


def test_a_server_that_is_away_or_odd_is_said(client, keeper, server):
    a_model("one")
    server.refusal = (400, "unsupported model type")
    page = client.post("/launch_model/fleet/ask", follow=True).content.decode()
    assert "known for 0 of 7 types" in page
    server.stop()
    page = client.post("/launch_model/fleet/ask", follow=True).content.decode()
    assert "can&#x27;t be reached" in page
    assert not ServerList.objects.exists()


def test_without_a_server_there_is_nobody_to_ask(client, keeper):
    assert client.post("/launch_model/fleet/ask").status_code == 404
    assert "fleet/ask" not in shown(client)
