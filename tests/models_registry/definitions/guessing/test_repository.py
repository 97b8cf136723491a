"""First definitions of well-known repositories, and of hostile ones."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.definitions.guessing.facts import RepositoryFacts, RepositoryFile
from models_registry.definitions.guessing.repository import definition_from, likely_type
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.loading import loading_problems
from models_registry.definitions.schema import validate
from models_registry.definitions.text import parse

from . import repositories as known
from .repositories import guessed, only_source


@pytest.mark.parametrize(
    ("facts", "model_type"),
    [
        (known.QWEN3, "llm"),
        (known.LLAMA_GGUF, "llm"),
        (known.QWEN_AWQ, "llm"),
        (known.QWEN_FP8, "llm"),
        (known.QWEN_MLX, "llm"),
        (known.QWEN_VL, "llm"),
        (known.GEMMA_GGUF, "llm"),
        (known.BGE_M3, "embedding"),
        (known.BGE_RERANKER, "rerank"),
        (known.WHISPER, "audio"),
        (known.FLUX, "image"),
        (known.WAN, "video"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_schema_and_servers_take_the_guess_for_a_well_known_repository(facts, model_type):
    guess, record = guessed(facts, model_type)
    assert validate(model_type, parse(guess.text)) == []
    assert loading_problems(model_type, [{**record, "updated_at": 1}]) == []
    assert [note for note in guess.missing if note.pointer != "/0/stop"] == []


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_every_note_points_to_a_value_and_every_gap_to_none(model_type):
    for facts in vars(known).values():
        if isinstance(facts, RepositoryFacts):
            guess = definition_from(facts, model_type)
            definition = parse(guess.text)
            for note in guess.guessed:
                assert definition.find(note.pointer)[2], note
                assert note.why.endswith(".")
            for note in guess.missing:
                assert not definition.find(note.pointer)[2], note


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


def test_gguf_files_become_templates_with_their_parts():
    _, record = guessed(known.LLAMA_GGUF)
    spec, source = only_source(record)
    name = "Meta-Llama-3.1-70B-Instruct-{quantization}"
    parts = ["00001-of-00002", "00002-of-00002"]
    assert record["model_name"] == "Meta-Llama-3.1-70B-Instruct"
    assert record["context_length"] == 131072
    assert record["model_lang"] == ["en", "de", "fr"]
    assert record["stop"] == ["<|eot_id|>"]
    assert record["tool_parser"] == "llama3"
    assert (spec["model_format"], spec["model_size_in_billions"]) == ("ggufv2", 70)
    assert source["quantizations"] == ["IQ2_M", "Q4_K_M", "Q6_K", "Q8_0"]
    assert source["model_file_name_template"] == f"{name}.gguf"
    assert source["model_file_name_split_template"] == f"{name}/{name}-{{part}}.gguf"
    assert source["quantization_parts"] == {"Q6_K": parts, "Q8_0": parts}


def test_a_projector_beside_gguf_files_means_that_the_model_sees():
    _, record = guessed(known.GEMMA_GGUF)
    spec, source = only_source(record)
    assert record["model_ability"] == ["chat", "vision"]
    assert source["multimodal_projectors"] == ["mmproj-BF16.gguf", "mmproj-F16.gguf"]
    assert source["quantizations"] == ["BF16", "Q4_K_M", "UD-Q4_K_XL"]
    assert spec["model_size_in_billions"] == 4


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


def test_whisper_transcribes_many_languages_with_transformers():
    _, record = guessed(known.WHISPER, "audio")
    assert (record["model_family"], record["engine"]) == ("whisper", "transformers")
    assert record["model_ability"] == ["audio2text"]
    assert record["multilingual"] is True


def test_a_family_of_code_is_never_made_up():
    facts = RepositoryFacts("huggingface", "a/Novel-TTS", task="text-to-speech")
    for model_type in ("audio", "image", "video", "world"):
        guess, record = guessed(facts, model_type)
        assert "model_family" not in record
        assert "/0/model_family" in {note.pointer for note in guess.missing}


def test_pipelines_tell_what_image_and_video_models_do():
    assert guessed(known.FLUX, "image")[1]["model_ability"] == ["text2image"]
    edit = replace(known.FLUX, model_index={"_class_name": "QwenImageEditPipeline"})
    assert guessed(edit, "image")[1]["model_ability"] == ["image2image"]
    _, record = guessed(known.WAN, "video")
    assert (record["model_family"], record["model_ability"]) == ("Wan", ["image2video"])


def test_modelscope_is_not_pinned_to_a_commit_that_it_never_named():
    facts = replace(known.QWEN3, hub="modelscope", revision=None)
    source = guessed(facts)[1]["model_specs"][0]["model_src"]["modelscope"]
    assert "model_revision" not in source
    image = replace(known.FLUX, hub="modelscope", revision=None)
    assert guessed(image, "image")[1]["model_src"]["modelscope"]["model_revision"] == "master"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["en"]),
        (["zh", "EN", "zh"], ["zh", "en"]),
        ([False, "sv"], ["no", "sv"]),
        (["pt-BR", "zh_Hans"], ["pt-br", "zh-hans"]),
        ("multilingual", ["multilingual"]),
        (["x" * 50, 7, None, "<b>"], ["en"]),
        (None, ["en"]),
    ],
)
def test_languages_are_those_of_the_card(language, expected):
    facts = replace(known.QWEN3, card={"language": language}, card_text="")
    assert guessed(facts)[1]["model_lang"] == expected


def test_a_card_in_chinese_speaks_for_chinese():
    facts = replace(known.QWEN3, card_text="通义千问是阿里云研发的大语言模型。" * 5)
    assert guessed(facts)[1]["model_lang"] == ["en", "zh"]


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("# Title\n\nToo short.\n\n" + "A model that does things. " * 2, "A model that does"),
        ("<!-- hidden " + "x " * 50 + "-->\n\n" + "Seen words. " * 5, "Seen words."),
        ("```\n" + "code " * 30 + "\n```\n\n| a | b |\n\n> quoted\n\n" + "Prose. " * 9, "Prose."),
        ("![badge](x.svg) [![b](c)](d)\n\n" + "Prose here. " * 5, "Prose here."),
        ('<p align="center"><b>' + "Bold claim. " * 5 + "</b></p>", "Bold claim."),
    ],
)
def test_the_description_is_the_first_prose_of_the_card(card, expected):
    record = guessed(replace(known.QWEN3, card_text=card))[1]
    assert record["model_description"].startswith(expected)
    assert not re.search(r"[<>`|]", record["model_description"])


def test_a_long_description_ends_with_a_sentence():
    facts = replace(known.QWEN3, card_text="This is one sentence of several. " * 100)
    description = guessed(facts)[1]["model_description"]
    assert len(description) <= 400
    assert description.endswith("several.")


def test_what_could_not_be_read_is_told():
    facts = replace(known.QWEN3, config={}, unread={"config.json": "config.json is gated."})
    guess, _ = guessed(facts)
    assert any("config.json is gated." in note.why for note in guess.missing)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (known.QWEN3, "llm"),
        (known.QWEN_VL, "llm"),
        (known.LLAMA_GGUF, "llm"),
        (known.BGE_M3, "embedding"),
        (known.BGE_RERANKER, "rerank"),
        (known.WHISPER, "audio"),
        (known.FLUX, "image"),
        (known.WAN, "video"),
        (RepositoryFacts("huggingface", "a/b"), None),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_type_of_a_repository_is_suggested(facts, expected):
    assert likely_type(facts) == expected


def test_an_unknown_type_is_refused():
    with pytest.raises(ValueError, match='"speech" is no model type'):
        definition_from(known.QWEN3, "speech")


def test_a_repository_that_says_far_too_much_costs_little_and_gives_a_small_definition():
    names = [f"{number:05}-" + "x" * 900 for number in range(10_000)]
    names += [f"{number}-Q4_0.gguf" for number in range(5_000)]
    names += [
        f"{number}-Q{number % 9}_{'K' * 30}{number}-00001-of-00001.gguf" for number in range(5_000)
    ]
    facts = replace(
        known.QWEN3,
        files=tuple(RepositoryFile(name, 1) for name in names),
        card_text="[](" * 10_000 + "![" * 10_000 + "<a" * 10_000,
        chat_template="\1" * 90_000 + "<think> tools",
        tokenizer_config={
            "added_tokens_decoder": {str(one): {"content": "x" * 200} for one in range(20_000)},
            "eos_token": "x" * 200,
        },
        generation_config={"eos_token_id": list(range(100_000))},
        config={"architectures": ["x" * 99] * 10_000},
    )
    started = time.process_time()
    guess = definition_from(facts, "llm")
    assert time.process_time() - started < 60
    assert len(guess.text.encode()) < 1_000_000
    parse(guess.text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
CONFIG_KEYS = st.sampled_from(
    [
        "architectures", "max_position_embeddings", "rope_scaling", "text_config", "vision_config",
        "quantization_config", "quantization", "eos_token_id", "eos_token", "model_type", "factor",
        "added_tokens_decoder", "torch_dtype", "quant_method", "bits", "config_groups", "type",
        "hidden_size", "max_seq_length", "word_embedding_dimension", "_class_name", "total",
        "model_max_length", "thinker_config", "original_max_position_embeddings", "context_length",
    ]
)  # fmt: skip
configs = st.recursive(
    st.dictionaries(CONFIG_KEYS, values, max_size=6),
    lambda inner: st.dictionaries(CONFIG_KEYS, inner | values, max_size=6),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(
    config=configs,
    generation=configs,
    tokenizer=configs,
    gguf=configs,
    card=st.dictionaries(st.just("language"), st.lists(st.text() | st.booleans(), max_size=3)),
    text=st.text(),
    template=st.none() | st.text(),
    paths=st.lists(
        st.text(max_size=30).map(lambda stem: f"{stem}-Q4_0.gguf") | st.text(max_size=30),
        max_size=5,
    ),
    model_type=st.sampled_from(MODEL_TYPES),
)
def test_whatever_a_repository_says_a_definition_comes_out(
    config, generation, tokenizer, gguf, card, text, template, paths, model_type
):
    facts = RepositoryFacts(
        "huggingface",
        "a/b-7B",
        files=tuple(RepositoryFile(path, 10) for path in paths),
        config=config,
        generation_config=generation,
        tokenizer_config=tokenizer,
        sentence_bert_config=tokenizer,
        pooling=config,
        model_index=config,
        gguf=gguf,
        card=card,
        card_text=text,
        chat_template=template,
    )
    definition = parse(definition_from(facts, model_type).text)
    problems = {problem.code for problem in validate(model_type, definition)}
    assert problems <= {"missing-key"}
