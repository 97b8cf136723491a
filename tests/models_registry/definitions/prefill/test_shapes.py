"""JSON that people have in place of a definition: named in one sentence, or converted."""

from __future__ import annotations

import html
import json

import pytest

from accounts import tokens
from accounts.models import Scope
from models_registry.models import Draft
from tests.factories import a_person, llm_record
from tests.models_registry.definitions.prefill.custom_models import FIRST_VERSION, start
from tests.models_registry.drafting.forms import a_draft, address, member

pytestmark = pytest.mark.django_db

OTHER_FILES = {
    "config.json of a repository": '{"architectures": ["XLMRobertaModel"], "hidden_size": 1024, '
    '"model_type": "xlm-roberta", "vocab_size": 250002}',
    "generation_config.json": '{"eos_token_id": 2, "top_p": 0.8, "transformers_version": "4.51"}',
    "tokenizer_config.json": '{"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>"}',
    "configuration.json of a repository": '{"framework": "pytorch", "task": "chat"}',
    "adapter_config.json": '{"peft_type": "LORA", "base_model_name_or_path": "a/b", "r": 8}',
    "model_index.json": '{"_class_name": "FluxPipeline", "_diffusers_version": "0.30"}',
    "Ollama Modelfile": "# mine\nFROM llama3.2\nPARAMETER temperature 1\n",
    "metadata of a GGUF file": '{"general.architecture": "qwen3", "general.name": "x"}',
    "models without their definitions": '[{"model_name": "a", "is_builtin": true}]',
}


@pytest.fixture
def ada(client):
    """A registrar, signed in."""
    user = member("ada", "Registrars")
    client.force_login(user)
    return user


@pytest.mark.parametrize(("name", "text"), OTHER_FILES.items(), ids=OTHER_FILES)
def test_another_file_is_named_in_one_sentence_and_keeps_the_typed_text(client, ada, name, text):
    answer = start(client, "llm", text)
    assert answer.status_code == 400
    assert name in answer.content.decode()
    assert not Draft.objects.exists()
    assert text.split()[-1] in html.unescape(answer.content.decode())


@pytest.mark.parametrize(("name", "text"), OTHER_FILES.items(), ids=OTHER_FILES)
def test_the_editor_says_the_same_as_its_only_problem(client, ada, name, text):
    draft = a_draft(ada, text, model_type="llm")
    page = client.get(address(draft, "json")).content.decode()
    assert name in page
    assert "is missing" not in page


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        (FIRST_VERSION, "This is a custom model"),
        ([FIRST_VERSION], "This is a custom model"),
        (json.dumps(FIRST_VERSION), "This is a custom model"),
        (json.loads(OTHER_FILES["config.json of a repository"]), "config.json of a repository"),
        (OTHER_FILES["Ollama Modelfile"], "Ollama Modelfile"),
        (llm_record(), "this is one object. Put it in [ and ]"),
    ],
)
def test_the_api_answers_one_clear_error(client, definition, said):
    _, raw = tokens.issue(
        by=a_person("ada", "Registrars"), name="t", scope=Scope.WRITE, expires_at=None
    )
    answer = client.post(
        "/api/models",
        {"model_type": "llm", "definition": definition},
        content_type="application/json",
        headers={"Authorization": f"Bearer {raw}"},
    )
    assert (answer.status_code, answer.json()["error_code"]) == (422, "INVALID_DEFINITION")
    [error] = answer.json()["errors"]
    assert said in error["message"]
