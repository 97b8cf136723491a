"""Image, audio, video and world models, of which less than half can be known."""

from __future__ import annotations

from dataclasses import replace

from models_registry.definitions.prefill.facts import RepositoryFacts
from tests.models_registry.definitions.prefill import repositories as known
from tests.models_registry.definitions.prefill.repositories import guessed


def test_whisper_transcribes_many_languages_with_transformers():
    _, record = guessed(known.WHISPER, "audio")
    assert (record["model_family"], record["engine"]) == ("whisper", "transformers")
    assert record["model_ability"] == ["audio2text"]
    assert record["multilingual"] is True


def test_whisper_is_known_by_its_configuration_where_its_name_says_nothing():
    facts = replace(known.WHISPER, model_id="distil/large-v3", config={"model_type": "whisper"})
    _, record = guessed(facts, "audio")
    assert record["model_family"] == "whisper"


def test_a_family_of_code_is_never_made_up():
    facts = RepositoryFacts("huggingface", "a/Novel-TTS", task="text-to-speech")
    for model_type in ("audio", "image", "video", "world"):
        guess, record = guessed(facts, model_type)
        assert "model_family" not in record
        assert "/0/model_family" in {note.pointer for note in guess.missing}


def test_pipelines_tell_what_image_and_video_models_do():
    assert guessed(known.FLUX, "image")[1]["model_ability"] == ["text2image"]
    edit = replace(known.FLUX, model_index={"_class_name": "QwenImageEditPipeline"})
    assert guessed(edit, "image")[1]["model_ability"] == ["image2image"]
    _, record = guessed(known.WAN, "video")
    assert (record["model_family"], record["model_ability"]) == ("Wan", ["image2video"])
