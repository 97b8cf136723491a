"""Fills records of image, audio, video and world models: less than half of one can be known.

The family decides which code of a server runs a model; it is set only if the name is clear. The
families are those that `model/<type>/core.py` of Xinference 4.1.0 tells apart.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from models_registry.definitions.json_text.messages import NOTHING, Message, gettext_noop
from models_registry.definitions.prefill.draft import RecordDraft
from models_registry.definitions.prefill.facts import RepositoryFacts
from models_registry.definitions.prefill.format import weights_of

_AUDIO_FAMILIES: Final = (
    (re.compile(r"whisper", re.I), "whisper"),
    (re.compile(r"sensevoice|paraformer|fun-?asr", re.I), "funasr"),
    (re.compile(r"qwen3-asr", re.I), "qwen3_asr"),
    (re.compile(r"qwen3-tts", re.I), "qwen3_tts"),
    (re.compile(r"cosyvoice", re.I), "CosyVoice"),
    (re.compile(r"chattts", re.I), "ChatTTS"),
    (re.compile(r"kokoro", re.I), "Kokoro"),
    (re.compile(r"f5-tts", re.I), "F5-TTS"),
    (re.compile(r"melotts", re.I), "MeloTTS"),
    (re.compile(r"megatts", re.I), "MegaTTS"),
    (re.compile(r"indextts", re.I), "IndexTTS2"),
    (re.compile(r"fish-?speech|openaudio|fishaudio", re.I), "FishAudio"),
    (re.compile(r"voxcpm", re.I), "VoxCPM"),
    (re.compile(r"campplus", re.I), "campplus"),
)
_AUDIO_TASKS: Final = {
    "automatic-speech-recognition": "audio2text",
    "auto-speech-recognition": "audio2text",
    "text-to-speech": "text2audio",
    "text-to-audio": "text2audio",
    "speaker-verification": "speaker_embedding",
}
_HEARING: Final = frozenset({"whisper", "funasr", "qwen3_asr"})
_VIDEO_FAMILIES: Final = (
    (re.compile(r"Wan"), "Wan"),
    (re.compile(r"HunyuanVideo"), "HunyuanVideo"),
    (re.compile(r"CogVideoX"), "CogVideoX"),
)
_FAMILY: Final = gettext_noop(
    "The family decides which code of the server runs the model. Choose one."
)


def fill_audio(draft: RecordDraft, facts: RepositoryFacts) -> None:
    """Fill in the known values of an audio model."""
    family = next((name for known, name in _AUDIO_FAMILIES if known.search(facts.name)), None)
    why = gettext_noop("The name of the repository.")
    if family is None and facts.config.get("model_type") == "whisper":
        # Distilled and tuned ones often have other names.
        family, why = "whisper", gettext_noop("The type of the model in its configuration.")
    mlx = weights_of(facts).model_format == "mlx"
    if family == "Kokoro" and mlx:
        family = "Kokoro-MLX"
    _put_family(draft, family, why)
    ability = _AUDIO_TASKS.get(facts.task or "")
    if ability is None and family is not None:
        ability = "audio2text" if family in _HEARING else "text2audio"
        ability = "speaker_embedding" if family == "campplus" else ability
    if ability is None:
        draft.lacks(gettext_noop("The abilities of the model are unknown."), "model_ability")
    else:
        draft.put(
            "model_ability",
            [ability],
            gettext_noop("From the task that the hub names, or from the family."),
        )
    languages = facts.card.get("language")
    several = isinstance(languages, list) and len(languages) > 1
    english = facts.name.endswith(".en")
    draft.put("multilingual", several and not english, gettext_noop("The languages in the card."))
    if family == "whisper":
        draft.put(
            "engine", "MLX" if mlx else "transformers", gettext_noop("The format of the weights.")
        )
        draft.put("model_format", "mlx" if mlx else "pytorch")
    draft.put("model_src", {facts.hub: _source(facts)})


def fill_image(draft: RecordDraft, facts: RepositoryFacts) -> None:
    """Fill in the known values of an image model: diffusers pipelines, and OCR by its name."""
    pipeline = _pipeline(facts)
    if re.search(r"ocr", facts.name, re.I) and not pipeline:
        draft.put("model_family", "ocr", gettext_noop("The name of the repository."))
        draft.put("model_ability", ["ocr"], gettext_noop("The name of the repository."))
    else:
        _put_family(
            draft,
            "stable_diffusion" if pipeline else None,
            gettext_noop("It is a pipeline of diffusers."),
        )
        ability = "text2image"
        if re.search(r"Img2Img|Edit|Kontext", pipeline) or facts.task == "image-to-image":
            ability = "image2image"
        elif "Inpaint" in pipeline:
            ability = "inpainting"
        draft.put("model_ability", [ability], _pipeline_named(pipeline))
    draft.put("model_src", {facts.hub: _source(facts, pinned=True)})


def fill_video(draft: RecordDraft, facts: RepositoryFacts) -> None:
    """Fill in the known values of a video model: diffusers pipelines."""
    pipeline = _pipeline(facts)
    family = next((name for known, name in _VIDEO_FAMILIES if known.match(pipeline)), None)
    _put_family(draft, family, gettext_noop("The pipeline that diffusers loads."))
    draft.put("engine", "diffusers", gettext_noop("The usual one."))
    draft.put("model_format", "diffusers")
    from_image = "ImageToVideo" in pipeline or facts.task == "image-to-video"
    ability = "image2video" if from_image else "text2video"
    draft.put("model_ability", [ability], _pipeline_named(pipeline))
    draft.put("model_src", {facts.hub: _source(facts, pinned=True)})


def fill_world(draft: RecordDraft, facts: RepositoryFacts) -> None:
    """Fill in the known values of a world model: only where its weights are."""
    _put_family(draft, None, NOTHING)
    ability = "text2world" if facts.task == "text-to-video" else "image2world"
    draft.put("model_ability", [ability], gettext_noop("The usual one."))
    draft.put("model_format", "pytorch")
    draft.lacks(gettext_noop("The address of the code that runs the model."), "source_url")
    draft.lacks(gettext_noop("The commit of that code."), "source_revision")
    draft.put("model_src", {facts.hub: _source(facts)})


def _put_family(draft: RecordDraft, family: str | None, why: Message) -> None:
    if family is None:
        draft.lacks(_FAMILY, "model_family")
    else:
        draft.put("model_family", family, why)


def _pipeline_named(pipeline: str) -> Message:
    if not pipeline:
        return gettext_noop("The usual pipeline.")
    return gettext_noop("The pipeline %(name)s.", name=pipeline)


def _pipeline(facts: RepositoryFacts) -> str:
    """Return the class that diffusers loads, such as FluxPipeline, or an empty text."""
    index: Mapping[str, Any] = facts.model_index
    name = index.get("_class_name")
    return name[:100] if isinstance(name, str) else ""


def _source(facts: RepositoryFacts, *, pinned: bool = False) -> dict[str, Any]:
    source: dict[str, Any] = {"model_id": facts.model_id}
    if facts.revision is not None:
        source["model_revision"] = facts.revision
    elif pinned:
        source["model_revision"] = "master" if facts.hub == "modelscope" else "main"
    return source
