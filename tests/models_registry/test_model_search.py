"""The search: what stands in a text, to whom it tells what, and what the page says of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from models_registry import publication
from models_registry.model_search import MAX_RANKED, find, similar
from models_registry.models import ReadmeOrigin, RegisteredModel, SearchDocument
from models_registry.publication import Content
from tests.factories import a_model, a_user, llm_record, written

pytestmark = pytest.mark.django_db


def names(text, user=None):
    visible = RegisteredModel.objects.visible_to(user or AnonymousUser())
    found = find(visible, text)
    by_key = dict(visible.values_list("pk", "name"))
    return [by_key[model.pk] for model in found.models]


# What stands in the text


def test_an_exact_name_is_first_then_the_base_then_what_derives_from_it():
    for name in ("qwen3-coder-plus", "Qwen3-ASR", "qwen3", "qwen2"):
        a_model(name)
    assert names("qwen 3") == ["qwen3", "Qwen3-ASR", "qwen3-coder-plus"]
    assert names("qwen3asr")[0] == "Qwen3-ASR"


def test_words_of_descriptions_and_readmes_come_last():
    a_model("poet")
    a_model("one", definition=written(llm_record("one", model_description="Not a poet")))
    two = a_model("two")
    readme = Content(two.published_revision.definition, "# Two\nFor poets.\n", ReadmeOrigin.WRITTEN)
    publication.publish(two, readme, by=None)
    assert names("poet") == ["poet", "one", "two"]


def test_a_text_that_nothing_fits_has_near_answers():
    a_model("qwen3", definition=written(llm_record("qwen3")))
    assert not find(RegisteredModel.objects.all(), "coder reranker tts").models
    found = find(RegisteredModel.objects.all(), "qwen3 reranker")
    assert found.is_near
    assert len(found.models) == 1


# To whom the search tells what


def test_nothing_tells_of_a_hidden_model(client):
    owner = a_user()
    a_model("qwen3")
    a_model("zebrafish-chat", visibility="private", owner=owner)
    a_model("quagga-chat", visibility="enterprise")
    for text in ("zebrafish", "zebrafsh", "zebra", "quaga", "quagga chat", "example/quagga-chat"):
        shown = client.get("/models", {"q": text})
        answer = client.get("/api/models", {"query": text}).json()
        assert not {model.name for model in shown.context["listing"].models} - {"qwen3"}, text
        assert "Did you mean" not in shown.content.decode(), text
        assert "These fit" not in shown.content.decode(), text
        assert not {model["model_name"] for model in answer["data"]} - {"qwen3"}, text
        assert answer["corrected"] == "", text
    assert names("zebrafsh", owner) == ["zebrafish-chat"]
    assert similar(RegisteredModel.objects.visible_to(AnonymousUser()), "zebrafsh", 5) == []


def test_a_model_is_found_by_what_its_newest_revision_says_and_not_after_its_end(client):
    model = a_model("swan")
    SearchDocument.objects.filter(model=model).update(words="goose", folded_name="goose")
    assert names("swan") == []
    assert names("goose") == ["swan"]
    model.delete()
    assert names("goose") == []


# What the page says


def test_what_was_understood_are_chips_that_can_be_taken_off(client):
    a_model("tiny")
    shown = client.get("/models?q=tiny+chat+0.6b+pytorch&sort=name").content.decode()
    assert "Understood in your search" in shown
    for words in ("tiny+0.6b+pytorch", "tiny+chat+pytorch", "tiny+chat+0.6b"):
        assert f'href="/models?q={words}&amp;sort=name"' in shown
    answer = client.get("/api/models?query=tiny+chat+0.6b").json()
    assert [(part["kind"], part["label"]) for part in answer["understood"]] == [
        ("ability", "Chat"),
        ("size", "<1B"),
    ]


def test_a_typing_error_is_mended_and_said(client):
    a_model("whisper-tiny")
    shown = client.get("/models?q=wisper").content.decode()
    assert "No model fits “wisper”. These fit" in shown
    assert 'href="/models?q=whisper"' in shown
    answer = client.get("/api/models?query=wisper").json()
    assert (answer["corrected"], answer["match"], answer["total"]) == ("whisper", "corrected", 1)


def test_relevance_is_an_order_only_while_a_text_is_searched(client):
    a_model("qwen3-b")
    a_model("a-qwen3-b")
    assert "Relevance" not in client.get("/models").content.decode()
    shown = client.get("/models?q=qwen3")
    assert '<option value="" selected>Relevance</option>' in shown.content.decode()
    assert [model.name for model in shown.context["listing"].models] == ["qwen3-b", "a-qwen3-b"]
    by_name = client.get("/models?q=qwen3&sort=name").context["listing"].models
    assert [model.name for model in by_name] == ["a-qwen3-b", "qwen3-b"]
    by_name = client.get("/api/models?query=qwen3&order=name").json()["data"]
    assert [model["model_name"] for model in by_name] == ["a-qwen3-b", "qwen3-b"]


def test_filters_hold_for_models_beyond_the_best(client, monkeypatch):
    monkeypatch.setattr("models_registry.model_search.MAX_RANKED", 2)
    for number in range(3):
        a_model(f"chat-{number}")
    a_model(
        "chat-rare-and-long",
        definition=written(llm_record("chat-rare-and-long", model_lang=["fr"])),
    )
    listing = client.get("/models?q=chat&language=fr").context["listing"]
    assert [model.name for model in listing.models] == ["chat-rare-and-long"]
    assert client.get("/models?q=chat").context["listing"].searched.is_cut
    assert MAX_RANKED > 2
