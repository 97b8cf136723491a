"""Formats, quantizations, sizes and GGUF files, told apart as upstream's records do."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from models_registry.definitions.guessing.facts import RepositoryFacts, RepositoryFile
from models_registry.definitions.guessing.gguf import gguf_sources
from models_registry.definitions.guessing.size import guessed_size

from . import repositories as known
from .repositories import guessed, only_source


@pytest.mark.parametrize(
    ("facts", "name", "model_format", "quantization", "size", "activated"),
    [
        (known.QWEN_AWQ, "Qwen2.5-7B-Instruct", "awq", "Int4", 7, None),
        (known.QWEN_FP8, "Qwen3-30B-A3B-Instruct-2507", "fp8", "fp8", 30, 3),
        (known.QWEN_MLX, "Qwen3-8B", "mlx", "4bit", 8, None),
        (known.QWEN_VL, "Qwen2.5-VL-7B-Instruct", "pytorch", "none", 7, None),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_format_size_and_name_are_told_apart(
    facts, name, model_format, quantization, size, activated
):
    _, record = guessed(facts)
    spec, source = only_source(record)
    assert record["model_name"] == name
    assert (spec["model_format"], source["quantizations"]) == (model_format, [quantization])
    assert spec["model_size_in_billions"] == size
    assert spec.get("activated_size_in_billions") == activated


def compressed(**weights):
    """The configuration that llm-compressor writes."""
    return {
        "quant_method": "compressed-tensors",
        "config_groups": {"group_0": {"weights": weights}},
    }


@pytest.mark.parametrize(
    ("name", "config", "expected"),
    [
        ("A-GPTQ-Int8", {"quant_method": "gptq", "bits": 8}, ("gptq", "Int8")),
        ("A-bnb-4bit", {"quant_method": "bitsandbytes", "load_in_4bit": True}, ("bnb", "4-bit")),
        ("A-8bit", {"quant_method": "bitsandbytes", "load_in_8bit": True}, ("bnb", "8-bit")),
        ("A-FP8-dynamic", compressed(num_bits=8, type="float"), ("fp8", "fp8")),
        ("A-NVFP4A16", compressed(num_bits=4, type="float"), ("fp4", "FP4")),
        ("A-AWQ-4bit", compressed(num_bits=4, type="int"), ("awq", "Int4")),
        ("A-w8a8", compressed(num_bits=8, type="int"), ("pytorch", "Int8")),
        ("A-NVFP4", {"quant_method": "modelopt", "quant_algo": "NVFP4"}, ("fp4", "FP4")),
        ("A-FP8", {"quant_method": "modelopt", "quant_algo": "FP8"}, ("fp8", "fp8")),
        ("A", {"quant_method": "mxfp4"}, ("pytorch", "none")),
        ("A", {"quant_method": "hqq", "weight_bits": 3}, ("pytorch", "Int3")),
        ("A", {"quant_method": ["x"], "bits": "4"}, ("pytorch", "none")),
        ("A", "broken", ("pytorch", "none")),
    ],
)
def test_quantizations_are_spelled_as_upstream_does(name, config, expected):
    facts = replace(
        known.QWEN_VL, model_id=f"a/{name}", config={"quantization_config": config}, parameters={}
    )
    spec, source = only_source(guessed(facts)[1])
    assert (spec["model_format"], source["quantizations"][0]) == expected


def test_mlx_weights_without_a_quantization_are_named_by_their_type():
    facts = replace(known.QWEN_MLX, config={"torch_dtype": "float16"})
    assert only_source(guessed(facts)[1])[1]["quantizations"] == ["fp16"]


def test_a_repository_with_weights_and_gguf_files_has_a_spec_of_each():
    facts = replace(known.QWEN3, files=known.files("model.safetensors", "qwen3-0.6b-q8_0.gguf"))
    record = guessed(facts)[1]
    assert [spec["model_format"] for spec in record["model_specs"]] == ["pytorch", "ggufv2"]


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


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (
            ["a-Q4_K_M.gguf", "a-Q4_K_M-00001-of-00002.gguf"],
            [("a-{quantization}.gguf", ["Q4_K_M"])],
        ),
        (["model.gguf"], [("model.gguf", ["none"])]),
        (["BF16/a-BF16-00001-of-00001.gguf"], [("{quantization}/a-{quantization}.gguf", ["BF16"])]),
        (["a.q4_0.gguf", "a.q8_0.gguf"], [("a.{quantization}.gguf", ["q4_0", "q8_0"])]),
        (
            ["a-Q2_K.gguf", "a-Q4_0.gguf", "b-Q4_0.gguf"],
            [("a-{quantization}.gguf", ["Q2_K", "Q4_0"]), ("b-{quantization}.gguf", ["Q4_0"])],
        ),
        (["a{0}-Q4_0.gguf", "../a-Q4_0.gguf", "/a-Q4_0.gguf", "a\\b-Q4_0.gguf"], []),
        (["imatrix.gguf", "mmproj-F16.gguf"], []),
    ],
)
def test_names_of_gguf_files_are_taken_apart(paths, expected):
    found = gguf_sources([RepositoryFile(path) for path in paths])
    assert [(one["model_file_name_template"], one["quantizations"]) for one in found] == expected


def files_of(source):
    """All files that a server would load for a GGUF source."""
    parts = source.get("quantization_parts", {})
    for quantization in source["quantizations"]:
        template = source["model_file_name_template"]
        if quantization in parts:
            template = source["model_file_name_split_template"]
            for part in parts[quantization]:
                yield template.format(quantization=quantization, part=part)
        else:
            yield template.format(quantization=quantization)


def test_released_gguf_sources_come_out_as_they_are_written(released_catalogue):
    seen = strange = 0
    for path in (released_catalogue / "xinference/model").rglob("models/*.json"):
        if path.parts[-3] not in {"llm", "embedding", "rerank"}:
            continue
        for spec in (
            spec for record in json.loads(path.read_text()) for spec in record["model_specs"]
        ):
            if spec["model_format"] != "ggufv2":
                continue
            for source in spec["model_src"].values():
                wanted = set(files_of(source))
                found = gguf_sources([RepositoryFile(one) for one in sorted(wanted)])
                seen += 1
                strange += {one for part in found for one in files_of(part)} != wanted
    assert seen >= 300
    # A template that is empty although not all quantizations are in parts, and parts named .gguf.a.
    assert strange <= 10


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
    assert named > 1_200
    assert other / named < 0.04
