"""What texts mean: sizes, addresses, spellings, and texts that mean no good."""

from __future__ import annotations

import time

import pytest

from models_registry.search.query import MAX_TERMS, parse
from models_registry.search.words import folded


@pytest.mark.parametrize(
    ("text", "bucket", "exact"),
    [("7b", "4-9b", "7"), ("0.5B", "lt-1b", "0.5"), ("110b", "40-110b", "110"),
     ("671b", "gt-110b", "671"), ("82m", "lt-1b", "0.082"), ("1.7b", "1-4b", "1.7")],
)  # fmt: skip
def test_sizes_are_buckets_and_themselves(text, bucket, exact):
    (term,) = parse(text).terms
    assert [(m.kind, m.value) for m in term.meanings] == [("size", bucket), ("exact", exact)]


def test_a_text_is_taken_apart_and_each_part_can_be_taken_out():
    query = parse("Vision 7B AWQ")
    assert [term.words for term in query.terms] == [("vision",), ("7b",), ("awq",)]
    assert [query.without(term) for term in query.terms] == ["7b awq", "vision awq", "vision 7b"]


@pytest.mark.parametrize(
    ("text", "repository"),
    [
        ("Qwen/Qwen3-8B", "qwen/qwen3-8b"),
        ("https://huggingface.co/BAAI/bge-m3", "baai/bge-m3"),
        ("huggingface.co/BAAI/bge-m3/tree/main?x=1", "baai/bge-m3"),
        ("https://www.modelscope.cn/models/Qwen/Qwen3-8B/summary", "qwen/qwen3-8b"),
        ("  https://hf-mirror.com/openai/whisper-tiny ", "openai/whisper-tiny"),
        ("https://example.org/a/b", ""),
        ("and/or/not", ""),
        ("text to speech", ""),
    ],
)
def test_repositories_are_known_by_their_id_and_their_address(text, repository):
    assert parse(text).repository == repository


@pytest.mark.parametrize(
    "spellings",
    [
        ("qwen3", "Qwen 3", "QWEN-3", "ｑｗｅｎ３"),
        ("bge-m3", "bge_m3", "BGE M3", "bgem3"),
        ("glm-4.5", "glm4.5", "GLM 4.5"),
        ("Deepseek-V3.1", "deepseek v3.1", "DeepSeekV3.1"),
        ("qwen2.5-vl", "qwen2.5vl", "Qwen 2.5 VL"),
    ],
)
def test_all_spellings_of_a_name_are_one(spellings):
    assert len({folded(spelling) for spelling in spellings}) == 1
    assert len({parse(spelling).folded for spelling in spellings}) == 1


HOSTILE = {
    "long": "a" * 70_000,
    "many words": "qwen " * 20_000,
    "many errors": " ".join("wisperr" + "x" * n for n in range(30)),
    "nul": "qwen\x003\x00",
    "punctuation": "!?.,;:'\"()[]{}*&|^~-_/\\%",
    "wildcards": "%_%_%' OR 1=1 -- \" * NEAR(",
    "operators": "\"qwen\" AND NOT (x) OR y:* & | ! <-> 'z':*",
    "surrogates": "\ud800qwen\udfff",
    "unicode": "𓀀𞤀ﷺ🤖 e\u0301 \u202e ١٢ ⅷ ＱＷＥＮ İ ß",
    "chinese": "文生图" * 20_000,
    "numbers": "1." * 30_000 + "b",
    "slashes": "a/" * 30_000,
    "address": "https://huggingface.co/" + "a-." * 20_000,
    "spaces": " \t\n\u3000" * 10_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_any_text_is_read_quickly_and_in_few_terms(text):
    started = time.process_time()
    query = parse(text)
    assert time.process_time() - started < 1
    assert len(query.terms) <= MAX_TERMS
    for term in query.terms:
        query.without(term)
