"""Formats and quantizations of weights, told apart as upstream's records do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.models_registry.definitions.prefill import repositories as known
from tests.models_registry.definitions.prefill.repositories import guessed, only_source


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
