"""First definitions of well-known repositories, and of hostile ones."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.definitions.checks.schema import validate
from models_registry.definitions.checks.server_loading import loading_problems
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.prefill.facts import RepositoryFacts, RepositoryFile
from models_registry.definitions.prefill.repository import definition_from
from tests.models_registry.definitions.prefill import repositories as known
from tests.models_registry.definitions.prefill.repositories import guessed


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


def test_modelscope_is_not_pinned_to_a_commit_that_it_never_named():
    facts = replace(known.QWEN3, hub="modelscope", revision=None)
    source = guessed(facts)[1]["model_specs"][0]["model_src"]["modelscope"]
    assert "model_revision" not in source
    image = replace(known.FLUX, hub="modelscope", revision=None)
    assert guessed(image, "image")[1]["model_src"]["modelscope"]["model_revision"] == "master"


def test_what_could_not_be_read_is_told():
    facts = replace(known.QWEN3, config={}, unread={"config.json": "config.json is gated."})
    guess, _ = guessed(facts)
    assert any("config.json is gated." in note.why for note in guess.missing)


def test_an_unknown_type_is_refused():
    with pytest.raises(ValueError, match='Not a model type: "speech"'):
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
