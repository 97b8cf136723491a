"""The fleet page: rows, badges, filters, and asking the server."""

from __future__ import annotations

import dataclasses

import pytest

from models_registry.catalogue import fleet, pinning
from models_registry.models import ServerList
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


def test_without_a_server_there_is_nobody_to_ask(client, keeper):
    assert client.post("/launch_model/fleet/ask").status_code == 404
    assert "fleet/ask" not in shown(client)


def test_the_table_says_how_a_server_of_a_known_version_takes_its_list(client, keeper):
    spec = {**llm_record()["model_specs"][0], "model_format": "fp4"}
    a_model("z-fp4", definition=written(llm_record("z-fp4", model_specs=[spec])))
    a_model("a-fine")
    client.get("/api/models/download?model_type=llm&xinference_version=1.13.0")
    fleet.flush()
    holding = fleet.Holding(2, 1.0, version="1.16.0")
    fleet.record_holdings(ServerList.How.SERVER, "http://there", {"llm": holding})
    page = client.get("/launch_model/fleet").content.decode()
    assert "current, taken in full" in page
    assert "current, taken in part (1 of 2)" in page


def test_the_table_says_that_a_list_stops_a_server_even_if_the_list_is_not_the_newest(
    client, keeper, settings
):
    # A hub that need not care for servers as old as this one.
    settings.ENV = dataclasses.replace(settings.ENV, oldest_server="3.3.0")
    source = {"modelscope": {"model_id": "a/b", "model_revision": "master"}}
    record = image_record("campplus", multilingual=True, model_src=source)
    a_model("campplus", model_type="audio", definition=written(record))
    for version, place in (("3.1.0", "http://old"), ("3.4.0", "http://new"), ("", "http://mute")):
        holding = fleet.Holding(1, 1.0, version=version)
        fleet.record_holdings(ServerList.How.SERVER, place, {"audio": holding})
    assert {place: row["audio"] for place, row in cells().items()} == {
        "http://old": "current, stops it",
        "http://new": "current, taken in full",
        "http://mute": "current",
    }
    fine = image_record("fine", multilingual=True)
    a_model("fine", model_type="audio", definition=written(fine))
    assert {place: row["audio"] for place, row in cells().items()} == {
        "http://old": "1 behind, stops it",
        "http://new": "1 behind",
        "http://mute": "1 behind",
    }
    assert 'class="badge bad"' in shown(client) or "badge-bad" in shown(client)
