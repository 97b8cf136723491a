"""Estimates the memory of a language model: its weights, and the KV cache of its context.

Weights: parameters · bits per weight / 8. The bits of GGUF files are those that llama.cpp measures
for Llama 3.1 8B (tools/quantize/README.md of ggml-org/llama.cpp); for the other quantizations, and
for the KV cache and the overhead, the rules are those of `xinference/model/llm/memory.py` of
Xinference 4.1.0, without its estimate of activations, which depends on the engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

GIB: Final = 1024**3
CACHE_BYTES: Final = 2
OVERHEAD_BYTES: Final = 650 * 1024**2
# `_convert_to_mb_model_size`: scales and zero points take 6 % of the size at 16 bits.
_SCALES: Final = 0.06 * 16
_GGUF_BITS: Final = {
    "IQ1_S": 2.00, "IQ1_M": 2.15, "IQ2_XXS": 2.38, "IQ2_XS": 2.59, "IQ2_S": 2.74, "IQ2_M": 2.93,
    "IQ3_XXS": 3.25, "IQ3_XS": 3.50, "IQ3_S": 3.66, "IQ3_M": 3.76, "IQ4_XS": 4.46, "IQ4_NL": 4.68,
    "Q2_K": 3.16, "Q3_K_S": 3.64, "Q3_K_M": 4.00, "Q3_K_L": 4.30, "Q4_0": 4.50, "Q4_1": 5.00,
    "Q4_K_S": 4.67, "Q4_K_M": 4.89, "Q5_0": 5.50, "Q5_1": 6.00, "Q5_K_S": 5.57, "Q5_K_M": 5.70,
    "Q6_K": 6.56, "Q8_0": 8.50, "F16": 16.0, "FP16": 16.0, "BF16": 16.0, "F32": 32.0,
}  # fmt: skip
_BITS: Final = re.compile(r"(?:int|fp|mxfp|nvfp|q)?-?([2-8])(?:-?bits?)?")
_FULL: Final = frozenset({"none", "bf16", "fp16", "f16"})


@dataclass(frozen=True, slots=True)
class CacheShape:
    """The shape of the KV cache: layers with attention, their KV heads, the size of a head."""

    layers: int
    kv_heads: int
    head_dim: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes by purpose; `cache` is None if the model's shape is unknown."""

    parameters: float
    bits: float
    weights: float
    cache: float | None
    shape: CacheShape | None
    context: int
    is_measured: bool

    @property
    def total(self) -> float:
        """All known bytes, with the overhead of a process."""
        return self.weights + (self.cache or 0) + OVERHEAD_BYTES


def estimate(
    *,
    billions: float | None,
    model_format: str | None,
    quantization: str | None,
    context: int | None,
    metadata: Mapping[str, Any] | None = None,
) -> Estimate | None:
    """Return the memory that one replica takes, over all its devices.

    `model_format` and `quantization` are spelled as in the definition, `context` counts the tokens
    of all requests together, `metadata` is the source's `model_metadata`. None if the size or the
    bits of the quantization are unknown.
    """
    metadata = metadata or {}
    bits = bits_per_weight(model_format, quantization)
    measured = measured_bytes(metadata)
    if not billions or (bits is None and measured is None):
        return None
    parameters = billions * 1e9
    weights = float(measured) if measured else parameters * (bits or 0) / 8
    shape = shape_of(metadata)
    tokens = context or 0
    cache = None
    if shape is not None:
        cache = float(cache_bytes(shape, tokens))
    return Estimate(
        parameters, weights * 8 / parameters, weights, cache, shape, tokens, bool(measured)
    )


def measured_bytes(metadata: Mapping[str, Any]) -> int | None:
    """Return the size of the weights that a `model_metadata` states."""
    return _number(metadata.get("weights_bytes"))


def cache_bytes(shape: CacheShape, tokens: int) -> int:
    """Return the bytes of the keys and values of so many tokens."""
    return 2 * shape.layers * shape.kv_heads * shape.head_dim * tokens * CACHE_BYTES


def bits_per_weight(model_format: str | None, quantization: str | None) -> float | None:
    """Return the bits that a weight takes on average; None for an unknown quantization."""
    name = (quantization or "none").strip()
    if model_format == "ggufv2":
        plain = name.upper().removeprefix("UD-")
        plain = plain.removesuffix("_XL").removesuffix("_L") if plain not in _GGUF_BITS else plain
        return _GGUF_BITS.get(plain)
    if name.lower() in _FULL:
        return 16.0
    match = _BITS.fullmatch(name.lower())
    return int(match[1]) + _SCALES if match else None


def shape_of(metadata: Mapping[str, Any]) -> CacheShape | None:
    """Return the shape in a `model_metadata`; None if a part is missing.

    Layers of linear attention have no cache that grows with the context.
    """
    layers = _number(metadata.get("num_hidden_layers"))
    heads = _number(metadata.get("num_attention_heads"))
    hidden = _number(metadata.get("hidden_size"))
    if not layers or not heads or not hidden:
        return None
    kinds = metadata.get("layer_types")
    interval = _number(metadata.get("full_attention_interval"))
    if isinstance(kinds, list) and kinds:
        layers = sum(kind in ("full_attention", "sliding_attention") for kind in kinds)
    elif interval:
        layers //= interval
    head_dim = _number(metadata.get("head_dim")) or hidden // heads
    return CacheShape(layers, _number(metadata.get("num_key_value_heads")) or heads, head_dim)


def metadata_for(source: Mapping[str, Any], quantization: str | None) -> Mapping[str, Any]:
    """Return the metadata of a source (of a spec's `model_src`) for one of its quantizations."""
    by_quantization = source.get("model_metadata_by_quantization")
    if isinstance(by_quantization, Mapping):
        metadata = by_quantization.get(quantization)
        if isinstance(metadata, Mapping):
            return metadata
    metadata = source.get("model_metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def _number(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15
    return value if is_count and isinstance(value, int) else None
