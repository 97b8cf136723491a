"""Model Registration over HTTP: who may, and what a draft is started from."""

import json

import pytest

from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.form.skeletons import empty_definition
from models_registry.drafting import drafts
from models_registry.models import Draft
from tests.factories import a_model, a_user, llm_record, written
from tests.models_registry.drafting.forms import (
    START,
    a_draft,
    address,
    post,
)
from tests.standins.model_hubs import SHA

pytestmark = pytest.mark.django_db


# --- Who may ----------------------------------------------------------------------------------


def test_visitors_are_asked_to_sign_in(client):
    draft = a_draft(a_user("ada"))
    for path in (START, f"{START}/names", f"{START}/{draft.pk}", address(draft, "json")):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.url.startswith("/signin?next=/model-registration")


def test_who_may_not_register_reads_which_right_is_missing(client):
    client.force_login(a_user("eve"))
    answer = client.get(START)
    assert answer.status_code == 403
    assert "Can register private models" in answer.content.decode()
    client.post(START, {"model_type": "llm", "start": "empty"})
    assert not Draft.objects.exists()


def test_a_model_that_may_be_seen_but_not_changed_has_no_editor(client):
    """Whoever may register models could suggest a change."""
    client.force_login(a_user("eve"))
    model = a_model("others", owner=a_user("bob"))
    answer = client.get(f"/models/detail/{model.pk}/edit")
    assert answer.status_code == 403
    assert not Draft.objects.exists()


# --- Starting ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_each_type_can_be_started_empty_and_every_view_opens(client, ada, model_type):
    answer = client.post(START, {"model_type": model_type, "start": "empty"})
    draft = Draft.objects.get()
    assert answer.url == f"{START}/{draft.pk}"
    assert draft.definition == empty_definition(model_type)
    for view in ("form", "json", "readme", "check"):
        assert client.get(address(draft, view)).status_code == 200


def test_the_usual_values_of_an_empty_form_are_marked(client, ada):
    client.post(START, {"model_type": "llm", "start": "empty"})
    draft = Draft.objects.get()
    page = client.get(address(draft)).content.decode()
    # Context length, languages, abilities, format, quantizations.
    assert page.count("A usual value to begin with.") == 5
    post(client, draft, "form", **{"integer:/0/context_length": "4096"})
    page = client.get(address(draft)).content.decode()
    assert page.count("A usual value to begin with.") == 4


def test_json_with_a_byte_order_mark_is_read(client, ada):
    text = written(llm_record())
    client.post(START, {"model_type": "llm", "start": "json", "json": f"\ufeff{text}"})
    draft = Draft.objects.get()
    assert draft.definition == text
    post(client, draft, "json", text=f"\ufeff{text}".replace("tiny-llm", "other"))
    draft.refresh_from_db()
    assert draft.definition == text.replace("tiny-llm", "other")


def test_a_generator_of_text_is_not_taken_for_an_embedding_model_silently(client, ada, hubs):
    hubs.hugging_face["Qwen/Qwen3-0.6B"].facts["pipeline_tag"] = "text-generation"
    sent = {"model_type": "embedding", "start": "repository", "hub": "huggingface"}
    sent["repository"] = "Qwen/Qwen3-0.6B"
    answer = client.post(START, sent, follow=True)
    assert "Register it as a language model" in answer.content.decode()


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"start": "json", "json": "  "}, "Paste JSON or choose a file."),
        ({"start": "json", "json": "x" * 4_300_000}, "larger than 4 MB"),
        ({"start": "nothing"}, "Choose what to start from."),
        ({"start": "empty", "model_type": "car"}, "There is no model type"),
        ({"start": "repository", "hub": "huggingface", "repository": "no id"}, "no id"),
        ({"start": "repository", "hub": "elsewhere", "repository": "a/b"}, "elsewhere"),
    ],
)
def test_a_start_that_fails_says_why_and_makes_no_draft(client, ada, sent, message):
    answer = client.post(START, {"model_type": "llm"} | sent)
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert not Draft.objects.exists()


def test_the_number_of_drafts_is_limited(client, ada, monkeypatch):
    monkeypatch.setattr(drafts, "MAX_DRAFTS", 1)
    a_draft(ada)
    answer = client.post(START, {"model_type": "llm", "start": "empty"})
    assert "Submit or discard some first" in answer.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        "Qwen/Qwen3-0.6B",
        "https://huggingface.co/Qwen/Qwen3-0.6B",
        "hf.co/Qwen/Qwen3-0.6B",
        "www.huggingface.co/Qwen/Qwen3-0.6B/tree/main",
        "modelscope.cn/models/Qwen/Qwen3-0.6B",
    ],
)
def test_a_repository_fills_the_form_and_marks_what_it_guessed(client, ada, hubs, typed):
    sent = {"model_type": "llm", "start": "repository", "hub": "huggingface", "repository": typed}
    client.post(START, sent)
    draft = Draft.objects.get()
    record = json.loads(draft.definition)[0]
    source = record["model_specs"][0]["model_src"]["huggingface"]
    assert (record["context_length"], record["architectures"]) == (40960, ["Qwen3ForCausalLM"])
    assert (source["model_id"], source["model_revision"]) == ("Qwen/Qwen3-0.6B", SHA)
    page = client.get(address(draft)).content.decode()
    assert page.count("Guessed.") >= 1
    post(client, draft, "form", **{"text:/0/model_name": "another-name"})
    assert (
        client.get(address(draft)).content.decode().count("Guessed.") == page.count("Guessed.") - 1
    )


def test_a_repository_that_is_not_there_is_said_and_what_was_typed_stays(client, ada, hubs):
    sent = {"model_type": "llm", "start": "repository", "hub": "modelscope", "repository": "a/b"}
    answer = client.post(START, sent)
    assert answer.status_code == 404
    assert 'value="a/b"' in answer.content.decode()
    assert not Draft.objects.exists()
