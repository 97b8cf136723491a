"""How much memory a launch takes."""

from __future__ import annotations

import pytest

from models_registry.launch.memory import bits_per_weight, estimate, shape_of
from models_registry.launch.plan import plan
from tests.models_registry.launch.launched import QWEN, RECORDS


def test_the_kv_cache_is_two_times_layers_heads_dimension_tokens_and_bytes():
    memory = estimate(
        billions=0.6, model_format="pytorch", quantization="none", context=32768, metadata=QWEN
    )
    assert memory.weights == 0.6e9 * 2
    assert memory.cache == 2 * 28 * 8 * 128 * 32768 * 2
    assert memory.total > memory.weights + memory.cache


def test_without_metadata_only_the_weights_are_known():
    memory = plan("llm", "m", RECORDS, {"size": "8"}).memory
    assert memory.weights == 8e9 * 2
    assert memory.cache is None


def test_layers_without_attention_keep_no_cache():
    hybrid = {**QWEN, "layer_types": ["linear_attention"] * 21 + ["full_attention"] * 7}
    assert shape_of(hybrid).layers == 7
    assert shape_of({**QWEN, "full_attention_interval": 4}).layers == 7


@pytest.mark.parametrize(
    ("model_format", "quantization", "bits"),
    [
        ("pytorch", "none", 16), ("ggufv2", "Q4_K_M", 4.89), ("ggufv2", "q8_0", 8.5),
        ("ggufv2", "UD-Q4_K_XL", None), ("awq", "Int4", 4.96), ("gptq", "Int8", 8.96),
        ("mlx", "4bit", 4.96), ("fp8", "FP8", 8.96), ("ggufv2", "BF16", 16), ("gptq", "odd", None),
    ],
)  # fmt: skip
def test_bits_per_weight(model_format, quantization, bits):
    per_weight = bits_per_weight(model_format, quantization)
    assert per_weight == (bits if bits is None else pytest.approx(bits))
