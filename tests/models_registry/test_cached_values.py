"""Whatever an older or newer release left in the cache: pages come, and show what is so now."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.core.cache import cache, caches

from hub.cached_values import CachedValues
from models_registry import publication
from models_registry.publication import Content
from models_registry.servers import inventory
from models_registry.servers.requests import ServerRefused
from reviews import chat_samples
from tests.factories import a_model, a_user, llm_record, written

pytestmark = pytest.mark.django_db


@dataclass
class Moved:
    """A class of our own, as an older release pickled them."""

    facts: str = "older"


UNKNOWN = [
    "rubbish", "{}", "[]", "[[], []]", '{"html": 7}', '[{"key": 1}, null]', "[null, null]",
    '[null, {"error": "Gone", "key": "gone", "params": {}}]', 7, b"\x80", {"facts": 1}, ["a"],
    (1, 2), Moved(),
]  # fmt: skip


@pytest.fixture
def kept(monkeypatch):
    """The keys of everything that goes into the cache, with the values."""
    written_down = {}
    backend = type(caches["default"])
    real_set, real_set_many = backend.set, backend.set_many

    def note(self, key, value, *args, **kwargs):
        written_down[key] = value
        return real_set(self, key, value, *args, **kwargs)

    def note_many(self, data, *args, **kwargs):
        written_down.update(data)
        return real_set_many(self, data, *args, **kwargs)

    monkeypatch.setattr(backend, "set", note)
    monkeypatch.setattr(backend, "set_many", note_many)
    return written_down


def replaced(kept, value):
    """Put the value in the place of everything that is in the cache; the keys."""
    keys = list(kept)
    for key in keys:
        cache.set(key, value, 60)
    return keys


def test_only_plain_values_are_kept(client, kept, there, used):
    model_page(client)
    inventory.read(used, "llm")
    inventory.about(used)
    assert len(kept) >= 5
    for value in kept.values():
        assert isinstance(value, str | int | float | bool), value


@pytest.mark.parametrize("value", UNKNOWN, ids=repr)
def test_pages_of_a_model_come_whatever_the_cache_holds(client, kept, value):
    first = model_page(client)
    replaced(kept, value)
    assert model_page(client) == first


@pytest.mark.parametrize("value", UNKNOWN, ids=repr)
def test_what_a_server_has_is_asked_again(kept, there, used, value):
    there.known["LLM"] = [{"model_name": "alpha", "is_builtin": True}]
    there.models["one"] = {"model_name": "alpha", "model_type": "LLM"}
    first = inventory.read(used, "llm"), inventory.about(used)
    replaced(kept, value)
    assert (inventory.read(used, "llm"), inventory.about(used)) == first


@pytest.mark.parametrize("value", UNKNOWN, ids=repr)
def test_a_refusal_of_another_release_is_asked_for_again(kept, there, used, value):
    there.refusal = (401, "no")
    with pytest.raises(ServerRefused):
        inventory.read(used, "llm")
    replaced(kept, value)
    with pytest.raises(ServerRefused):
        inventory.read(used, "llm")


@pytest.mark.parametrize("value", UNKNOWN, ids=repr)
def test_samples_of_a_chat_template_are_made_again(kept, value):
    first = chat_samples.render("{{ messages[0].content }}")
    replaced(kept, value)
    assert chat_samples.render("{{ messages[0].content }}") == first


def test_a_value_that_json_cannot_hold_is_not_kept(kept):
    texts = CachedValues(str, version="1")
    texts.set("half of a pair", "\ud83d", 60)
    assert (texts.get("half of a pair"), kept) == (None, {})


def model_page(client):
    """All that is kept in the cache for a model: its page and its history, without tokens."""
    if not hasattr(client, "model"):
        owner = a_user(is_superuser=True)
        readme = "---\nlicense: mit\ntags: [1, true, x]\n---\n# Title\n\n## One\n\n## Two\n"
        client.model = a_model("tiny-llm", readme=readme)
        changed = Content(written(llm_record("tiny-llm", context_length=4096)), readme)
        publication.publish(client.model, changed, by=owner)
    answers = [client.get(f"/models/detail/tiny-llm?tab={tab}") for tab in ("", "specs", "history")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    return [
        (answer.context.get("toc"), answer.context.get("facts"), answer.context.get("readme"))
        for answer in answers
    ]
