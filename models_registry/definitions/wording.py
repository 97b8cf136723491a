"""What to call the parts of a definition in a sentence."""

import json
import re
from collections.abc import Mapping
from textwrap import dedent
from typing import Any, Final

from .problems import quoted
from .vocabulary import engine_name, hub_order, size_label

_FORMATS: Final = {
    "awq": "AWQ",
    "bnb": "BNB",
    "diffusers": "Diffusers",
    "fp4": "FP4",
    "fp8": "FP8",
    "ggufv2": "GGUF",
    "gptq": "GPTQ",
    "mlx": "MLX",
    "pytorch": "PyTorch",
}
# One entry of each list, and keys whose own words say too little.
_ENTRIES: Final = {
    "allow_patterns": "allowed file pattern",
    "architectures": "architecture",
    "ignore_patterns": "ignored file pattern",
    "language": "language",
    "lightning_versions": "lightning version",
    "model_ability": "ability",
    "model_lang": "language",
    "multimodal_projectors": "multimodal projector",
    "packages": "package",
    "quantizations": "quantization",
    "gguf_quantizations": "GGUF quantization",
    "draft_quantizations": "draft quantization",
    "stop": "stop token",
    "stop_token_ids": "stop token id",
}
_TITLES: Final = {
    "model_ability": "abilities",
    "model_description": "description",
    "model_family": "family",
    "model_lang": "languages",
    "model_name": "name",
    "model_src": "sources",
    "model_size_in_billions": "size in billions",
    "stop": "stop tokens",
    "stop_token_ids": "stop token ids",
    "virtualenv": "virtual environment",
}
_PLAIN = re.compile(r"[\w./:@{}=<>~!+#*,-]{1,80}")


def key_title(key: str) -> str:
    """Return what a key is called: `context_length` is "context length"."""
    return _TITLES.get(key) or quoted(key.replace("_", " "), 40)[1:-1]


def entry_title(key: str) -> str:
    """Return what one entry of the list under a key is called: "ability" for `model_ability`."""
    return _ENTRIES.get(key) or f"entry of {key_title(key)}"


def format_title(model_format: object) -> str:
    """Return the name of a format as its users spell it, or an empty text."""
    text = model_format if isinstance(model_format, str) else ""
    return _FORMATS.get(text) or (shown(text) if text else "")


def spec_title(spec: Any) -> str:
    """Return what a spec is called: "GGUF 7B", or the name that a variant of a model has."""
    if not isinstance(spec, Mapping):
        return "spec"
    size = size_label(spec.get("model_size_in_billions"))
    name = spec.get("model_name")
    parts = [format_title(spec.get("model_format")), size, shown(name) if name else ""]
    return " ".join(one for one in parts if one) or "spec"


def record_title(record: Mapping[str, Any]) -> str:
    """Return what tells a record from the others of its model: "MLX 4bit"."""
    engine = record.get("engine") or record.get("model_engine")
    parts = [engine_name(engine) if isinstance(engine, str) else ""]
    model_format = format_title(record.get("model_format"))
    if model_format.casefold() != parts[0].casefold():
        parts.append(model_format)
    quantization = record.get("quantization")
    parts.append(shown(quantization) if isinstance(quantization, str) else "")
    return " ".join(one for one in parts if one) or "default"


def sources_title(holder: Any) -> str:
    """Return the sources of a spec or record: "huggingface: o/m, modelscope: o/m"."""
    sources = holder.get("model_src") if isinstance(holder, Mapping) else None
    if not isinstance(sources, Mapping):
        return ""
    hubs = sorted(sources, key=hub_order)
    return ", ".join(f"{shown(hub)}: {source_id(sources[hub])}" for hub in hubs)


def source_id(source: Any) -> str:
    """Return the id of a source as it is shown."""
    return shown(source.get("model_id") if isinstance(source, Mapping) else None)


def entry_shown(key: str, value: Any) -> str:
    """Return an entry of a list for a sentence; packages have quotes enough in them."""
    if key == "packages" and isinstance(value, str):
        return quoted(value, 120)[1:-1]
    return shown(value)


def value_text(source: str | None) -> str:
    """Return the JSON source of a value as lines for people: a text without quotes and escapes,
    the rest without the indentation of the place where it stands; empty for no value."""
    if source is None:
        return ""
    if source.startswith('"'):
        found = json.loads(source)
        return found if isinstance(found, str) else source
    first, line_feed, rest = source.partition("\n")
    return first + line_feed + dedent(rest)


def shown(value: Any) -> str:
    """Return a value for a sentence: a word as it is, other texts in quotes, the rest as JSON."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else quoted(value)
    return quoted(json.dumps(value, ensure_ascii=False))[1:-1]
