"""How many parameters a model has, in the billions that definitions are written in."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.prefill.facts import RepositoryFacts

Size = int | str

_NUMBER: Final = r"(\d{1,5}(?:[._]\d{1,3})?)"
# "7B" in Qwen2.5-7B-Instruct; not "4b" in 4bit, not "A3B", which are the activated ones.
_IN_NAME: Final = re.compile(rf"(?<![A-Za-z0-9.]){_NUMBER}([TBMtbm])(?![A-Za-z0-9])")
_EXPERTS: Final = re.compile(rf"(?<![A-Za-z0-9.])(\d{{1,3}})[xX]{_NUMBER}[bB](?![A-Za-z0-9])")
_ACTIVATED: Final = re.compile(rf"(?<![A-Za-z0-9])[Aa]{_NUMBER}[bB](?![A-Za-z0-9])")
_BILLIONS: Final = {"T": 1000.0, "B": 1.0, "M": 0.001}

_WEIGHTS: Final = re.compile(r"(?:^|/)[^/]*\.(?:safetensors|bin|pt|pth)$")
_NO_WEIGHTS: Final = re.compile(r"(?:training_args|optimizer|scheduler|rng_state|adapter_)")
# Bytes of one parameter; a name of a data type of safetensors, or of torch.
_BYTES: Final = {
    "F64": 8.0, "F32": 4.0, "F16": 2.0, "BF16": 2.0, "F8_E4M3": 1.0, "F8_E5M2": 1.0, "I8": 1.0,
    "float32": 4.0, "float16": 2.0, "bfloat16": 2.0, "float8_e4m3fn": 1.0,
}  # fmt: skip
# Integers that hold several quantized weights each, by their bits.
_PACKED: Final = {"I64": 64, "I32": 32, "U32": 32, "U8": 8}


class Sized(NamedTuple):
    """A size as definitions write it, and the reason for it."""

    size: Size
    why: Message


def guessed_size(facts: RepositoryFacts, bits: int | None = None) -> Sized | None:
    """Return the size of a model in billions of parameters: 7, or "0_6" for 0.6.

    `bits` are those of a quantized weight. The number in the name comes first, as in nearly all of
    upstream's records, unless the stored parameters are far from it; then the weights' headers,
    then the size of the files. None if the size is unknown.
    """
    named = _named(facts.name)
    counted = _counted(facts, bits)
    if named is not None and (counted is None or 0.4 <= named / counted[0] <= 2.5):
        return Sized(
            written(named), gettext_noop("The number in the name %(name)s.", name=facts.name)
        )
    if counted is not None:
        return Sized(written(_rounded(counted[0])), counted[1])
    if match := _EXPERTS.search(facts.name):
        product = int(match[1]) * _float(match[2])
        return Sized(
            written(product),
            gettext_noop("The experts in the name, multiplied: slightly too large."),
        )
    return None


def activated_size(facts: RepositoryFacts) -> Size | None:
    """Return the parameters that a token activates, in billions, if the name has them: A3B."""
    match = _ACTIVATED.search(facts.name)
    return written(_float(match[1])) if match and _float(match[1]) > 0 else None


def written(billions: float) -> Size:
    """Return a number of billions as upstream writes it: a whole number, or "0_6"."""
    text = f"{billions:.3f}".rstrip("0").rstrip(".")
    if text == "0":
        text = "0.001"
    return int(text) if text.isdigit() else text.replace(".", "_")


def _rounded(billions: float) -> float:
    """Round a counted size as people name it: 8.19 is 8.2, 32.8 is 33, 0.568 is 0.57."""
    if billions >= 10:
        return float(round(billions))
    return round(billions, 1 if billions >= 1 else 2)


def _float(number: str) -> float:
    return float(number.replace("_", "."))


def _named(name: str) -> float | None:
    if _EXPERTS.search(name):
        return None
    sizes = [_float(number) * _BILLIONS[unit.upper()] for number, unit in _IN_NAME.findall(name)]
    return next((size for size in sizes if size > 0), None)


def _counted(facts: RepositoryFacts, bits: int | None) -> tuple[float, Message] | None:
    """Return the size of the weights, and its source."""
    total = facts.gguf.get("total")
    if isinstance(total, int) and not isinstance(total, bool) and total > 0:
        return total / 1e9, gettext_noop("The number of parameters in the GGUF header.")
    if facts.parameters:
        stored = sum(
            count * (_PACKED[kind] / bits if bits and kind in _PACKED else 1)
            for kind, count in facts.parameters.items()
        )
        return stored / 1e9, gettext_noop("The number of parameters in the headers of the weights.")
    sizes = [
        file.size or 0
        for file in facts.files
        if _WEIGHTS.search(file.path) and not _NO_WEIGHTS.search(file.path)
    ]
    # A repository may have the same weights twice, as .bin beside .safetensors.
    safe = [file.size or 0 for file in facts.files if file.path.endswith(".safetensors")]
    in_bytes = sum(safe or sizes)
    each = bits / 8 if bits else _BYTES.get(_dtype(facts.config), 2.0)
    if in_bytes < 1_000_000:
        return None
    return in_bytes / each / 1e9, gettext_noop(
        "The size of the weight files, divided by the size of one weight."
    )


def _dtype(config: Mapping[str, Any]) -> str:
    name = config.get("torch_dtype") or config.get("dtype")
    return name if isinstance(name, str) else ""
