"""Makes a definition of a custom model, as `xinference register` takes it and servers keep it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from models_registry.definitions.checks.server_rules import (
    DEFAULT_VERSION,
    QUANTIZED_TYPES,
    VERSIONS,
)
from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.facts.variants import mappings, strings
from models_registry.definitions.json_text.document import write
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.prefill.shapes import (
    CUSTOM,
    CUSTOM_SOURCE_KEYS,
    custom_records,
    shape_of,
)

_SPEC_KEYS: Final = frozenset(
    {"model_format", "model_size_in_billions", "activated_size_in_billions", "model_metadata"}
)
# Keys that servers add to their answers, and keys that a definition has elsewhere.
_LEFT_OUT: Final = frozenset(
    {"is_builtin", "model_hub", "cache_status", "download_hubs", "address", "accelerators"}
)
_BRANCHES: Final = {"huggingface": "main"}


@dataclass(slots=True)
class Converted:
    """A definition made of a custom model; `guessed` maps pointers to reasons."""

    name: str
    text: str
    guessed: dict[str, Message] = field(default_factory=dict)


def converted(model_type: str, text: str) -> list[Converted]:
    """Return a definition for each custom model in a text; empty for any other text."""
    try:
        value = json.loads(text)
        if shape_of(value) is not CUSTOM:
            return []
        return [_converted(model_type, record) for record in custom_records(value)]
    except (ValueError, RecursionError):
        # Not JSON, or numbers that JSON does not have: NaN and infinity.
        return []


def _converted(model_type: str, custom: Mapping[str, Any]) -> Converted:
    guessed: dict[str, Message] = {}
    specs = mappings(custom.get("model_specs"))
    record: dict[str, Any] = {"version": VERSIONS.get(model_type, DEFAULT_VERSION)}
    for key, value in custom.items():
        if key == "virtualenv" and isinstance(value, Mapping):
            if value.get("packages"):
                record[key] = {
                    name: setting for name, setting in value.items() if setting is not None
                }
        elif key not in {"version", "model_specs", "model_src", *_LEFT_OUT} and value is not None:
            if specs or key not in CUSTOM_SOURCE_KEYS:
                record[key] = value
    if model_type in QUANTIZED_TYPES:
        if not specs:
            kept = (*CUSTOM_SOURCE_KEYS, "quantization", "model_src")
            specs = [{key: custom[key] for key in kept if key in custom}]
            record = {key: value for key, value in record.items() if key != "quantization"}
        record["model_specs"] = _specs(model_type, specs, custom, guessed)
    else:
        sources = custom.get("model_src") or {_hub(custom): _flat_source(custom, guessed)}
        record["model_src"] = sources
    return Converted(record_name(record) or "", write([record]), guessed)


def _specs(
    model_type: str,
    customs: list[Mapping[str, Any]],
    model: Mapping[str, Any],
    guessed: dict[str, Message],
) -> list[dict[str, Any]]:
    """One spec for all custom specs that differ in hub and quantization only."""
    specs: list[dict[str, Any]] = []
    for custom in customs:
        plain = {
            key: custom[key] for key in custom if key in _SPEC_KEYS and custom[key] is not None
        }
        notes: dict[str, Message] = {}
        if "model_format" not in plain:
            plain = {"model_format": "pytorch", **plain}
            notes["model_format"] = gettext_noop(
                "The custom model names no format; most have PyTorch weights."
            )
        for key in ("model_size_in_billions", "activated_size_in_billions"):
            if isinstance(plain.get(key), float):
                notes[key] = gettext_noop(
                    "Written as %(size)s in the custom model.", size=plain[key]
                )
                plain[key] = _size(plain[key])
        spec = next(
            (other for other in specs if {**other, "model_src": 0} == {**plain, "model_src": 0}),
            None,
        )
        hubs = _sources(custom, model, notes)
        if spec is None or any(not _fits(spec["model_src"].get(hub), hubs[hub]) for hub in hubs):
            spec = {**plain, "model_src": {}}
            specs.append(spec)
        pointer = f"/0/model_specs/{specs.index(spec)}"
        for hub, source in hubs.items():
            known = spec["model_src"].setdefault(hub, source)
            more = [
                quantization
                for quantization in source["quantizations"]
                if quantization not in known["quantizations"]
            ]
            known["quantizations"] = [*known["quantizations"], *more]
        guessed |= {f"{pointer}/{key}": why for key, why in notes.items()}
    return specs


def _fits(known: Mapping[str, Any] | None, source: Mapping[str, Any]) -> bool:
    """True if two sources differ in their quantizations only."""
    if known is None:
        return True
    return {**known, "quantizations": []} == {**source, "quantizations": []}


def _sources(
    custom: Mapping[str, Any], model: Mapping[str, Any], notes: dict[str, Message]
) -> dict[str, dict[str, Any]]:
    if isinstance(given := custom.get("model_src"), Mapping) and given:
        return {
            hub: {**source, "quantizations": strings(source.get("quantizations")) or ["none"]}
            for hub, source in given.items()
            if isinstance(source, Mapping)
        }
    hub = _hub(custom, model)
    quantizations = strings(custom.get("quantizations")) or strings(custom.get("quantization"))
    if not quantizations:
        notes[f"model_src/{hub}/quantizations"] = gettext_noop(
            "The custom model names no quantization."
        )
    if not custom.get("model_hub") and not model.get("model_hub"):
        notes[f"model_src/{hub}"] = gettext_noop(
            "The custom model names no hub; servers take Hugging Face then."
        )
    kept = {
        key: value
        for key, value in custom.items()
        if key not in {*_SPEC_KEYS, *_LEFT_OUT, "quantizations", "quantization", "model_src"}
        and value is not None
    }
    return {hub: {"quantizations": quantizations or ["none"], **kept}}


def _flat_source(custom: Mapping[str, Any], guessed: dict[str, Message]) -> dict[str, Any]:
    hub = _hub(custom)
    source = {key: custom[key] for key in CUSTOM_SOURCE_KEYS[:2] if custom.get(key) is not None}
    revision = custom.get("model_revision")
    source["model_revision"] = revision or _BRANCHES.get(hub, "master")
    if not revision:
        why = gettext_noop("The custom model names no revision; this is the usual branch.")
        guessed[f"/0/model_src/{hub}/model_revision"] = why
    if not custom.get("model_hub"):
        why = gettext_noop("The custom model names no hub; servers take Hugging Face then.")
        guessed[f"/0/model_src/{hub}"] = why
    return source


def _hub(*holders: Mapping[str, Any]) -> str:
    named = (holder.get("model_hub") for holder in holders)
    return next((hub for hub in named if isinstance(hub, str) and hub), "huggingface")


def _size(billions: float) -> int | str:
    """A size as servers read it: 7, or "0_5" for 0.5."""
    return int(billions) if billions.is_integer() else str(billions).replace(".", "_")
