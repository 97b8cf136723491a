"""Definitions to launch, and what a plan says of them."""

from __future__ import annotations

from tests.factories import llm_record

QWEN = {
    "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "hidden_size": 1024,
    "num_hidden_layers": 28,
}  # fmt: skip


def spec(model_format, size, quantizations, **source):
    source = {"quantizations": quantizations, "model_id": "example/m", **source}
    return {
        "model_format": model_format,
        "model_size_in_billions": size,
        "model_src": {"huggingface": source},
    }


RECORDS = [
    llm_record(
        "m",
        model_specs=[
            spec("pytorch", "0_6", ["none"], model_metadata=QWEN),
            spec("pytorch", 8, ["none"]),
            spec("ggufv2", "0_6", ["Q4_K_M", "Q8_0"]),
        ],
    )
]
