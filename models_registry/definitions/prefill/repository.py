"""Makes a first definition of a model from the facts of its source repository.

Values that the repository states are taken as they are; values that it only suggests are taken and
noted, so that a form can mark them; unknown values are listed as missing, and never made up.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text.document import write
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.problems import quoted
from models_registry.definitions.prefill.card import description_of, languages_of, name_of
from models_registry.definitions.prefill.draft import RecordDraft, ValueNote
from models_registry.definitions.prefill.facts import RepositoryFacts
from models_registry.definitions.prefill.media import (
    fill_audio,
    fill_image,
    fill_video,
    fill_world,
)
from models_registry.definitions.prefill.text_models import fill_embedding, fill_llm, fill_rerank

__all__ = ["Guess", "definition_from"]

_FILLERS: Final[dict[str, Callable[[RecordDraft, RepositoryFacts], None]]] = {
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


@dataclass(frozen=True, slots=True)
class Guess:
    """A first definition: `text` is an array of one record, as upstream writes it.

    `guessed` are values that the repository only suggests, `missing` keys that a person has to
    fill in; both with RFC 6901 pointers into the text, and a sentence each.
    """

    text: str
    guessed: tuple[ValueNote, ...]
    missing: tuple[ValueNote, ...]


def definition_from(facts: RepositoryFacts, model_type: str) -> Guess:
    """Make a first definition of a repository.

    `document.parse` reads its text, and upstream's schema accepts it if nothing is missing. Raises
    ValueError for an unknown type.
    """
    if model_type not in MODEL_TYPES:
        raise ValueError(f"Not a model type: {quoted(model_type)}")
    draft = RecordDraft({"version": 1 if model_type == "world" else 2})
    name = name_of(facts)
    if name is None:
        draft.lacks(gettext_noop("The repository's name can't be a model's name."), "model_name")
    else:
        draft.put("model_name", name, gettext_noop("The repository's name, without its format."))
    if description := description_of(facts):
        draft.put(
            "model_description", description, gettext_noop("The beginning of the model card.")
        )
    if key := _LANGUAGES.get(model_type):
        languages, reason = languages_of(facts)
        draft.put(key, languages, reason)
    _FILLERS[model_type](draft, facts)
    for path, why in facts.unread.items():
        draft.lacks(
            gettext_noop("%(why)s The content of %(path)s is not known.", why=why, path=path)
        )
    return Guess(write([_clean(draft.record)]), tuple(draft.guessed), tuple(draft.missing))


def _clean(value: Any) -> Any:
    """Return a value without the characters that a definition must not contain."""
    if isinstance(value, str):
        return _FORBIDDEN.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_clean(key): _clean(member) for key, member in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
