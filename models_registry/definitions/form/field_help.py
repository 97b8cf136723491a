"""Finds the help of a field, the essential fields, and suggested values.

A field is found by its place: `record`, or the key of the list or object around it (`model_specs`,
`model_src`, `virtualenv` …). If a key has another meaning in one type, the type's own entry comes
first.
"""

from typing import Final

from models_registry.definitions.form.field_texts import HELP, Help


def help_for(model_type: str, place: str, key: str) -> Help:
    """Return the help of a field; without an entry, its key is the label."""
    for name in (f"{model_type}:{place}/{key}", f"{place}/{key}", key):
        if name in HELP:
            return HELP[name]
    return Help(key.replace("_", " ").capitalize() or key)


def essential_keys(model_type: str, place: str) -> tuple[str, ...]:
    """Return the keys that come first in the form, in this order; all others are advanced."""
    return _ESSENTIAL.get(f"{model_type}:{place}", _ESSENTIAL.get(place, ()))


_SPECS: Final = (
    "model_format",
    "model_size_in_billions",
    "activated_size_in_billions",
    "model_src",
)
_SOURCE: Final = ("model_id", "model_revision", "quantizations", "model_file_name_template")

_ESSENTIAL: Final[dict[str, tuple[str, ...]]] = {
    "llm:record": (
        "model_name",
        "model_description",
        "context_length",
        "model_ability",
        "model_lang",
        "architectures",
        "model_specs",
        "chat_template",
        "stop",
        "stop_token_ids",
        "reasoning_start_tag",
        "reasoning_end_tag",
        "tool_parser",
        "virtualenv",
    ),
    "embedding:record": (
        "model_name",
        "model_description",
        "dimensions",
        "max_tokens",
        "language",
        "model_ability",
        "model_specs",
        "virtualenv",
    ),
    "rerank:record": (
        "model_name",
        "model_description",
        "type",
        "max_tokens",
        "language",
        "model_ability",
        "model_specs",
        "virtualenv",
    ),
    "image:record": (
        "model_name",
        "model_description",
        "model_family",
        "model_ability",
        "model_src",
        "default_model_config",
        "default_generate_config",
        "virtualenv",
    ),
    "audio:record": (
        "model_name",
        "model_description",
        "model_family",
        "model_ability",
        "engine",
        "model_format",
        "multilingual",
        "model_lang",
        "model_src",
        "virtualenv",
    ),
    "video:record": (
        "model_name",
        "model_description",
        "model_family",
        "model_ability",
        "engine",
        "model_format",
        "model_src",
        "default_model_config",
        "default_generate_config",
        "virtualenv",
    ),
    "world:record": (
        "model_name",
        "model_family",
        "model_description",
        "model_ability",
        "source_url",
        "source_revision",
        "model_format",
        "model_src",
        "default_generate_config",
        "virtualenv",
    ),
    "model_specs": _SPECS,
    "world:model_specs": ("model_name", "inference_task", "inference_mode", "model_src"),
    "image:model_specs": (
        "model_format",
        "model_src",
        "model_file_name_template",
        "multimodal_projector",
    ),
    "model_src": _SOURCE,
    "image:model_src": ("model_id", "model_revision"),
    "video:model_src": ("model_id", "model_revision"),
    "virtualenv": ("packages",),
    "cache_config": ("allow_patterns", "ignore_patterns", "ignore_file_pattern"),
    "prompt_style": ("style_name", "system_prompt", "roles", "stop"),
    "controlnet": ("model_name", "model_family", "model_id", "model_revision"),
}

SUGGESTIONS: Final[dict[str, tuple[str, ...]]] = {
    "languages": (
        *("en", "zh", "ja", "ko", "de", "fr", "es", "it", "pt", "ru", "ar", "hi", "th", "vi", "id"),
        *("ms", "tr", "pl", "nl", "uk", "cs", "fi", "el", "ro", "yue", "multilingual"),
    ),
    "tool_parsers": (
        *(
            "qwen",
            "llama3",
            "glm4",
            "glm5",
            "gemma",
            "minicpm5",
            "minimax",
            "minimax_m3",
            "kimi-k3",
        ),
        *("deepseek-r1", "deepseek-v3", "deepseek-v3.1", "deepseek-v3.2", "deepseek-v4"),
    ),
    "quantizations": (
        *("none", "Int4", "Int8", "4bit", "8bit", "Q4_K_M", "Q8_0", "Q6_K", "Q5_K_M", "Q4_0"),
        *("Q2_K", "Q3_K_M", "Q3_K_S", "Q4_K_S", "Q5_K_S", "F16", "BF16", "FP8"),
    ),
    "image_families": ("stable_diffusion", "ocr"),
    "audio_families": (
        *("whisper", "funasr", "qwen3_tts", "qwen3_asr", "CosyVoice", "F5-TTS", "MeloTTS"),
        *("FishAudio", "kokoro", "VoxCPM"),
    ),
    "video_families": ("Wan", "HunyuanVideo", "CogVideoX", "LTX-2"),
}
