"""Language models, embeddings and rerankers, filled from their repositories."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.models_registry.definitions.prefill import repositories as known
from tests.models_registry.definitions.prefill.repositories import guessed, only_source


def test_qwen3_is_what_upstream_says_of_it():
    guess, record = guessed(known.QWEN3)
    spec, source = only_source(record)
    assert record["model_name"] == "Qwen3-0.6B"
    assert record["context_length"] == 40960
    assert record["architectures"] == ["Qwen3ForCausalLM"]
    assert record["model_type"] == "qwen3"
    assert record["model_ability"] == ["chat", "reasoning", "hybrid", "tools"]
    assert record["stop_token_ids"] == [151645, 151643]
    assert record["stop"] == ["<|im_end|>", "<|endoftext|>"]
    assert (record["reasoning_start_tag"], record["reasoning_end_tag"]) == ("<think>", "</think>")
    assert record["tool_parser"] == "qwen"
    assert record["chat_template"] == known.QWEN3_TEMPLATE
    assert spec["model_format"] == "pytorch"
    assert spec["model_size_in_billions"] == "0_6"
    assert source == {
        "quantizations": ["none"],
        "model_id": "Qwen/Qwen3-0.6B",
        "model_revision": known.SHA,
    }
    assert record["model_description"] == (
        "Qwen3 is the latest generation of large language models in Qwen series. "
        "It offers a comprehensive suite of models."
    )
    assert "updated_at" not in record
    assert "/0/model_lang" in {note.pointer for note in guess.guessed}
    assert "/0/context_length" not in {note.pointer for note in guess.guessed}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"max_position_embeddings": 32768}, 32768),
        ({"text_config": {"max_position_embeddings": 131072}}, 131072),
        ({"thinker_config": {"text_config": {"max_position_embeddings": 65536}}}, 65536),
        ({"n_positions": 1024}, 1024),
        ({"seq_length": 8192.0}, 8192),
        (
            {
                "max_position_embeddings": 40960,
                "rope_scaling": {
                    "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768,
                },
            },
            131072,
        ),
        (
            {
                "max_position_embeddings": 163840,
                "rope_scaling": {
                    "type": "yarn", "factor": 40, "original_max_position_embeddings": 4096,
                },
            },
            163840,
        ),
        (
            {
                "max_position_embeddings": 131072,
                "rope_scaling": {
                    "rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192,
                },
            },
            131072,
        ),
        ({"max_position_embeddings": True}, None),
        ({"max_position_embeddings": -1}, None),
        ({"max_position_embeddings": 10**30}, None),
        ({"max_position_embeddings": "4096", "rope_scaling": []}, None),
    ],
)  # fmt: skip
def test_the_context_length_is_read_wherever_it_stands(config, expected):
    facts = replace(known.QWEN_VL, config=config, tokenizer_config={"model_max_length": 1e30})
    guess, record = guessed(facts)
    assert record.get("context_length") == expected
    assert ("/0/context_length" in {note.pointer for note in guess.missing}) is (expected is None)


def test_bge_m3_is_what_upstream_says_of_it():
    _, record = guessed(known.BGE_M3, "embedding")
    assert (record["dimensions"], record["max_tokens"]) == (1024, 8192)
    spec, source = only_source(record)
    assert (spec["model_format"], source["quantizations"]) == ("pytorch", ["none"])


def test_roberta_s_positions_are_counted_as_it_does():
    _, record = guessed(known.BGE_RERANKER, "rerank")
    assert (record["max_tokens"], record["type"]) == (512, "normal")
    assert record["language"] == ["en", "zh"]


@pytest.mark.parametrize(
    ("model_id", "architecture", "expected"),
    [
        ("BAAI/bge-reranker-v2-gemma", "GemmaForCausalLM", "LLM-based"),
        ("BAAI/bge-reranker-v2-minicpm-layerwise", "LayerWise", "LLM-based layerwise"),
        ("Qwen/Qwen3-Reranker-0.6B", "Qwen3ForCausalLM", "normal"),
    ],
)
def test_kinds_of_rerankers_are_told_apart(model_id, architecture, expected):
    facts = replace(known.BGE_RERANKER, model_id=model_id, config={"architectures": [architecture]})
    assert guessed(facts, "rerank")[1]["type"] == expected
