"""How many parameters a model has: from its name, its weights or its files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from models_registry.definitions.prefill.facts import RepositoryFacts
from models_registry.definitions.prefill.size import guessed_size
from tests.models_registry.definitions.prefill import repositories as known
from tests.upstream_data import of_all


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("Qwen2.5-1.5B-Instruct", {}, "1_5"),
        ("Qwen-1_8B-Chat", {}, "1_8"),
        ("gemma-3-270m-it", {"BF16": 268_098_176}, "0_27"),
        ("Qwen3.8-2.4T-A95B", {}, 2400),
        ("Phi-3-mini-128k-instruct", {"BF16": 3_821_079_552}, "3_8"),
        ("DeepSeek-V3", {"BF16": 3_918_786_560, "F8_E4M3": 680_571_043_840}, 684),
        ("Mixtral-8x7B-Instruct-v0.1", {"BF16": 46_702_792_704}, 47),
        ("Mixtral-8x7B-Instruct-v0.1", {}, 56),
        ("Llama-7B-finetune-of-something-else", {"BF16": 70_000_000_000}, 70),
        ("model-bnb-4bit", {}, None),
        ("bge-m3", {}, None),
        ("Tiny-0B", {}, None),
    ],
)
def test_sizes_come_from_the_name_and_are_checked_against_the_weights(name, parameters, expected):
    facts = RepositoryFacts("huggingface", f"a/{name}", parameters=parameters)
    sized = guessed_size(facts)
    assert (None if sized is None else sized.size) == expected


def test_packed_weights_count_as_many_as_they_hold():
    facts = replace(known.QWEN_AWQ, model_id="a/b")
    assert guessed_size(facts, 4).size == "7_6"


def test_a_size_can_be_told_from_the_files_alone():
    facts = replace(known.QWEN3, model_id="a/b", parameters={})
    assert guessed_size(facts).size == "0_75"


def test_released_sizes_are_those_in_the_names(released_catalogue):
    named = other = 0
    for path in (released_catalogue / "xinference/model/llm").rglob("models/*.json"):
        for spec in (
            spec for record in json.loads(path.read_text()) for spec in record["model_specs"]
        ):
            for hub, source in spec["model_src"].items():
                sized = guessed_size(RepositoryFacts(hub, source["model_id"]))
                if sized is not None:
                    named += 1
                    other += str(sized.size) != str(spec["model_size_in_billions"])
    assert named >= of_all(1_200)
    assert other <= max(1, 0.04 * named)
