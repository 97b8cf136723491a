"""What people call the values that definitions have in code words: abilities, formats, lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext, gettext_lazy

from models_registry.definitions.vocabulary import CONTEXT_BUCKETS, SIZE_BUCKETS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ABILITIES: dict[str, StrOrPromise] = {
    "audio": gettext_lazy("Audio input"),
    "audio2text": gettext_lazy("Speech to text"),
    "chat": gettext_lazy("Chat"),
    "docanalyze": gettext_lazy("Document analysis"),
    "embed": gettext_lazy("Text embedding"),
    "embed_audio": gettext_lazy("Audio embedding"),
    "embed_video": gettext_lazy("Video embedding"),
    "embed_vision": gettext_lazy("Image embedding"),
    "firstlastframe2video": gettext_lazy("First and last frame to video"),
    "generate": gettext_lazy("Text completion"),
    "hybrid": gettext_lazy("Hybrid reasoning"),
    "image2image": gettext_lazy("Image to image"),
    "image2video": gettext_lazy("Image to video"),
    "image2world": gettext_lazy("Image to world"),
    "inpainting": gettext_lazy("Inpainting"),
    "ocr": gettext_lazy("OCR"),
    "omni": gettext_lazy("Omni"),
    "reasoning": gettext_lazy("Reasoning"),
    "rerank": gettext_lazy("Text reranking"),
    "rerank_video": gettext_lazy("Video reranking"),
    "rerank_vision": gettext_lazy("Image reranking"),
    "speaker_embedding": gettext_lazy("Speaker embedding"),
    "text2audio": gettext_lazy("Text to speech"),
    "text2audio_emotion_control": gettext_lazy("Emotion control"),
    "text2audio_voice_cloning": gettext_lazy("Voice cloning"),
    "text2audio_voice_design": gettext_lazy("Voice design"),
    "text2audio_zero_shot": gettext_lazy("Zero-shot speech"),
    "text2image": gettext_lazy("Text to image"),
    "text2music": gettext_lazy("Text to music"),
    "text2video": gettext_lazy("Text to video"),
    "text2world": gettext_lazy("Text to world"),
    "tools": gettext_lazy("Tool calling"),
    "vision": gettext_lazy("Vision"),
}
FORMATS = {
    "awq": "AWQ",
    "bnb": "bitsandbytes",
    "diffusers": "Diffusers",
    "fp4": "FP4",
    "fp8": "FP8",
    "ggufv2": "GGUF",
    "gptq": "GPTQ",
    "mlx": "MLX",
    "pytorch": "PyTorch",
}
ENGINES = {"flag": "FlagEmbedding", "sentence_transformers": "Sentence Transformers"}
HUBS = {
    "csghub": "CSGHub",
    "huggingface": "Hugging Face",
    "modelscope": "ModelScope",
    "openmind_hub": "Modelers",
}
# Codes that Django has no name for, or another one than people expect.
LANGUAGES: dict[str, StrOrPromise] = {
    "km": gettext_lazy("Khmer"),
    "la": gettext_lazy("Latin"),
    "lo": gettext_lazy("Lao"),
    "multilingual": gettext_lazy("Multilingual"),
    "tl": gettext_lazy("Filipino"),
    "yue": gettext_lazy("Cantonese"),
    "zh": gettext_lazy("Chinese"),
}
_BUCKETS = {bucket.key: bucket.label for bucket in (*SIZE_BUCKETS, *CONTEXT_BUCKETS)}


def ability_label(ability: str) -> str:
    """What an ability is called: `text2audio` is "Text to speech"; an unknown one stays."""
    return str(ABILITIES.get(ability, ability))


def format_label(model_format: str) -> str:
    """What a format is called: `ggufv2` is GGUF; an unknown one stays as it is."""
    return FORMATS.get(model_format, model_format)


def engine_label(engine: str) -> str:
    """What an engine is called; an unknown one stays as it is."""
    return ENGINES.get(engine, engine)


def hub_label(hub: str) -> str:
    """What a hub of models is called; an unknown one stays as it is."""
    return HUBS.get(hub, hub)


def language_label(code: str) -> str:
    """The name of a language, in the visitor's language; an unknown code stays as it is."""
    if code in LANGUAGES:
        return str(LANGUAGES[code])
    name = LANG_INFO.get(code, {}).get("name")
    return gettext(name) if name else code


def bucket_label(key: str) -> str:
    """What a bucket of sizes or context lengths is called: `4-9b` is 4–9B."""
    return _BUCKETS.get(key, key)


def tokens_label(count: int) -> str:
    """A number of tokens as people say it: 32768 is 32K, 128000 is 128K, 1048576 is 1M."""
    if count < 1000 or (count % 1024 and count < 10_000 and count % 1000):
        return f"{count:,}"
    base = 1024 if count % 1024 == 0 and count % 1000 else 1000
    thousands = count / base
    return f"{thousands:.3g}K" if thousands < 1000 else f"{thousands / base:.3g}M"


def sizes_label(billions: Sequence[float], *, at_most: int = 3) -> str:
    """Sizes in billions of parameters, ascending: "0.6B, 4B", or "0.6B – 235B" for many."""
    spelt = [f"{size:.4g}B" for size in billions]
    return ", ".join(spelt) if len(spelt) <= at_most else f"{spelt[0]} – {spelt[-1]}"
