"""The format and quantization of a repository's weights, from its configuration."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.prefill.facts import RepositoryFacts

# The end of a repository's name, after the model's: format, bits, precision.
_SUFFIX: Final = re.compile(
    r"[-_.](?:gguf|awq|gptq|fp8(?:-dynamic)?|fp4|nvfp4|mxfp4|mlx|bnb|hf|i?mat|w\d+a\d+|"
    r"int[48]|[2-8]-?bits?|bf16|fp16|dwq|dynamic|unsloth|quantized)$",
    re.IGNORECASE,
)
# Methods that servers load as if the weights were not quantized, as in upstream's records of
# gpt-oss.
_UNMARKED: Final = frozenset({"mxfp4"})


class Weights(NamedTuple):
    """A format as definitions name it, the quantization, its bits, and the reason for a guess."""

    model_format: str
    quantization: str
    bits: int | None = None
    why: Message | None = None


def weights_of(facts: RepositoryFacts) -> Weights:
    """Return the format of a repository's weights, without its GGUF files.

    Quantizations are spelled as most of upstream's records do: "Int4" for GPTQ and AWQ, "fp8",
    "4-bit" for bitsandbytes, "4bit" or "bf16" for MLX, else "none".
    """
    given = facts.config.get("quantization_config") or facts.config.get("compression_config")
    quantization = given if isinstance(given, Mapping) else {}
    method = str(quantization.get("quant_method", "")).lower().replace("_", "-")
    if _is_mlx(facts):
        return _mlx(facts)
    bits = _bits(quantization, "bits", "w_bit", "weight_bits")
    if method in {"gptq", "gptqmodel", "marlin"}:
        return Weights("gptq", f"Int{bits or 4}", bits or 4)
    if method in {"awq", "awq-marlin"}:
        return Weights("awq", f"Int{bits or 4}", bits or 4)
    if method in {"fp8", "fbgemm-fp8"}:
        return Weights("fp8", "fp8")
    if method in {"bitsandbytes", "bnb"} or quantization.get("load_in_4bit") is True:
        bits = 8 if quantization.get("load_in_8bit") is True else 4
        return Weights("bnb", f"{bits}-bit", bits)
    if method == "compressed-tensors":
        return _compressed(facts, quantization)
    if method == "modelopt":
        return _modelopt(quantization)
    if not method or method in _UNMARKED:
        return Weights("pytorch", "none", 4 if method in _UNMARKED else None)
    return Weights(
        "pytorch",
        f"Int{bits}" if bits else "none",
        bits,
        gettext_noop(
            "The weights are quantized with %(method)s, for which definitions have no format.",
            method=method[:40],
        ),
    )


def base_name(name: str) -> str:
    """Return a repository's name without its format: Qwen3-8B-AWQ is Qwen3-8B."""
    while (shorter := _SUFFIX.sub("", name)) not in {"", name}:
        name = shorter
    return name


def _bits(holder: Mapping[str, Any], *keys: str) -> int | None:
    values = (holder.get(key) for key in keys)
    return next(
        (bits for bits in values if isinstance(bits, int) and 1 <= bits <= 16 and bits is not True),
        None,
    )


def _is_mlx(facts: RepositoryFacts) -> bool:
    """MLX's own configuration has `quantization` with group_size, or the repository has its tag."""
    settings = facts.config.get("quantization")
    written_by_mlx = isinstance(settings, Mapping) and "group_size" in settings
    return written_by_mlx or "mlx" in facts.tags or facts.model_id.startswith("mlx-community/")


def _mlx(facts: RepositoryFacts) -> Weights:
    settings = facts.config.get("quantization") or facts.config.get("quantization_config")
    if isinstance(settings, Mapping) and (bits := _bits(settings, "bits")):
        return Weights("mlx", f"{bits}bit", bits)
    dtype = facts.config.get("torch_dtype") or facts.config.get("dtype")
    label = {"float16": "fp16", "float32": "fp32"}.get(str(dtype), "bf16")
    return Weights(
        "mlx", label, None, gettext_noop("MLX weights without a quantization of their own.")
    )


def _compressed(facts: RepositoryFacts, quantization: Mapping[str, Any]) -> Weights:
    """Read llm-compressor's format: https://github.com/vllm-project/compressed-tensors."""
    groups = quantization.get("config_groups")
    first = next(iter(groups.values()), None) if isinstance(groups, Mapping) else None
    weights = first.get("weights") if isinstance(first, Mapping) else None
    settings = weights if isinstance(weights, Mapping) else {}
    bits = _bits(settings, "num_bits")
    if settings.get("type") == "float" or (not settings and "fp8" in facts.name.lower()):
        return Weights("fp4", "FP4", 4) if bits == 4 else Weights("fp8", "fp8")
    bits = bits or 4
    label = f"Int{bits}"
    for method in ("awq", "gptq"):
        if method in facts.name.lower():
            why = gettext_noop("compressed-tensors, %(method)s by name.", method=method.upper())
            return Weights(method, label, bits, why)
    why = gettext_noop(
        "compressed-tensors with integers; upstream's records of such call it pytorch."
    )
    return Weights("pytorch", label, bits, why)


def _modelopt(quantization: Mapping[str, Any]) -> Weights:
    algorithm = str(quantization.get("quant_algo", "")).upper()
    if "FP4" in algorithm:
        return Weights("fp4", "FP4", 4)
    return Weights(
        "fp8", "fp8", None, None if algorithm == "FP8" else gettext_noop("ModelOpt; FP8 is usual.")
    )
