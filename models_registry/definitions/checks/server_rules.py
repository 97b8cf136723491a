"""The fields that the family classes of a released Xinference server accept.

From the pydantic (v1) models of Xinference 4.1.0: `LLMFamilyV2` and its specs in
`llm/llm_family.py`, `ModelMetadata` in `llm/model_metadata.py`, the families in
`{embedding,rerank,image,audio,video, world}/core.py`, `CacheableModelSpec` and
`VirtualEnvSettings` in `model/core.py`. Pydantic v1 accepts a number as a text and digits as a
number, so the rules here do too; a boolean is neither.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from models_registry.definitions.json_text.messages import Message, gettext_noop

# Raise it whenever a rule of this module or of `server_loading` changes: definitions that an older
# version checked are then checked again.
VERSION: Final = "1"

_DIGITS = re.compile(r"[+-]?[0-9]{1,18}")
_SIZE = re.compile(r"[0-9]{1,9}(_[0-9]{1,9})?")
_BOOLEAN_TEXTS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "1", "0"})


@dataclass(frozen=True, slots=True)
class ValueKind:
    """A kind of value: its name in messages, and a predicate for its values."""

    name: Message
    accepts: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of a field: its kind, whether it is required, and whether it may be null."""

    kind: ValueKind
    required: bool = False
    nullable: bool = False


def is_text(value: object) -> bool:
    """True if pydantic v1 accepts a value as a `str`."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def is_whole(value: object) -> bool:
    """True if pydantic v1 accepts a value as an `int` without losing a fraction."""
    if isinstance(value, str):
        return _DIGITS.fullmatch(value.strip()) is not None
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_positive(value: object) -> bool:
    return is_whole(value) and int(value) > 0  # type: ignore[call-overload]


def _is_boolean(value: object) -> bool:
    if isinstance(value, str):
        return value.lower() in _BOOLEAN_TEXTS
    return isinstance(value, (bool, int)) and value in (0, 1)


def _is_size(value: object) -> bool:
    # `validate_model_size_with_radix`: a text without an underscore goes through int().
    if isinstance(value, str):
        return _SIZE.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


def list_of(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Return a predicate that is true for a list of accepted items."""
    return lambda value: isinstance(value, list) and all(map(accepts, value))


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


TEXT: Final = ValueKind(gettext_noop("a text"), is_text)
PLAIN_TEXT: Final = ValueKind(gettext_noop("a text"), lambda value: isinstance(value, str))
WHOLE: Final = ValueKind(gettext_noop("a whole number"), is_whole)
POSITIVE: Final = ValueKind(gettext_noop("a whole number above 0"), _is_positive)
BOOLEAN: Final = ValueKind(gettext_noop("true or false"), _is_boolean)
SIZE: Final = ValueKind(gettext_noop('a whole number, or a text such as "1_5"'), _is_size)
TEXTS: Final = ValueKind(gettext_noop("a list of texts"), list_of(is_text))
WHOLES: Final = ValueKind(gettext_noop("a list of whole numbers"), list_of(is_whole))
OBJECT: Final = ValueKind(gettext_noop("an object"), _is_object)
OBJECTS: Final = ValueKind(
    gettext_noop("an object of objects"),
    lambda value: _is_object(value) and all(map(_is_object, value.values())),
)
TEXT_OR_TEXTS: Final = ValueKind(
    gettext_noop("a text or a list of texts"),
    lambda value: is_text(value) or list_of(is_text)(value),
)
TEXT_LISTS: Final = ValueKind(
    gettext_noop("an object of lists of texts"),
    lambda value: _is_object(value) and all(map(list_of(is_text), value.values())),
)

Rules = Mapping[str, Rule]


def _required(kind: ValueKind) -> Rule:
    return Rule(kind, required=True)


def _optional(kind: ValueKind) -> Rule:
    return Rule(kind, nullable=True)


def _with_default(kind: ValueKind) -> Rule:
    return Rule(kind)


def _one_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in values


LLM_ABILITIES: Final = (
    "embed",
    "generate",
    "chat",
    "tools",
    "vision",
    "audio",
    "omni",
    "reasoning",
    "hybrid",
)


def _abilities(*values: str) -> ValueKind:
    name = gettext_noop("a list of %(values)s", values=", ".join(values))
    return ValueKind(name, list_of(_one_of(*values)))


def _modalities(prefix: str) -> ValueKind:
    names = [f"{prefix}_{modality}" for modality in ("vision", "video", "audio")]
    return _abilities(*names, "vision", "video", "audio")


VERSIONS: Final = {"world": 1}
DEFAULT_VERSION: Final = 2

QUANTIZED_TYPES: Final = frozenset({"llm", "embedding", "rerank"})
FORMATS: Final = {
    "llm": ("pytorch", "gptq", "awq", "fp4", "fp8", "bnb", "ggufv2", "mlx"),
    "embedding": ("pytorch", "ggufv2"),
    "rerank": ("pytorch", "ggufv2"),
}

# `CacheManager` calls replace() on the name of a cache, whatever type the family declares.
_CACHED: Final[Rules] = {
    "cache_config": _optional(OBJECT),
    "cache_name": _optional(PLAIN_TEXT),
}

# The fields of the family, for llm, embedding and rerank (all but version, name and specs).
FAMILY_RULES: Final[Mapping[str, Rules]] = {
    "llm": {
        **_CACHED,
        "context_length": _optional(WHOLE),
        "model_lang": _required(TEXTS),
        "model_ability": _required(_abilities(*LLM_ABILITIES)),
        "model_description": _optional(TEXT),
        "model_family": _optional(TEXT),
        "chat_template": _optional(TEXT),
        "stop_token_ids": _optional(WHOLES),
        "stop": _optional(TEXTS),
        "architectures": _optional(TEXTS),
        "reasoning_start_tag": _optional(TEXT),
        "reasoning_end_tag": _optional(TEXT),
        "tool_parser": _optional(TEXT),
    },
    "embedding": {
        **_CACHED,
        "dimensions": _required(WHOLE),
        "max_tokens": _required(WHOLE),
        "language": _required(TEXTS),
        "model_ability": _with_default(_modalities("embed")),
    },
    "rerank": {
        **_CACHED,
        "language": _required(TEXTS),
        "model_ability": _with_default(_modalities("rerank")),
        "type": _optional(TEXT),
        "max_tokens": _optional(WHOLE),
    },
}

_SPEC: Final[Rules] = {
    "model_hub": _with_default(TEXT),
    "model_id": _optional(TEXT),
    "model_uri": _optional(TEXT),
    "model_revision": _optional(TEXT),
}
_LLM_SPEC: Final[Rules] = {
    **_SPEC,
    "model_size_in_billions": _required(SIZE),
    "activated_size_in_billions": _optional(SIZE),
    "draft_model_id": _optional(TEXT),
    "draft_quantizations": _optional(TEXTS),
    "draft_model_revision": _optional(TEXT),
}
_GGUF: Final[Rules] = {
    "model_file_name_template": _required(TEXT),
    "model_file_name_split_template": _optional(TEXT),
    "quantization_parts": _optional(TEXT_LISTS),
}
# The fields of a flattened spec (spec and source taken together), for those three types.
SPEC_RULES: Final[Mapping[str, Rules]] = {
    "llm": _LLM_SPEC,
    "embedding": _SPEC,
    "rerank": _SPEC,
}
GGUF_RULES: Final[Mapping[str, Rules]] = {
    "llm": {
        **_GGUF,
        "multimodal_projectors": _optional(TEXTS),
        "draft_model_file_name_template": _optional(TEXT),
    },
    "embedding": {**_GGUF, "multimodal_projector": _optional(TEXT)},
    "rerank": _GGUF,
}

_CACHEABLE: Final[Rules] = {**_CACHED, "model_id": _required(TEXT)}
_GGUF_EXTRAS: Final[Rules] = {
    "gguf_model_id": _optional(TEXT),
    "gguf_quantizations": _optional(TEXTS),
    "gguf_model_file_name_template": _optional(TEXT),
    "lightning_model_id": _optional(TEXT),
    "lightning_versions": _optional(TEXTS),
    "lightning_model_file_name_template": _optional(TEXT),
}
CONTROLNET_RULES: Final[Rules] = {
    "model_name": _required(TEXT),
    "model_family": _required(TEXT),
    "model_id": _required(TEXT),
    "model_revision": _required(TEXT),
}
# The fields of a flattened record (record, spec and source taken together), for the other types.
FLAT_RULES: Final[Mapping[str, Rules]] = {
    "image": {
        **_CACHEABLE,
        **_GGUF_EXTRAS,
        "model_family": _required(TEXT),
        "model_revision": _required(TEXT),
        "model_ability": _optional(TEXTS),
        "default_model_config": _optional(OBJECT),
        "default_generate_config": _optional(OBJECT),
        "controlnet": _optional(ValueKind(gettext_noop("a list of objects"), list_of(_is_object))),
        # `ImageCacheManager` joins the two into the name of a folder.
        "model_format": _optional(PLAIN_TEXT),
        "quantization": _optional(PLAIN_TEXT),
    },
    "audio": {
        **_CACHEABLE,
        "model_family": _required(TEXT),
        "model_revision": _optional(TEXT),
        "multilingual": _required(BOOLEAN),
        "language": _optional(TEXT),
        "model_lang": _optional(TEXTS),
        "model_ability": _optional(TEXTS),
        "default_model_config": _optional(OBJECT),
        "default_transcription_config": _optional(OBJECT),
        # `_need_filter` calls upper() on it: null is an error, and so is a number.
        "engine": _with_default(PLAIN_TEXT),
        "model_format": _optional(TEXT),
        "quantization": _optional(TEXT),
    },
    "video": {
        **_CACHEABLE,
        **_GGUF_EXTRAS,
        "model_family": _required(TEXT),
        "model_revision": _required(TEXT),
        "model_ability": _optional(TEXTS),
        "default_model_config": _optional(OBJECT),
        "default_generate_config": _optional(OBJECT),
        "engine": _optional(TEXT),
        "model_engine": _optional(TEXT),
        "model_format": _optional(TEXT),
        "lightning_model_revision": _optional(TEXT),
        "lightning_version_configs": _optional(OBJECTS),
        "text_encoder_model_id": _optional(TEXT),
        "text_encoder_model_revision": _optional(TEXT),
    },
    "world": {
        **_CACHEABLE,
        "model_family": _required(TEXT),
        "model_revision": _optional(TEXT),
        "model_ability": _required(TEXTS),
        "model_format": _with_default(TEXT),
        "model_engine": _optional(TEXT),
        "default_model_config": _optional(OBJECT),
        "default_generate_config": _optional(OBJECT),
        "source_url": _required(TEXT),
        "source_revision": _required(TEXT),
        "source_subdir": _optional(TEXT),
        "inference_task": _optional(TEXT),
        "inference_mode": _optional(TEXT),
        "auxiliary_model_id": _optional(TEXT),
        "auxiliary_model_revision": _optional(TEXT),
        "auxiliary_model_allow_patterns": _optional(TEXTS),
    },
}

VIRTUALENV_RULES: Final[Rules] = {
    "packages": _required(TEXTS),
    "inherit_pip_config": _with_default(BOOLEAN),
    "index_url": _optional(TEXT),
    "extra_index_url": _optional(TEXT_OR_TEXTS),
    "find_links": _optional(TEXT_OR_TEXTS),
    "trusted_host": _optional(TEXT_OR_TEXTS),
    "index_strategy": _optional(TEXT),
    "no_build_isolation": _optional(BOOLEAN),
}

_SHA: Final = {"config_source": _optional(TEXT), "config_sha256": _optional(TEXT)}
VISION_RULES: Final[Rules] = {
    **_SHA,
    "hidden_size": _required(POSITIVE),
    "intermediate_size": _required(POSITIVE),
    "num_attention_heads": _required(POSITIVE),
    "spatial_merge_size": _with_default(POSITIVE),
}
METADATA_RULES: Final[Rules] = {
    **_SHA,
    **{
        name: _required(POSITIVE)
        for name in (
            "vocab_size",
            "num_attention_heads",
            "hidden_size",
            "intermediate_size",
            "num_hidden_layers",
        )
    },
    **{
        name: _optional(POSITIVE)
        for name in (
            "num_key_value_heads",
            "head_dim",
            "full_attention_interval",
            "linear_num_key_heads",
            "linear_num_value_heads",
            "linear_key_head_dim",
            "linear_value_head_dim",
            "linear_conv_kernel_dim",
            "num_experts",
            "num_experts_per_tok",
            "shared_expert_intermediate_size",
            "weights_bytes",
        )
    },
    "architecture_type": _optional(TEXT),
    "layer_types": _optional(TEXTS),
    "weights_source": _optional(TEXT),
    "weights_sha256": _optional(TEXT),
    "vision": _optional(OBJECT),
}

# Extra keys become attributes of pydantic models, and so hide the methods that the server calls.
METHOD_NAMES: Final = frozenset(
    {
        "Config",
        "construct",
        "copy",
        "dict",
        "from_orm",
        "has_architecture",
        "json",
        "matches_supported_architectures",
        "normalize_legacy_model_ability",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "schema",
        "schema_json",
        "to_description",
        "to_version_info",
        "update_forward_refs",
        "validate",
    }
)
