"""Titles of the parts of a definition, for sentences."""

import json
import re
from collections.abc import Mapping
from textwrap import dedent
from typing import Any, Final

from models_registry.definitions.facts.vocabulary import engine_name, hub_order, size_label
from models_registry.definitions.json_text.messages import Message, gettext_noop, verbatim
from models_registry.definitions.json_text.problems import quoted

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
# The titles of single entries of lists; below, the titles of keys that are shown in another
# language, or whose names are unclear.
_ENTRIES: Final = {
    "allow_patterns": gettext_noop("allowed file pattern"),
    "architectures": gettext_noop("architecture"),
    "ignore_patterns": gettext_noop("ignored file pattern"),
    "language": gettext_noop("language"),
    "lightning_versions": gettext_noop("lightning version"),
    "model_ability": gettext_noop("ability"),
    "model_lang": gettext_noop("language"),
    "multimodal_projectors": gettext_noop("multimodal projector"),
    "packages": gettext_noop("package"),
    "quantizations": gettext_noop("quantization"),
    "gguf_quantizations": gettext_noop("GGUF quantization"),
    "draft_quantizations": gettext_noop("draft quantization"),
    "stop": gettext_noop("stop token"),
    "stop_token_ids": gettext_noop("stop token id"),
}
_TITLES: Final = {
    "activated_size_in_billions": gettext_noop("activated size in billions"),
    "architectures": gettext_noop("architectures"),
    "chat_template": gettext_noop("chat template"),
    "context_length": gettext_noop("context length"),
    "controlnet": gettext_noop("controlnet"),
    "default_generate_config": gettext_noop("default generate config"),
    "default_model_config": gettext_noop("default model config"),
    "dimensions": gettext_noop("dimensions"),
    "engine": gettext_noop("engine"),
    "featured": gettext_noop("featured"),
    "language": gettext_noop("language"),
    "lightning_versions": gettext_noop("lightning versions"),
    "max_tokens": gettext_noop("max tokens"),
    "model_ability": gettext_noop("abilities"),
    "model_description": gettext_noop("description"),
    "model_family": gettext_noop("family"),
    "model_format": gettext_noop("model format"),
    "model_id": gettext_noop("model id"),
    "model_lang": gettext_noop("languages"),
    "model_metadata": gettext_noop("model metadata"),
    "model_name": gettext_noop("name"),
    "model_revision": gettext_noop("model revision"),
    "model_size_in_billions": gettext_noop("size in billions"),
    "model_specs": gettext_noop("model specs"),
    "model_src": gettext_noop("sources"),
    "model_type": gettext_noop("model type"),
    "multilingual": gettext_noop("multilingual"),
    "multimodal_projectors": gettext_noop("multimodal projectors"),
    "packages": gettext_noop("packages"),
    "prompt_style": gettext_noop("prompt style"),
    "quantization": gettext_noop("quantization"),
    "quantizations": gettext_noop("quantizations"),
    "reasoning_end_tag": gettext_noop("reasoning end tag"),
    "reasoning_start_tag": gettext_noop("reasoning start tag"),
    "roles": gettext_noop("roles"),
    "source_revision": gettext_noop("source revision"),
    "source_url": gettext_noop("source url"),
    "stop": gettext_noop("stop tokens"),
    "stop_token_ids": gettext_noop("stop token ids"),
    "system_prompt": gettext_noop("system prompt"),
    "tool_parser": gettext_noop("tool parser"),
    "type": gettext_noop("type"),
    "updated_at": gettext_noop("updated at"),
    "virtualenv": gettext_noop("virtual environment"),
}
_PLAIN = re.compile(r"[\w./:@{}=<>~!+#*,-]{1,80}")


def key_title(key: str) -> Message:
    """Return the title of a key: "context length" for `context_length`."""
    return _TITLES.get(key) or verbatim(quoted(key.replace("_", " "), 40)[1:-1])


def entry_title(key: str) -> Message:
    """Return the title of an entry of the list under a key: "ability" for `model_ability`."""
    return _ENTRIES.get(key) or gettext_noop("entry of %(list)s", list=key_title(key))


def format_title(model_format: object) -> str:
    """Return the usual spelling of a format, or an empty text."""
    text = model_format if isinstance(model_format, str) else ""
    return _FORMATS.get(text) or (shown(text) if text else "")


def spec_title(spec: Any) -> str:
    """Return the title of a spec: "GGUF 7B", or the name of a variant."""
    if not isinstance(spec, Mapping):
        return gettext_noop("spec")
    size = size_label(spec.get("model_size_in_billions"))
    name = spec.get("model_name")
    parts = [format_title(spec.get("model_format")), size, shown(name) if name else ""]
    return " ".join(filter(None, parts)) or gettext_noop("spec")


def record_title(record: Mapping[str, Any]) -> str:
    """Return the title of a record among the records of its model: "MLX 4bit"."""
    engine = record.get("engine") or record.get("model_engine")
    parts = [engine_name(engine) if isinstance(engine, str) else ""]
    model_format = format_title(record.get("model_format"))
    if model_format.casefold() != parts[0].casefold():
        parts.append(model_format)
    quantization = record.get("quantization")
    parts.append(shown(quantization) if isinstance(quantization, str) else "")
    return " ".join(filter(None, parts)) or gettext_noop("default")


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
    """Return an entry of a list for a sentence; packages contain quotes already."""
    if key == "packages" and isinstance(value, str):
        return quoted(value, 120)[1:-1]
    return shown(value)


def value_text(source: str | None) -> str:
    """Return the JSON source of a value as lines for people: a text without quotes and escapes,
    other values without the indentation of their place; empty for no value."""
    if source is None:
        return ""
    if source.startswith('"'):
        text = json.loads(source)
        return text if isinstance(text, str) else source
    first, line_feed, rest = source.partition("\n")
    return first + line_feed + dedent(rest)


def shown(value: Any) -> str:
    """Return a value for a sentence: a word as it is, other texts in quotes, the rest as JSON."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else quoted(value)
    return quoted(json.dumps(value, ensure_ascii=False))[1:-1]
