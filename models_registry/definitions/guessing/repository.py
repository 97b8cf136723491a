"""A first definition of a model, made of what its source repository says.

What the repository states is taken as it is; what it only suggests is taken and noted, so that a
form can mark it; what it does not say is named as missing, and never made up.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ..kinds import MODEL_TYPES
from ..problems import quoted
from ..text import write
from .card import description_of, languages_of, name_of
from .draft import Draft, Note
from .facts import RepositoryFacts
from .media import fill_audio, fill_image, fill_video, fill_world
from .text_models import fill_embedding, fill_llm, fill_rerank

__all__ = ["Guess", "Note", "definition_from", "likely_type"]

_FILLERS: Final[dict[str, Callable[[Draft, RepositoryFacts], None]]] = {
    "llm": fill_llm,
    "embedding": fill_embedding,
    "rerank": fill_rerank,
    "image": fill_image,
    "audio": fill_audio,
    "video": fill_video,
    "world": fill_world,
}
_FORBIDDEN: Final = re.compile("[\0\ud800-\udfff]")
_LANGUAGES: Final = {"llm": "model_lang", "embedding": "language", "rerank": "language"}

# https://huggingface.co/tasks, and ModelScope's names where they differ.
_TYPES_OF_TASKS: Final = {
    "text-generation": "llm",
    "image-text-to-text": "llm",
    "video-text-to-text": "llm",
    "audio-text-to-text": "llm",
    "any-to-any": "llm",
    "visual-question-answering": "llm",
    "sentence-similarity": "embedding",
    "sentence-embedding": "embedding",
    "feature-extraction": "embedding",
    "text-ranking": "rerank",
    "text-to-image": "image",
    "text-to-image-synthesis": "image",
    "image-to-image": "image",
    "text-to-video": "video",
    "text-to-video-synthesis": "video",
    "image-to-video": "video",
    "text-to-speech": "audio",
    "text-to-audio": "audio",
    "automatic-speech-recognition": "audio",
    "auto-speech-recognition": "audio",
}


@dataclass(frozen=True, slots=True)
class Guess:
    """A first definition: `text` is an array of one record, as upstream writes it.

    `guessed` are values that the repository only suggests, `missing` keys that a person has to
    fill in; both with RFC 6901 pointers into the text, and a sentence each.
    """

    text: str
    guessed: tuple[Note, ...]
    missing: tuple[Note, ...]


def definition_from(facts: RepositoryFacts, model_type: str) -> Guess:
    """Make a first definition of a repository.

    In: the facts, and one of the seven types. Out: a definition that `text.parse` reads, and
    upstream's schema takes where nothing is missing. Raises ValueError for an unknown type.
    """
    if model_type not in MODEL_TYPES:
        raise ValueError(f"{quoted(model_type)} is no model type.")
    draft = Draft({"version": 1 if model_type == "world" else 2})
    name = name_of(facts)
    if name is None:
        draft.lacks("The repository's name can't be a model's name.", "model_name")
    else:
        draft.put("model_name", name, "The repository's name, without what says its format.")
    if description := description_of(facts):
        draft.put("model_description", description, "The beginning of the model card.")
    if key := _LANGUAGES.get(model_type):
        languages, why = languages_of(facts)
        draft.put(key, languages, why)
    _FILLERS[model_type](draft, facts)
    for path, why in facts.unread.items():
        draft.lacks(f"{why} What stands in {path} is not known.")
    return Guess(write([_clean(draft.record)]), tuple(draft.guessed), tuple(draft.missing))


def _clean(value: Any) -> Any:
    """Return a value without the characters that no definition may hold."""
    if isinstance(value, str):
        return _FORBIDDEN.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_clean(key): _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value


def likely_type(facts: RepositoryFacts) -> str | None:
    """Return the type that a repository's model most likely has; None where nothing says it."""
    name = facts.name.lower()
    if "rerank" in name:
        return "rerank"
    if "embedding" in name:
        return "embedding"
    if facts.task in _TYPES_OF_TASKS:
        return _TYPES_OF_TASKS[facts.task]
    if "sentence-transformers" in facts.tags:
        return "embedding"
    return "llm" if facts.gguf or facts.chat_template else None
