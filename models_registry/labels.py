"""Labels for people: abilities, formats, lengths, and messages in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.conf.locale import LANG_INFO
from django.utils.functional import lazy
from django.utils.translation import gettext, gettext_lazy

from models_registry.definitions.facts.vocabulary import CONTEXT_BUCKETS, SIZE_BUCKETS
from models_registry.definitions.json_text.messages import Message, unpacked

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
LICENCES = {
    "afl-3.0": "AFL 3.0",
    "apache-2.0": "Apache 2.0",
    "bigcode-openrail-m": "BigCode OpenRAIL-M",
    "bsd-3-clause": "BSD 3-Clause",
    "cc-by-4.0": "CC BY 4.0",
    "cc-by-nc-4.0": "CC BY-NC 4.0",
    "cc-by-nc-sa-4.0": "CC BY-NC-SA 4.0",
    "cc-by-sa-4.0": "CC BY-SA 4.0",
    "creativeml-openrail-m": "CreativeML OpenRAIL-M",
    "gemma": "Gemma",
    "gpl-3.0": "GPL 3.0",
    "llama2": "Llama 2",
    "llama3": "Llama 3",
    "llama3.1": "Llama 3.1",
    "llama3.2": "Llama 3.2",
    "llama3.3": "Llama 3.3",
    "llama4": "Llama 4",
    "mit": "MIT",
    "openrail": "OpenRAIL",
    "openrail++": "OpenRAIL++",
}
ACCESS: dict[str, StrOrPromise] = {
    "gated": gettext_lazy("Gated"),
    "open": gettext_lazy("Open to everybody"),
}
# Codes that Django has no name for, or an unusual one.
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
    """The name of an ability: "Text to speech" for `text2audio`; an unknown one stays."""
    return str(ABILITIES.get(ability, ability))


def format_label(model_format: str) -> str:
    """The name of a format: GGUF for `ggufv2`; an unknown one stays as it is."""
    return FORMATS.get(model_format, model_format)


def engine_label(engine: str) -> str:
    """The name of an engine; an unknown one stays as it is."""
    return ENGINES.get(engine, engine)


def hub_label(hub: str) -> str:
    """The name of a hub of models; an unknown one stays as it is."""
    return HUBS.get(hub, hub)


def language_label(code: str) -> str:
    """The name of a language, in the visitor's language; an unknown code stays as it is."""
    if code in LANGUAGES:
        return str(LANGUAGES[code])
    name = LANG_INFO.get(code, {}).get("name")
    return gettext(name) if name else code


def licence_label(licence: str) -> str:
    """The name of a licence: "Apache 2.0" for `apache-2.0`; an unknown one stays as it is."""
    return LICENCES.get(licence, licence)


def access_label(value: str) -> str:
    """The name of a value of the filter by access."""
    return str(ACCESS.get(value, value))


def bytes_label(count: int | None) -> str:
    """A number of bytes for people, in decimal units as the hubs count: "4.1 GB"; "" for None."""
    if count is None:
        return ""
    value, units = float(count), ["B", "kB", "MB", "GB", "TB", "PB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.3g} {units[0]}" if units[0] != "B" else f"{count} B"


def count_label(count: int | None) -> str:
    """A large number for people: 1234 is 1.23K, 5600000 is 5.6M; "" for None."""
    if count is None:
        return ""
    value, units = float(count), ["", "K", "M", "G"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.3g}{units[0]}"


def bucket_label(key: str) -> str:
    """The name of a bucket of sizes or context lengths: 4–9B for `4-9b`."""
    return _BUCKETS.get(key, key)


def memory_label(amount: float | None) -> str:
    """Bytes of memory as gibibytes, with significant digits only; "" if unknown."""
    if amount is None:
        return ""
    gib = amount / 1024**3
    return f"{gib:.0f} GiB" if gib >= 100 else f"{gib:.1f} GiB"


def tokens_label(count: int) -> str:
    """A number of tokens for people: 32768 is 32K, 128000 is 128K, 1048576 is 1M."""
    if count < 1000 or (count % 1024 and count < 10_000 and count % 1000):
        return f"{count:,}"
    base = 1024 if count % 1024 == 0 and count % 1000 else 1000
    thousands = count / base
    return f"{thousands:.3g}K" if thousands < 1000 else f"{thousands / base:.3g}M"


def sizes_label(billions: Sequence[float], *, at_most: int = 3) -> str:
    """Sizes in billions of parameters, ascending: "0.6B, 4B", or "0.6B – 235B" for many."""
    spelt = [f"{size:.4g}B" for size in billions]
    return ", ".join(spelt) if len(spelt) <= at_most else f"{spelt[0]} – {spelt[-1]}"


def translated(text: str) -> str:
    """A message of `definitions` in the reader's language.

    A message that was stored as plain text is translated too, if its template has no parameters.
    """
    if not isinstance(text, Message):
        return gettext(text) if text else ""
    if not text.template:
        return ""
    sentence = gettext(text.template)
    if text.params:
        sentence %= {
            name: translated(value) if isinstance(value, Message) else value
            for name, value in text.params.items()
        }
    return sentence[:1].upper() + sentence[1:] if text.is_capitalised else sentence


def problem_message(problem: Mapping[str, Any]) -> Message:
    """The message of a problem that `to_store` made plain data of."""
    message = unpacked(problem.get("made_of", problem["message"]))
    # Those of a former version are plain text; they are translated if they have no parameters.
    return message if isinstance(message, Message) else Message(message)


def stored_problem(problem: Mapping[str, Any]) -> str:
    """The same in the reader's language."""
    return translated(problem_message(problem))


# As `translated`, but evaluated when the text is shown: for the parameters of errors.
translated_lazy = lazy(translated, str)
