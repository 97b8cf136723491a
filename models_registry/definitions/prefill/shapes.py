"""Recognises files that people paste in place of a definition.

The shape that `xinference register` takes and servers keep is `Custom…FamilyV2` of
`xinference/model/*/custom.py` and, for version 1, `migrate_from_v1_to_v2` of
`xinference/model/custom.py`, as of Xinference 4.1.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models_registry.definitions.facts.variants import mappings
from models_registry.definitions.json_text.messages import Message, gettext_noop, sentences
from models_registry.definitions.json_text.problems import Problem

# Fields of a custom model, where a definition has `model_src`.
CUSTOM_SOURCE_KEYS: Final = ("model_id", "model_uri", "model_hub", "model_revision")
_MODELFILE = re.compile(r"\s*(#[^\n]*\n\s*)*FROM[ \t]+\S", re.IGNORECASE)
_GGUF_DUMP = re.compile(r"\bgeneral\.architecture\b")


@dataclass(frozen=True, slots=True)
class FileShape:
    """What a text is and what to do with it; `can_convert` if a definition can be made of it."""

    code: str
    message: Message
    can_convert: bool = False


CUSTOM: Final = FileShape(
    "custom-model",
    gettext_noop(
        "This is a custom model as “xinference register” takes it, not a definition: its specs "
        "name model_id or model_uri and quantization themselves. A definition has a model_src for "
        "each hub. Start from JSON in the form of the hub to convert it."
    ),
    can_convert=True,
)
NAMES_ONLY: Final = FileShape(
    "registration-names",
    gettext_noop(
        "This is the list of an Xinference server's models without their definitions. Ask the "
        "server for one model: GET /v1/model_registrations/TYPE/NAME."
    ),
)
_REPOSITORY: Final = gettext_noop(
    "Start from the repository instead: give its id, and the hub reads the file."
)


def _file(name: str) -> Message:
    """Return the message about a file of a repository in place of a definition."""
    what = gettext_noop("This is the file %(name)s of a repository, not a definition.", name=name)
    return sentences(what, _REPOSITORY)


_FILES: Final[tuple[tuple[str, frozenset[str], Message], ...]] = (
    (
        "tokenizer-config",
        frozenset({"tokenizer_class", "added_tokens_decoder"}),
        _file("tokenizer_config.json"),
    ),
    (
        "gguf-metadata",
        frozenset({"general.architecture", "general.name"}),
        gettext_noop(
            "This is the metadata of a GGUF file, not a definition. Start from the repository that "
            "has the file: give its id."
        ),
    ),
    (
        "adapter-config",
        frozenset({"peft_type", "base_model_name_or_path"}),
        gettext_noop(
            "This is the adapter_config.json of a LoRA, not a definition. Adapters are given when "
            "a model is launched; define the base model."
        ),
    ),
    (
        "model-index",
        frozenset({"_diffusers_version"}),
        _file("model_index.json"),
    ),
    (
        "weights-index",
        frozenset({"weight_map"}),
        sentences(
            gettext_noop("This is the index of a repository's weights, not a definition."),
            _REPOSITORY,
        ),
    ),
    (
        "config",
        frozenset({"architectures", "hidden_size", "num_hidden_layers", "_name_or_path"}),
        _file("config.json"),
    ),
    (
        "generation-config",
        frozenset({"_from_model_config", "do_sample", "eos_token_id", "top_p", "temperature"}),
        _file("generation_config.json"),
    ),
    (
        "modelscope-configuration",
        frozenset({"framework", "task", "pipeline"}),
        _file("configuration.json"),
    ),
)
_MODELFILE_SHAPE: Final = FileShape(
    "modelfile",
    gettext_noop(
        "This is an Ollama Modelfile, not JSON. Start from the repository of the model that it "
        "names in FROM."
    ),
)
_GGUF_SHAPE: Final = FileShape("gguf-metadata", _FILES[1][2])


def recognised(text: str) -> FileShape | None:
    """Return what a text is in place of a definition; None for any other text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if text.startswith("GGUF") or _GGUF_DUMP.search(text[:20_000]):
            return _GGUF_SHAPE
        return _MODELFILE_SHAPE if _MODELFILE.match(text[:20_000]) else None
    return shape_of(value)


def other_file_problems(text: str) -> list[Problem]:
    """Return what a text is in place of a definition, as the only problem; empty for all else."""
    shape = recognised(text)
    return [Problem("", 1, 1, shape.message, shape.code)] if shape else []


def shape_of(value: object) -> FileShape | None:
    """Return what a parsed JSON value is in place of a definition."""
    if isinstance(value, Mapping) and not _has_name(value):
        for code, keys, message in _FILES:
            if keys & value.keys():
                return FileShape(code, message)
        return None
    records = custom_records(value)
    if not records:
        return None
    if all(record.keys() == {"model_name", "is_builtin"} for record in records):
        return NAMES_ONLY
    return CUSTOM if any(map(is_custom, records)) else None


def custom_records(value: object) -> list[Mapping[str, Any]]:
    """Return the models in an object or a list; without built-in ones if others are there."""
    records = mappings(value) if isinstance(value, list) else mappings([value])
    return [record for record in records if record.get("is_builtin") is not True] or records


def is_custom(record: Mapping[str, Any]) -> bool:
    """True for a record in the shape of a custom model."""
    if "is_builtin" in record:
        return True
    specs: Sequence[Mapping[str, Any]] = mappings(record.get("model_specs")) or [record]
    return any(
        "model_src" not in spec and any(key in spec for key in CUSTOM_SOURCE_KEYS) for spec in specs
    )


def _has_name(record: Mapping[str, Any]) -> bool:
    return "model_name" in record or "model_specs" in record or "model_src" in record
