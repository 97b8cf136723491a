"""Custom models, as `xinference register` takes them, become definitions."""

from __future__ import annotations

import json

import pytest

from models_registry.definitions.checks.run import check
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.prefill.conversion import converted
from models_registry.models import Draft
from tests.models_registry.definitions.prefill.custom_models import FIRST_VERSION, start
from tests.models_registry.drafting.forms import START, a_draft, address, member, post

pytestmark = pytest.mark.django_db


CUSTOM_EMBEDDING = {
    "version": 2,
    "model_name": "acme-embedding-8B",
    "model_hub": "huggingface",
    "dimensions": 4096,
    "max_tokens": 40960,
    "language": ["zh", "en"],
    "model_specs": [
        {"model_format": "pytorch", "model_hub": "huggingface", "model_id": None,
         "model_uri": "/data/acme-embedding-8B", "model_revision": None, "quantization": "none"}
    ],
    "cache_config": None,
    "virtualenv": {"packages": [], "inherit_pip_config": True, "index_url": None},
    "is_builtin": False,
}  # fmt: skip


CUSTOM_RERANK = {
    "version": 2, "model_name": "acme-rerank", "language": ["en"], "max_tokens": 512,
    "model_id": "acme/rerank", "model_hub": "modelscope", "is_builtin": False,
}  # fmt: skip


CUSTOM_IMAGE = {
    "version": 2, "model_name": "acme-image", "model_family": "stable_diffusion",
    "model_id": "acme/image", "model_revision": None, "model_hub": "huggingface",
    "model_uri": None, "model_ability": ["text2image"], "is_builtin": False,
}  # fmt: skip


CUSTOM_AUDIO = {
    "version": 2, "model_name": "acme-audio", "model_family": "whisper", "multilingual": True,
    "model_id": "acme/audio", "model_ability": ["audio2text"], "is_builtin": False,
}  # fmt: skip


CUSTOM = {
    "embedding": CUSTOM_EMBEDDING,
    "llm": FIRST_VERSION,
    "rerank": CUSTOM_RERANK,
    "image": CUSTOM_IMAGE,
    "audio": CUSTOM_AUDIO,
}


@pytest.fixture
def ada(client):
    """A registrar, signed in."""
    user = member("ada", "Registrars")
    client.force_login(user)
    return user


@pytest.mark.parametrize(("model_type", "model"), CUSTOM.items(), ids=CUSTOM)
@pytest.mark.parametrize("as_list", [False, True], ids=["alone", "in a list"])
def test_a_custom_model_becomes_a_definition_that_can_be_registered(
    client, ada, model_type, model, as_list
):
    text = json.dumps([model] if as_list else model)
    answer = start(client, model_type, text)
    assert "This was a custom model" in answer.content.decode()
    draft = Draft.objects.get()
    definition = definition_text.parse(draft.definition)
    assert check(model_type, definition, is_public=False) == []
    [record] = definition.records
    assert record["model_name"] == model["model_name"]
    assert "is_builtin" not in record
    assert record["version"] == 2


def test_a_converted_model_keeps_what_it_says_and_marks_what_was_guessed():
    [made] = converted("llm", json.dumps(FIRST_VERSION))
    [record] = json.loads(made.text)
    assert record["prompt_style"] == FIRST_VERSION["prompt_style"]
    [spec] = record["model_specs"]
    assert spec["model_size_in_billions"] == "1_5"
    assert spec["model_src"] == {
        "huggingface": {"quantizations": ["4-bit", "none"], "model_id": "acme/acme-14b"}
    }
    assert set(made.guessed) == {
        "/0/model_specs/0/model_size_in_billions", "/0/model_specs/0/model_src/huggingface",
    }  # fmt: skip


def test_specs_that_differ_in_hub_and_quantization_only_become_one():
    spec = {"model_format": "pytorch", "model_size_in_billions": 7, "model_id": "a/b"}
    custom = {
        **FIRST_VERSION,
        "model_specs": [
            {**spec, "model_hub": "huggingface", "quantization": "none"},
            {**spec, "model_hub": "huggingface", "quantization": "8-bit"},
            {**spec, "model_hub": "modelscope", "quantization": "none"},
            {**spec, "model_hub": "huggingface", "model_id": "a/c", "quantization": "none"},
        ],
    }
    [made] = converted("llm", json.dumps(custom))
    specs = json.loads(made.text)[0]["model_specs"]
    assert [list(one["model_src"]) for one in specs] == [["huggingface", "modelscope"],
                                                         ["huggingface"]]  # fmt: skip
    assert specs[0]["model_src"]["huggingface"]["quantizations"] == ["none", "8-bit"]
    assert specs[1]["model_src"]["huggingface"]["model_id"] == "a/c"


def test_the_whole_answer_of_a_server_offers_its_custom_models(client, ada):
    """`GET /v1/model_registrations/LLM?detailed=true`: built-in models among them are skipped."""
    second = {**FIRST_VERSION, "model_name": "acme-2", "is_builtin": False}
    builtin = {**FIRST_VERSION, "model_name": "qwen3", "is_builtin": True}
    page = start(client, "llm", [builtin, {**FIRST_VERSION, "is_builtin": False}, second])
    assert b"acme-14b" in page.content
    assert b"acme-2" in page.content
    assert not Draft.objects.exists()
    text = json.dumps([builtin, {**FIRST_VERSION, "is_builtin": False}, second])
    client.post(START, {"model_type": "llm", "start": "json", "json": text, "pick": "acme-2"})
    assert json.loads(Draft.objects.get().definition)[0]["model_name"] == "acme-2"


def test_the_editor_converts_a_pasted_custom_model(client, ada):
    draft = a_draft(ada, json.dumps(FIRST_VERSION), model_type="llm")
    assert b"Convert it" in client.get(address(draft, "json")).content
    post(client, draft, "json", text=json.dumps(FIRST_VERSION), fix="custom-model")
    draft.refresh_from_db()
    assert check("llm", definition_text.parse(draft.definition)) == []
    form = client.get(address(draft)).content.decode()
    assert "Written as 1.5 in the custom model." in form


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_a_definition_is_never_taken_for_something_else(client, released_catalogue, model_type):
    for file in (released_catalogue / f"xinference/model/{model_type}/models").glob("*.json"):
        assert converted(model_type, file.read_text("utf-8")) == []
