"""What the hub's server page says of the real server, and what it registers there."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest

from models_registry.definitions.facts.kinds import MODEL_TYPES
from tests.trial.pages import Person
from tests.trial.processes import call

pytestmark = pytest.mark.xinference

# Those whose shape differs most: tools, vision, GGUF, nested sources, engine variants.
TAKEN = [
    ("llm", "qwen3"),
    ("llm", "qwen2.5-vl-instruct"),
    ("llm", "gemma-3-it"),
    ("embedding", "Qwen3-Embedding-0.6B"),
    ("rerank", "bge-reranker-v2-m3"),
    ("image", "sd3-medium"),
    ("image", "DeepSeek-OCR"),
    ("audio", "whisper-large-v3"),
]


@pytest.fixture(scope="module")
def person(stage) -> Person:
    return Person(stage.hub.url)


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_after_an_update_the_server_has_every_model_as_the_hub_has_it(
    person, server, hub, model_type
):
    page = person.open(f"/launch_model/server?type={model_type}")
    page = person.press(page, "Tell the server to update this type")
    total = hub.api("GET", f"/api/models?model_type={model_type}")[1]["total"]
    assert f"It knows {total} of these {total} models. " in page.words


@pytest.mark.parametrize(("model_type", "name"), TAKEN)
def test_a_model_of_ones_own_is_registered_there(person, hub, server, model_type, name):
    own = f"own-{name}"
    records = [{**one, "model_name": own} for one in hub.of(model_type, name)]
    number = hub.register(model_type, records, "private")
    page = person.open(f"/launch_model/server?type={model_type}")
    path = f"/launch_model/server/register/{number}"
    form = next(one for one in page.forms if urlsplit(urljoin(page.url, one.action)).path == path)
    done = person.press(page, form.buttons[0], form=form)
    assert f"{own} is registered at {server.url}." in done.words
    offered = server.registrations(model_type)
    assert offered[own]["is_builtin"] is False
    assert offered[own].get("model_ability") == offered[name].get("model_ability")
    if model_type != "audio":
        assert files(offered[own]) == files(offered[name])
    kind = "LLM" if model_type == "llm" else model_type
    address = f"{server.url}/v1/model_registrations/{kind}/{own}"
    assert call("DELETE", address)[0] == 200
    assert hub.api("DELETE", f"/api/models/{number}")[0] == 204


def files(registration):
    """What a server would fetch, of each variant."""
    return [
        {key: value for key, value in spec.items() if key != "cache_status"}
        for spec in registration["model_specs"]
    ]
