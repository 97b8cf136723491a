"""Abilities, stop tokens and tool parsers of a chat model."""

from __future__ import annotations

from dataclasses import replace

from tests.models_registry.definitions.prefill import repositories as known
from tests.models_registry.definitions.prefill.repositories import guessed


def test_a_base_model_generates_and_has_no_stops():
    record = guessed(replace(known.QWEN3, chat_template=None))[1]
    assert record["model_ability"] == ["generate"]
    assert not {"chat_template", "stop", "tool_parser"} & set(record)


def test_an_omni_model_sees_hears_and_speaks():
    config = {
        "architectures": ["Qwen2_5OmniModel"],
        "thinker_config": {
            "audio_config": {},
            "vision_config": {},
            "text_config": {"max_position_embeddings": 32768},
        },
        "talker_config": {},
    }
    record = guessed(replace(known.QWEN_VL, config=config, task="any-to-any"))[1]
    assert record["model_ability"] == ["chat", "vision", "audio", "omni"]


def test_an_unknown_tool_parser_is_missing_and_not_made_up():
    config = {**known.QWEN3.config, "architectures": ["NovelForCausalLM"]}
    guess, record = guessed(replace(known.QWEN3, config=config))
    assert "tool_parser" not in record
    assert "/0/tool_parser" in {note.pointer for note in guess.missing}
